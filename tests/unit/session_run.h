/* A run of the model of model.h with a session, each test in all modes: what the tests of the
 * session share. */
#ifndef TORPOR_TEST_SESSION_RUN_H
#define TORPOR_TEST_SESSION_RUN_H

#include "model.h"
#include "session/hooks.h"

typedef struct {
    char *folder;
    char *dir;
    char *spikes;
    Model *model;
    TorporSession *session;
    const char *mode; /* each test runs in all */
} Run;

static TorporSession *
open_session(Run *run, const char *more_options)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) options = g_strsplit(more_options, ",", -1);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(all, g_strdup_printf("dir=%s", run->dir));
    g_ptr_array_add(all, g_strdup("every_wall=1 h"));
    g_ptr_array_add(all, g_strdup_printf("mode=%s", run->mode));
    /* Models are drawn from other seeds before a restore, so that it has something to do. */
    g_ptr_array_add(all, g_strdup("origin=ignore"));
    for (char **option = options; *option != NULL; option++)
        g_ptr_array_add(all, g_strdup(*option));
    TorporSession *session = torpor_session_new(&model_host, run->model,
                                                (const char *const *)all->pdata, all->len, &error);
    g_assert_no_error(error);
    for (gsize i = 0; i < G_N_ELEMENTS(model_types); i++) {
        torpor_catalogue_add_type(session->catalogue, model_types[i], &error);
        g_assert_no_error(error);
    }
    return session;
}

static void
begin(Run *run, gconstpointer mode)
{
    run->mode = mode;
    run->folder = model_folder_new();
    run->dir = g_build_filename(run->folder, "ckpt", NULL);
    run->spikes = g_build_filename(run->folder, "spikes", NULL);
    run->model = model_new(1, run->spikes, FALSE);
}

/* As if the process had died, and another one began: nothing of the old one's is flushed. */
G_GNUC_UNUSED static void
start_again(Run *run, const char *options)
{
    torpor_session_free(run->session);
    model_free(run->model);
    run->model = model_new(99, run->spikes, TRUE);
    run->session = open_session(run, options);
}

static void
end(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    torpor_session_free(run->session);
    model_free(run->model);
    model_folder_remove(run->folder);
    g_free(run->folder);
    g_free(run->dir);
    g_free(run->spikes);
}

G_GNUC_UNUSED static gint32
advance(Run *run, guint64 until)
{
    gint32 answer = TORPOR_GO_ON;
    while (run->model->step < until && answer == TORPOR_GO_ON) {
        model_step(run->model);
        answer =
            torpor_session_step(run->session, run->model->step, 0.1 * (double)run->model->step);
    }
    while (torpor_saver_is_busy(run->session->saver))
        g_usleep(100);
    return answer;
}

G_GNUC_UNUSED static gboolean
exists(const Run *run, guint64 step)
{
    g_autofree char *path = torpor_checkpoint_path(run->dir, step);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

G_GNUC_UNUSED static char *
digest_with_spikes(const Run *run)
{
    g_autofree char *state = model_digest(run->model);
    g_autofree char *spikes = NULL;
    fflush(run->model->spikes);
    g_assert_true(g_file_get_contents(run->spikes, &spikes, NULL, NULL));
    return g_strconcat(state, spikes, NULL);
}

G_GNUC_UNUSED static gboolean
resume(Run *run)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    torpor_session_restore(run->session, NULL, &resumed, &error);
    g_assert_no_error(error);
    return resumed;
}

static void
add(const char *path, void (*test)(Run *, gconstpointer))
{
    static const char *const modes[] = {"sync", "async", "fork"};
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autofree char *of_mode = g_strdup_printf("/session/%s%s", modes[i], path);
        g_test_add(of_mode, Run, modes[i], begin, test, end);
    }
}

#endif
