#include "session/origin.h"

#include "origin_run.h"

/* ---- one run ---- */

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
        run->script.nodes[i] = (Node){-70, 1, 2, 3, 0};
    assert_refused(run, "origin: nodes/iaf_psc_alpha/I_e, nodes/iaf_psc_alpha/weight, "
                        "nodes/iaf_psc_alpha/tau and 2 others differ from when this run began; ");
    build(&run->script, N);
    run->script.seed++;
    run->script.gain++;
    assert_refused(run, "origin: trees/kernel/solver/gain and generators/global/state differ from");
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
test_hidden_state_is_not_compared(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    for (guint i = 0; i < N; i++)
        run->script.nodes[i].cache = i;
    assert_resumes(run, NULL, "");
    g_assert_cmpfloat(run->script.nodes[9].cache, ==, 0);
}

static void
test_policies(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->script.nodes[0].I_e = 1;
    run->script.seed++;
    assert_resumes(run, "origin=warn",
                   "origin: nodes/iaf_psc_alpha/I_e and generators/global/state differ from when "
                   "this run began; the run goes on with what the checkpoint has\n");
    g_assert_nonnull(strstr(run->script.log->str, "2 restore: origin: nodes/"));
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
                   "origin: trees/kernel/solver/gain and generators/global/state differ from when "
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
    g_clear_pointer(&run->session->origins->origin, torpor_origin_free);
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
    g_assert_nonnull(run->session->origins->origin);
    guint64 step;
    g_assert_true(torpor_origin_has_run(run->session->origins->origin, 0, &step));
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
    add("/origin/the-same-script", test_the_same_script);
    add("/origin/what-users-set-is-refused", test_what_users_set_is_refused);
    add("/origin/names-three-and-counts-the-others", test_names_three_and_counts_the_others);
    add("/origin/new-and-missing", test_new_and_missing);
    add("/origin/initial-state-is-a-line", test_initial_state_is_a_line);
    add("/origin/hidden-state-is-not-compared", test_hidden_state_is_not_compared);
    add("/origin/policies", test_policies);
    add("/origin/mismatch-is-another-option", test_mismatch_is_another_option);
    add("/origin/flags-of-generators-and-trees", test_flags_of_generators_and_trees);
    add("/origin/other-versions-are-not-compared", test_other_versions_are_not_compared);
    add("/origin/new-optional-field", test_new_optional_field);
    add("/origin/older-checkpoint", test_older_checkpoint);
    add("/origin/without-a-restore", test_without_a_restore);
    add("/origin/at-another-step", test_at_another_step);
    add("/origin/in-the-middle-of-a-run", test_in_the_middle_of_a_run);
    g_test_add("/origin/any-number-of-threads", Run, GUINT_TO_POINTER(N_NODES), begin,
               test_any_number_of_threads, end);
    return g_test_run();
}
