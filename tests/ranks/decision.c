/* All ranks save at the same step, and stop at the same step, whoever asks for it. */
#include "ranks.h"

#include "checkpoint/checkpoint_file.h"

#include "run.h"

static void
test_stop(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 4, ONE_BY_ONE);
    run->mode = "async";
    run->stop_at = 23;
    run->step_us = 20000; /* so that two or three steps pass between two meetings */
    run->options = "every=off,every_wall=off";
    run_start(run);
    assert_all_fine(run);
    guint64 stopped_at = run->ranks[0].stopped_at;
    g_assert_cmpuint(stopped_at, >=, 23);
    g_assert_cmpuint(stopped_at, <, END);
    for (guint i = 0; i < run->n; i++)
        g_assert_cmpuint(run->ranks[i].stopped_at, ==, stopped_at);
    run_clear(run);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run_start(run);
    g_assert_true(run->ranks[2].resumed);
    assert_equals_straight(run);
}

/* Where a checkpoint changes the run, all wait for the next multiple of `every`. */
static void
test_stop_waits(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 4, ONE_BY_ONE);
    run->flags = TORPOR_HOST_CHECKPOINT_CHANGES_RUN;
    run->stop_at = 23;
    run->step_us = 20000; /* so that they meet before step 30, too */
    run_start(run);
    assert_all_fine(run);
    for (guint i = 0; i < run->n; i++)
        g_assert_cmpuint(run->ranks[i].stopped_at, ==, 30);
    g_assert_nonnull(strstr(run->ranks[0].cells.log->str,
                            "the host asked for it on rank 3: the run saves and stops at time 30"));
    g_assert_null(strstr(run->ranks[1].cells.log->str, "saves and stops"));
    run_clear(run);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->flags = TORPOR_HOST_CHECKPOINT_CHANGES_RUN;
    run_start(run);
    g_assert_true(run->ranks[2].resumed);
    assert_equals_straight(run);
    *run = run_new(dir, 2, ONE_BY_ONE);
    run->flags = TORPOR_HOST_CHECKPOINT_CHANGES_RUN;
    run->options = "every=5 ms";
    run_start(run);
    for (guint i = 0; i < run->n; i++) {
        g_assert_error(run->ranks[i].error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
        g_assert_nonnull(strstr(run->ranks[i].error->message, "option every is 5 ms"));
    }
    run_clear(run);
}

static void
hurry_rank_2(Rank *rank)
{
    if (rank->cells.seat.rank == 2)
        g_usleep(1000);
}

/* By wall time only rank 0 decides, and all save at the same step. */
static void
test_wall_time(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->options = "every=off,every_wall=2 ms,keep=1000";
    run->until = 4000;
    run->before = hurry_rank_2;
    run_start(run);
    assert_all_fine(run);
    g_autoptr(GPtrArray) all = torpor_folder_list(dir, NULL);
    g_assert_cmpuint(all->len, >, 1);
    for (guint i = 0; i < all->len; i++)
        g_assert_cmpuint(((const TorporCheckpoint *)all->pdata[i])->shards->len, ==, 3);
    run_clear(run);
}

void
add_decision_tests(void)
{
    g_test_add_func("/ranks/decision/stop", test_stop);
    g_test_add_func("/ranks/decision/stop-waits", test_stop_waits);
    g_test_add_func("/ranks/decision/wall-time", test_wall_time);
}
