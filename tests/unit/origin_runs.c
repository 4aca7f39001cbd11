/* The origin of each of several runs of one script. */
#include "checkpoint/origin_difference.h"
#include "origin_run.h"

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
                    "origin: nodes/iaf_psc_alpha/I_e differs from when run 4 of this script "
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
    g_autoptr(TorporOriginDifference) first = torpor_origin_compare(read, 0, empty, 0, FALSE);
    g_autoptr(TorporOriginDifference) second = torpor_origin_compare(read, 1, empty, 1, FALSE);
    g_assert_cmpuint(first->set_by_user->len, >, second->set_by_user->len);
    g_assert_cmpuint(first->initial->len, ==, 1); /* V_m */
    g_assert_cmpuint(second->initial->len, ==, 0);
    g_assert_cmpuint(second->set_by_user->len, ==, 4); /* I_e, tau, and times with their counts */
}

/* ---- a session for each run ---- */

/* As NEST's adapter does: the keeper stays open, the others end with their runs. */
static void
open_shared(Run *run, const TorporSession *keeper)
{
    g_autoptr(GError) error = NULL;
    open_session(run, NULL);
    g_assert_true(torpor_session_share_origin(run->session, keeper, &error));
    g_assert_no_error(error);
}

static TorporSession *
open_keeper(Run *run)
{
    open_session(run, NULL);
    return g_steal_pointer(&run->session);
}

/* Three runs, the first of them begun by the restore; a checkpoint in the third. */
static void
run_three_sessions(Run *run)
{
    g_autoptr(GError) error = NULL;
    build(&run->script, N);
    TorporSession *keeper = open_keeper(run);
    for (guint i = 0; i < 3; i++) {
        run->script.nodes[7].I_e = 100 * i;
        open_shared(run, keeper);
        g_assert_true(i == 0 ? !restore(run, &error) : begin_run(run, i, &error));
        g_assert_no_error(error);
        step_to(run, 10 * (i + 1) - (i == 2 ? 5 : 0));
        if (i == 2)
            save(run);
        close_session(run);
    }
    torpor_session_free(keeper);
    build(&run->script, N);
}

static void
test_sessions_share_the_origin(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *first = g_build_filename(run->folder, "ckpt-0000000000000010.msgpack", NULL);
    g_assert_cmpint(g_remove(first), ==, 0);
    run_three_sessions(run);
    for (guint changed = 0; changed < 4; changed++) { /* 3: none */
        build(&run->script, N);
        run->script.nodes[3].V_m = -60; /* reported once */
        TorporSession *keeper = open_keeper(run);
        guint n_reports = 0;
        for (guint i = 0; i < 3; i++) {
            run->script.nodes[7].I_e = 100 * i + (i == changed ? 1 : 0);
            open_shared(run, keeper);
            g_assert_true(begin_run(run, i, &error) == (i != changed));
            n_reports += strstr(run->script.log->str, "V_m differs") != NULL;
            if (i == 2 && changed == 3) {
                g_assert_true(restore(run, &error));
                g_assert_cmpuint(run->script.step, ==, 25);
            }
            close_session(run);
            if (i == changed)
                break;
        }
        torpor_session_free(keeper);
        g_assert_cmpuint(n_reports, ==, 1);
        if (changed == 3)
            g_assert_no_error(error);
        else
            g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
        g_clear_error(&error);
    }
}

/* The first run is made in two parts now. The host's clock is where each part begins. */
static void
test_runs_are_split_otherwise(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    run_three(run);
    for (guint changed = 0; changed < 2; changed++) {
        const guint64 begins[] = {0, 7, 10, 20};
        const double currents[] = {0, 0, 100, 200};
        build(&run->script, N);
        open_session(run, NULL);
        for (guint i = 0; i < 4; i++) {
            gboolean is_changed = changed == 1 && i == 3;
            run->script.step = begins[i];
            run->script.nodes[7].I_e = currents[i] + (is_changed ? 1 : 0);
            g_assert_true(begin_run(run, i, &error) == !is_changed);
        }
        g_assert_nonnull(strstr(run->script.log->str,
                                "origin: run 2 of this script begins at step 7, where none "
                                "began before, so it was not compared"));
        if (changed == 0)
            g_assert_true(restore(run, &error));
        close_session(run);
    }
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
}

/* What a resumed process has passed over stays in its checkpoints. */
static void
test_shared_after_a_resume(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *first = g_build_filename(run->folder, "ckpt-0000000000000010.msgpack", NULL);
    g_assert_cmpint(g_remove(first), ==, 0);
    run_three_sessions(run);
    for (guint process = 0; process < 2; process++) {
        build(&run->script, N);
        TorporSession *keeper = open_keeper(run);
        for (guint i = 0; i < 4; i++) {
            run->script.nodes[7].I_e = 100 * i + (process == 1 && i == 3 ? 1 : 0);
            open_shared(run, keeper);
            gboolean is_begun = begin_run(run, i, &error);
            g_assert_true(is_begun == (process == 0 || i < 3));
            if (process == 0 && i == 2) {
                g_assert_true(restore(run, &error));
                step_to(run, 30);
            }
            if (process == 0 && i == 3) {
                step_to(run, 35);
                save(run);
            }
            close_session(run);
        }
        torpor_session_free(keeper);
    }
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
    g_assert_nonnull(strstr(error->message, "I_e differs from when run 4 of this script"));
    g_clear_error(&error);
    open_session(run, NULL);
    g_assert_false(torpor_session_share_origin(run->session, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/origin/later-runs", test_later_runs);
    add("/origin/second-stimulus-changed", test_second_stimulus_changed);
    add("/origin/later-runs-compare-what-stays", test_later_runs_compare_what_stays);
    add("/origin/sessions-share-the-origin", test_sessions_share_the_origin);
    add("/origin/runs-are-split-otherwise", test_runs_are_split_otherwise);
    add("/origin/shared-after-a-resume", test_shared_after_a_resume);
    return g_test_run();
}
