#include "session/origin.h"

#include "model.h"
#include "script.h"
#include "session/hooks.h"
#include "session/resuming.h"

/* ---- what a user does ---- */

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
static void
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
static void
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

/* ---- tests ---- */

static void
test_the_same_script(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    assert_resumes(run, NULL, "");
    g_assert_null(strstr(run->script.log->str, "origin"));
    /* And again, from a checkpoint of the run that was resumed. */
    step_to(run, 20);
    save(run);
    close_session(run);
    build(&run->script, N);
    run->script.nodes[5].I_e = 0;
    assert_refused(run, "origin: nodes/iaf_psc_alpha/I_e differs from when this run began; if");
}

static void
test_what_users_set_is_refused(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->script.nodes[N - 1].I_e += 1e-12;
    assert_refused(run, "origin: nodes/iaf_psc_alpha/I_e differs from when this run began; if that "
                        "is meant, give origin=warn to go on with what the checkpoint has, or "
                        "start another run with another dir or resume=never");
    build(&run->script, N);
    run->script.nodes[3].weight = -0.0;
    assert_refused(run, "origin: nodes/iaf_psc_alpha/weight differs from when");
    build(&run->script, N);
    run->script.nodes[3].tau = 11;
    assert_refused(run, "origin: nodes/iaf_psc_alpha/tau differs from when");
    build(&run->script, N);
    run->script.times[9] = 77;
    assert_refused(run, "origin: trains/times/values differs from when");
    build(&run->script, N);
    run->script.n_times[8] = 1;
    assert_refused(run, "origin: trains/times/values and trains/times/counts differ from when");
    build(&run->script, N);
    run->script.seed++;
    assert_refused(run, "origin: generators/global/state differs from when");
    build(&run->script, N);
    run->script.gain = 2;
    assert_refused(run, "origin: trees/kernel/solver/gain differs from when");
    build(&run->script, N);
    assert_resumes(run, NULL, "");
}

static void
test_names_three_and_counts_the_others(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->script.seed++;
    run->script.gain++;
    for (guint i = 0; i < N; i++)
        run->script.nodes[i] = (Node){-70, 1, 2, 3};
    assert_refused(run,
                   "origin: generators/global/state, nodes/iaf_psc_alpha/I_e, "
                   "nodes/iaf_psc_alpha/weight and 2 others differ from when this run began; ");
}

static void
test_new_and_missing(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->script.has_extra = TRUE;
    assert_refused(run, "origin: the number of nodes/extra (new), nodes/extra/I_e (new), "
                        "nodes/extra/weight (new) and 1 other differ from when");
    build(&run->script, N - 1);
    run->script.has_extra = FALSE;
    assert_refused(run,
                   "origin: the number of nodes/iaf_psc_alpha and nodes/iaf_psc_alpha/I_e differ "
                   "from when");
    /* A run that began with one more. */
    g_autoptr(GError) error = NULL;
    build(&run->script, N);
    run->script.has_extra = TRUE;
    open_session(run, "resume=never");
    g_assert_false(restore(run, &error));
    step_to(run, 10);
    save(run);
    close_session(run);
    build(&run->script, N);
    run->script.has_extra = FALSE;
    assert_refused(run, "origin: the number of nodes/extra (missing), nodes/extra/I_e (missing), "
                        "nodes/extra/weight (missing) and 1 other differ from when");
}

static void
test_initial_state_is_a_line(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    for (guint i = 0; i < N; i++)
        run->script.nodes[i].V_m = -60 + i;
    assert_resumes(run, NULL,
                   "origin: nodes/iaf_psc_alpha/V_m differs from when this run began; this is "
                   "initial state, which the checkpoint replaces\n");
    g_assert_cmpfloat(run->script.nodes[0].V_m, ==, -70);
}

