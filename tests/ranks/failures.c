/* One rank fails, dies, or has other options or another model than the others. */
#include "ranks.h"

#include "run.h"

/* ---- one rank fails ---- */

static void
fail_save_of_rank_1(Rank *rank)
{
    if (rank->cells.seat.rank == 1) {
        rank->cells.fails_at = "save_begin";
        rank->cells.fail_step = 20;
    }
}

static void
test_failed_save(void)
{
    static const char *const modes[] = {"sync", "async"};
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autofree char *dir = dir_new();
        g_autofree Run *run = g_new(Run, 1);
        *run = run_new(dir, 3, ONE_BY_ONE);
        run->mode = modes[i];
        run->options = "keep=9";
        run->before = fail_save_of_rank_1;
        run_start(run);
        for (guint r = 0; r < run->n; r++)
            g_assert_nonnull(strstr(run->ranks[r].cells.log->str,
                                    "the run goes on: rank 1: the host's save_begin: save_begin "
                                    "was asked to fail"));
        assert_equals_straight(run);
        g_assert_true(is_there(dir, "ckpt-0000000000000010.msgpack"));
        g_assert_false(is_there(dir, "ckpt-0000000000000020.msgpack"));
        g_assert_false(is_there(dir, "ckpt-0000000000000020.shard-0-of-3.msgpack"));
        g_assert_true(is_there(dir, "ckpt-0000000000000030.msgpack"));
    }
}

static void
fail_restore_of_rank_2(Rank *rank)
{
    if (rank->cells.seat.rank == 2)
        rank->cells.fails_at = "restore_begin";
}

/* Nobody commits if one cannot prepare. */
static void
test_failed_restore(void)
{
    g_autofree char *dir = dir_new();
    run_and_die(dir, 3, ONE_BY_ONE, "sync");
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->before = fail_restore_of_rank_2;
    run_start(run);
    for (guint i = 0; i < run->n; i++) {
        g_assert_error(run->ranks[i].error, TORPOR_ERROR, TORPOR_STATUS_HOST);
        g_assert_true(g_str_has_prefix(run->ranks[i].error->message, "rank 2: "));
        g_assert_cmpuint(run->ranks[i].cells.step, ==, 0);
        g_assert_cmpfloat(run->ranks[i].cells.cells[0].v, ==,
                          0.37 * run->ranks[i].cells.cells[0].id);
    }
    run_clear(run);
}

static void
fail_commit_of_rank_1(Rank *rank)
{
    if (rank->cells.seat.rank == 1)
        rank->cells.fails_at = "restore_commit";
}

static void
test_torn(void)
{
    g_autofree char *dir = dir_new();
    run_and_die(dir, 3, ONE_BY_ONE, "sync");
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->before = fail_commit_of_rank_1;
    run_start(run);
    for (guint i = 0; i < run->n; i++)
        g_assert_error(run->ranks[i].error, TORPOR_ERROR, TORPOR_STATUS_TORN);
    run_clear(run);
}

/* The others learn of it, and nobody waits for ever. */
static void
test_dead_rank(void)
{
    static const char *const modes[] = {"sync", "async"};
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autofree char *dir = dir_new();
        g_autofree Run *run = g_new(Run, 1);
        *run = run_new(dir, 4, ONE_BY_ONE);
        run->mode = modes[i];
        run->until = 37;
        run->dying_rank = 2;
        run_start(run);
        run_clear(run);
        *run = run_new(dir, 2, IN_BLOCKS);
        run->mode = modes[i];
        run_start(run);
        g_assert_true(run->ranks[0].resumed);
        assert_equals_straight(run);
    }
}

/* ---- differences between the ranks ---- */

/* ---- one rank has no memory for what all list ---- */

static _Thread_local gboolean has_no_memory;

/* Instead of GLib's. */
gpointer
g_try_malloc0(gsize bytes)
{
    return has_no_memory ? NULL : calloc(1, MAX(bytes, 1));
}

static void
take_memory_of_rank_1(Rank *rank)
{
    has_no_memory = rank->cells.seat.rank == 1;
}

/* The others do not wait for it. */
static void
test_no_memory_for_lists(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->before = take_memory_of_rank_1;
    run_start(run);
    for (guint i = 0; i < run->n; i++) {
        g_assert_error(run->ranks[i].error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY);
        g_assert_cmpstr(run->ranks[i].error->message, ==,
                        "rank 1: no memory for what 3 ranks list");
    }
    run_clear(run);
}

static void
test_options_differ(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->options = "keep=5";
    run->options_of_last = "keep=6";
    assert_refused(run, TORPOR_STATUS_MISMATCH, "rank 0 has keep=5, and rank 2 has keep=6");
}

static void
change_model_of_rank_1(Rank *rank)
{
    rank->cells.gain = rank->cells.seat.rank == 1 ? 2 : 1;
}

static void
test_models_differ(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 2, ONE_BY_ONE);
    run->before = change_model_of_rank_1;
    run_start(run);
    g_assert_error(run->ranks[0].error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
    g_assert_nonnull(strstr(run->ranks[0].error->message,
                            "fingerprint=cells n=101 gain=1, and rank 1 has fingerprint=cells "
                            "n=101 gain=2"));
    run_clear(run);
}

void
add_failures_tests(void)
{
    g_test_add_func("/ranks/failure/save", test_failed_save);
    g_test_add_func("/ranks/failure/restore", test_failed_restore);
    g_test_add_func("/ranks/failure/torn", test_torn);
    g_test_add_func("/ranks/failure/dead-rank", test_dead_rank);
    g_test_add_func("/ranks/failure/no-memory-for-lists", test_no_memory_for_lists);
    g_test_add_func("/ranks/difference/options", test_options_differ);
    g_test_add_func("/ranks/difference/models", test_models_differ);
}
