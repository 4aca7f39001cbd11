/* A script that is killed at step 10, and what its user does next: what the tests of the origin
 * share. */
#ifndef TORPOR_TEST_ORIGIN_RUN_H
#define TORPOR_TEST_ORIGIN_RUN_H

#include "model.h"
#include "script.h"
#include "session/hooks.h"

typedef struct {
    char *folder;
    Script script;
    TorporSession *session;
} Run;

static void
open_session(Run *run, const char *option)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_strdup_printf("dir=%s", run->folder);
    const char *options[] = {dir, "every_wall=off", "fsync=no", "mode=sync", option};
    g_string_truncate(run->script.log, 0);
    run->session =
        torpor_session_new(&script_host, &run->script, options, option == NULL ? 4 : 5, &error);
    g_assert_no_error(error);
    declare(&run->script, run->session->catalogue);
}

static void
close_session(Run *run)
{
    g_clear_pointer((struct torpor_session **)&run->session, torpor_session_free);
}

static void
step_to(Run *run, guint64 step)
{
    while (run->script.step < step) {
        run->script.step++;
        run->script.seed = run->script.seed * 5 + 1;
        run->script.nodes[run->script.step % N].V_m += 1;
        run->script.nodes[run->script.step % N].weight += 1;
        g_assert_cmpint(
            torpor_session_step(run->session, run->script.step, (double)run->script.step), ==,
            TORPOR_GO_ON);
    }
}

static gboolean
restore(Run *run, GError **error)
{
    gboolean resumed = FALSE;
    return torpor_session_restore(run->session, NULL, &resumed, error) && resumed;
}

static void
save(Run *run)
{
    g_autoptr(GError) error = NULL;
    torpor_session_save(run->session, NULL, &error);
    g_assert_no_error(error);
}

/* A run of 10 steps, with a checkpoint, that is killed. */
static void
begin(Run *run, gconstpointer n_nodes)
{
    run->folder = model_folder_new();
    run->script.log = g_string_new(NULL);
    build(&run->script, n_nodes == NULL ? N : GPOINTER_TO_UINT(n_nodes));
    open_session(run, NULL);
    g_autoptr(GError) error = NULL;
    g_assert_false(restore(run, &error));
    g_assert_no_error(error);
    step_to(run, 10);
    save(run);
    close_session(run);
    build(&run->script, run->script.n_nodes);
}

static void
end(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    close_session(run);
    model_folder_remove(run->folder);
    g_free(run->folder);
    g_free(run->script.nodes);
    g_string_free(run->script.log, TRUE);
}

/* The resume is refused with this text, and nothing of the host is touched. */
G_GNUC_UNUSED static void
assert_refused(Run *run, const char *text)
{
    g_autoptr(GError) error = NULL;
    const Script before = run->script;
    g_autofree Node *nodes = g_memdup2(before.nodes, before.n_nodes * sizeof *nodes);
    open_session(run, NULL);
    g_assert_false(restore(run, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
    if (!g_str_has_prefix(error->message, text))
        g_assert_cmpstr(error->message, ==, text);
    g_assert_cmpuint(run->script.step, ==, 0);
    g_assert_cmpuint(run->script.seed, ==, before.seed);
    g_assert_cmpmem(run->script.nodes, before.n_nodes * sizeof *nodes, nodes,
                    before.n_nodes * sizeof *nodes);
    close_session(run);
}

/* It goes on, and the report is this. */
G_GNUC_UNUSED static void
assert_resumes(Run *run, const char *option, const char *report)
{
    g_autoptr(GError) error = NULL;
    open_session(run, option);
    g_assert_true(restore(run, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(torpor_session_report(run->session), ==, report);
    g_assert_cmpuint(run->script.step, ==, 10);
    g_assert_cmpfloat(run->script.nodes[0].I_e, ==, 300);
}

static void
add(const char *path, void (*test)(Run *, gconstpointer))
{
    g_test_add(path, Run, NULL, begin, test, end);
}

#endif