static void
test_policies(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->script.nodes[0].I_e = 1;
    run->script.seed++;
    assert_resumes(run, "origin=warn",
                   "origin: generators/global/state and nodes/iaf_psc_alpha/I_e differ from when "
                   "this run began; the run goes on with what the checkpoint has\n");
    g_assert_nonnull(strstr(run->script.log->str, "2 restore: origin: generators/"));
    /* What it is compared with stays what it was. */
    step_to(run, 20);
    save(run);
    close_session(run);
    build(&run->script, N);
    run->script.nodes[0].I_e = 1;
    assert_refused(run, "origin: nodes/iaf_psc_alpha/I_e differs from when this run began");

    guint n_describes = run->script.n_describes;
    g_autoptr(GError) error = NULL;
    open_session(run, "origin=ignore");
    g_assert_true(restore(run, &error));
    g_assert_cmpstr(torpor_session_report(run->session), ==, "");
    g_assert_cmpuint(run->script.n_describes, ==, n_describes + 1); /* the restore's own */
    step_to(run, 30);
    save(run);
    close_session(run);
    build(&run->script, N);
    run->script.nodes[0].I_e = 1;
    assert_refused(run, "origin: nodes/iaf_psc_alpha/I_e differs from when this run began");
}

/* mismatch and origin are two options. */
static void
test_mismatch_is_another_option(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    run->script.nodes[0].I_e = 1;
    open_session(run, "mismatch=ignore");
    g_assert_false(restore(run, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
}

static void
test_flags_of_generators_and_trees(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->script.seed_flags = TORPOR_ORIGIN_STATE;
    run->script.seed++;
    run->script.tree_flags = TORPOR_ORIGIN_STATE;
    run->script.gain++;
    assert_resumes(run, NULL,
                   "origin: generators/global/state and trees/kernel/solver/gain differ from when "
                   "this run began; this is initial state, which the checkpoint replaces\n");
    close_session(run);
    build(&run->script, N);
    run->script.time_flags = 0; /* it was left out when the run began */
    assert_refused(
        run, "origin: generators/time/algorithm (new) and generators/time/state (new) differ");
}

static void
test_other_versions_are_not_compared(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    run->script.version = 2;
    run->script.nodes[0].I_e = 1;
    open_session(run, NULL);
    g_assert_false(restore(run, &error));
    /* It gets as far as the migration, which is not declared. */
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION);
    g_assert_nonnull(strstr(torpor_session_report(run->session),
                            "origin: nodes/iaf_psc_alpha has a type of another version than when "
                            "this run began, so it was not compared\n"));
}

static void
test_new_optional_field(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    run->script.has_optional = TRUE;
    open_session(run, NULL);
    g_assert_true(restore(run, &error));
    g_assert_no_error(error);
    g_assert_nonnull(strstr(torpor_session_report(run->session),
                            "origin: nodes/iaf_psc_alpha/more (new) differs from when this run "
                            "began; this is initial state"));
}

/* ---- several runs of one script ---- */

static gboolean
begin_run(Run *run, guint64 number, GError **error)
{
    return torpor_session_begin_run(run->session, number, error);
}

/* Three runs of 10 steps, each with another current; a checkpoint in the third. */
static void
run_three(Run *run)
{
    g_autoptr(GError) error = NULL;
    build(&run->script, N);
    open_session(run, "resume=never");
    for (guint i = 0; i < 3; i++) {
        run->script.nodes[7].I_e = 100 * i;
        g_assert_true(begin_run(run, i, &error));
        if (i == 0)
            g_assert_false(restore(run, &error));
        g_assert_no_error(error);
        step_to(run, 10 * (i + 1) - (i == 2 ? 5 : 0));
    }
    save(run);
    close_session(run);
    build(&run->script, N);
}

static void
test_later_runs(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    run_three(run);
    open_session(run, NULL);
    for (guint i = 0; i < 3; i++) {
        run->script.nodes[7].I_e = 100 * i;
        g_assert_true(begin_run(run, i, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(run->script.step, ==, 0); /* passed over */
    }
    g_assert_true(restore(run, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(torpor_session_report(run->session), ==, "");
    g_assert_cmpuint(run->script.step, ==, 25);
    step_to(run, 30);
    run->script.nodes[7].I_e = 300;
    g_assert_true(begin_run(run, 3, &error)); /* a new one */
    step_to(run, 35);
    save(run);
    close_session(run);

    build(&run->script, N);
    open_session(run, NULL);
    const double currents[] = {0, 100, 200, 301};
    for (guint i = 0; i < 3; i++) {
        run->script.nodes[7].I_e = currents[i];
        g_assert_true(begin_run(run, i, &error));
    }
    run->script.nodes[7].I_e = currents[3];
    g_assert_false(begin_run(run, 3, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
    g_assert_cmpstr(error->message, ==,
                    "origin: nodes/iaf_psc_alpha/I_e differs from when run number 3 of this script "
                    "began; if that is meant, give origin=warn to go on with what the checkpoint "
                    "has, or start another run with another dir or resume=never");
}

static void
test_second_stimulus_changed(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    run_three(run);
    open_session(run, NULL);
    run->script.nodes[7].I_e = 0;
    g_assert_true(begin_run(run, 0, &error));
    run->script.nodes[7].I_e = 101;
    g_assert_false(begin_run(run, 1, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
    g_clear_error(&error);
    /* The first as well. */
    close_session(run);
    build(&run->script, N);
    open_session(run, NULL);
    g_assert_false(begin_run(run, 0, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
    g_clear_error(&error);
    close_session(run);
    open_session(run, "origin=warn");
    g_assert_true(begin_run(run, 0, &error));
    g_assert_nonnull(strstr(torpor_session_report(run->session),
                            "origin: nodes/iaf_psc_alpha/I_e differs from when this run began"));
    close_session(run);
    guint n_describes = run->script.n_describes;
    open_session(run, "origin=ignore");
    g_assert_true(begin_run(run, 0, &error));
    g_assert_true(begin_run(run, 1, &error));
    g_assert_cmpuint(run->script.n_describes, ==, n_describes);
    g_assert_true(restore(run, &error));
    g_assert_no_error(error);
    g_assert_false(begin_run(run, G_MAXUINT64, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT);
}

/* What evolves is compared at run 0 only: weights, generators, the state of a solver. */
static void
test_later_runs_compare_what_stays(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    run_three(run);
    g_autofree char *path = g_build_filename(run->folder, "ckpt-0000000000000025.msgpack", NULL);
    TorporHost host = {&script_host, &run->script};
    g_autoptr(TorporCheckpointFile) file = torpor_checkpoint_file_open(path, &host, 0, &error);
    TorporOrigin *origin = NULL;
    g_assert_true(torpor_origin_read(file, &origin, &error));
    g_assert_no_error(error);
    g_autoptr(TorporOrigin) read = origin;
    g_assert_cmpuint(torpor_origin_n_runs(read), ==, 3);
    guint64 steps[3];
    for (guint i = 0; i < 3; i++)
        g_assert_true(torpor_origin_has_run(read, i, &steps[i]));
    g_assert_cmpuint(steps[0], ==, 0);
    g_assert_cmpuint(steps[2], ==, 20);
    g_autoptr(TorporOrigin) empty = torpor_origin_new();
    torpor_origin_begin_run(empty, 0, 0);
    torpor_origin_begin_run(empty, 1, 0);
    g_autoptr(TorporOriginDifference) first = torpor_origin_compare(read, empty, 0);
    g_autoptr(TorporOriginDifference) second = torpor_origin_compare(read, empty, 1);
    g_assert_cmpuint(first->set_by_user->len, >, second->set_by_user->len);
    g_assert_cmpuint(first->initial->len, ==, 1); /* V_m */
    g_assert_cmpuint(second->initial->len, ==, 0);
    g_assert_cmpuint(second->set_by_user->len, ==, 4); /* I_e, tau, and times with their counts */
}

/* ---- files without an origin, and with a bad one ---- */

static void
test_older_checkpoint(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    static const char line[] =
        "origin: the checkpoint does not tell what the model was when the run began, so it was not "
        "compared; what was built now counts from here on\n";
    g_autoptr(GError) error = NULL;
    /* As a version without origins wrote it: by a restore and a save that know of none. */
    open_session(run, "origin=ignore");
    g_assert_true(restore(run, &error));
    g_clear_pointer(&run->session->origin, torpor_origin_free);
    save(run);
    close_session(run);
    build(&run->script, N);
    assert_resumes(run, NULL, line);
    step_to(run, 20);
    save(run);
    close_session(run);
    build(&run->script, N);
    run->script.nodes[0].I_e = 1;
    assert_refused(run, "origin: nodes/iaf_psc_alpha/I_e differs");
}

/* A host that never restores: its run begins at the first step. */
static void
test_without_a_restore(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    open_session(run, "resume=never");
    step_to(run, 12);
    g_assert_nonnull(run->session->origin);
    guint64 step;
    g_assert_true(torpor_origin_has_run(run->session->origin, 0, &step));
    g_assert_cmpuint(step, ==, 1);
}

/* A model that has been simulated is not what was built. */
static void
test_at_another_step(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->script.step = 3;
    run->script.nodes[0].I_e = 1;
    assert_resumes(run, NULL,
                   "origin: the model is at step 3, and this run began at step 0, so they were not "
                   "compared\n");
}

/* A restore of a file that the host names, in the middle of a run: what the script built is known
 * from the beginning. */
static void
test_in_the_middle_of_a_run(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    g_autofree char *path = g_build_filename(run->folder, "ckpt-0000000000000010.msgpack", NULL);
    g_autofree char *aside = g_build_filename(run->folder, "aside.msgpack", NULL);
    g_assert_cmpint(g_rename(path, aside), ==, 0);
    run->script.nodes[0].I_e = 1;
    open_session(run, NULL);
    g_assert_false(restore(run, &error));
    g_assert_no_error(error);
    step_to(run, 3);
    g_assert_false(torpor_session_restore(run->session, aside, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
    g_assert_cmpuint(run->script.step, ==, 3);
}

/* ---- large columns ---- */

static void
run_tasks_backwards(G_GNUC_UNUSED void *host_data, guint64 n_tasks,
                    void (*task)(void *task_data, guint64 index), void *task_data)
{
    while (n_tasks > 0)
        task(task_data, --n_tasks);
}

/* Threads of our own, or those of the host one after the other: a gather of 12 MB gives the same. A
 * column that looks constant, but is not, is no other than one that does not look so. */
static void
test_any_number_of_threads(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    for (guint round = 0; round < 4; round++) {
        struct torpor_host table = script_host;
        table.parallel_for = round % 2 == 0 ? NULL : run_tasks_backwards;
        table.flags = round < 2 ? TORPOR_HOST_CONCURRENT : 0;
        open_session(run, NULL);
        run->session->table.parallel_for = table.parallel_for;
        run->session->table.flags = table.flags;
        g_assert_true(restore(run, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(torpor_session_report(run->session), ==, "");
        close_session(run);
        build(&run->script, N_NODES);
    }
    /* Off the samples that tell whether a column looks constant. */
    run->script.nodes[1000].tau = 11;
    assert_refused(run, "origin: nodes/iaf_psc_alpha/tau differs from when this run began");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    const struct {
        const char *path;
        void (*test)(Run *run, gconstpointer data);
    } tests[] = {
        {"/origin/the-same-script", test_the_same_script},
        {"/origin/what-users-set-is-refused", test_what_users_set_is_refused},
        {"/origin/names-three-and-counts-the-others", test_names_three_and_counts_the_others},
        {"/origin/new-and-missing", test_new_and_missing},
        {"/origin/initial-state-is-a-line", test_initial_state_is_a_line},
        {"/origin/policies", test_policies},
        {"/origin/mismatch-is-another-option", test_mismatch_is_another_option},
        {"/origin/flags-of-generators-and-trees", test_flags_of_generators_and_trees},
        {"/origin/other-versions-are-not-compared", test_other_versions_are_not_compared},
        {"/origin/new-optional-field", test_new_optional_field},
        {"/origin/later-runs", test_later_runs},
        {"/origin/second-stimulus-changed", test_second_stimulus_changed},
        {"/origin/later-runs-compare-what-stays", test_later_runs_compare_what_stays},
        {"/origin/older-checkpoint", test_older_checkpoint},
        {"/origin/without-a-restore", test_without_a_restore},
        {"/origin/at-another-step", test_at_another_step},
        {"/origin/in-the-middle-of-a-run", test_in_the_middle_of_a_run},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Run, NULL, begin, tests[i].test, end);
    g_test_add("/origin/any-number-of-threads", Run, GUINT_TO_POINTER(N_NODES), begin,
               test_any_number_of_threads, end);
    return g_test_run();
}
