/* The folder of checkpoints: what is kept, what is abandoned, and whose it is. */
#include "ranks.h"

#include "checkpoint/checkpoint_file.h"

#include "run.h"

static void
test_two_jobs(void)
{
    g_autofree char *dir = dir_new();
    TorporFolder *other = torpor_folder_lock(dir, NULL);
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 2, ONE_BY_ONE);
    run_start(run);
    for (guint i = 0; i < run->n; i++)
        g_assert_error(run->ranks[i].error, TORPOR_ERROR, TORPOR_STATUS_BUSY);
    torpor_folder_unlock(other);
    run_clear(run);
}

static void
test_retention(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 4, ONE_BY_ONE);
    run->options = "keep=2";
    run_start(run);
    assert_equals_straight(run);
    g_autoptr(GPtrArray) all = torpor_folder_list(dir, NULL);
    g_assert_cmpuint(all->len, ==, 2);
    g_autoptr(GDir) names = g_dir_open(dir, 0, NULL);
    guint n_files = 0;
    for (const char *name; (name = g_dir_read_name(names)) != NULL;)
        n_files += g_str_has_prefix(name, "ckpt-");
    g_assert_cmpuint(n_files, ==, 2 * (4 + 1));
}

static void
test_abandoned(void)
{
    g_autofree char *dir = dir_new();
    run_and_die(dir, 3, ONE_BY_ONE, "sync");
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 2, ONE_BY_ONE);
    run->options = "resume=never";
    run_start(run);
    assert_equals_straight(run);
    g_assert_true(is_there(dir, "abandoned-1/" SHARD_40));
    g_assert_true(is_there(dir, "abandoned-1/ckpt-0000000000000040.msgpack"));
    g_assert_false(is_there(dir, SHARD_40));
}

/* A second save at the same step leaves the first one whole until it is whole itself. */
static void
test_same_step(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 2, ONE_BY_ONE);
    run->save_at = 40;
    run->until = 43;
    run->dies = TRUE;
    run_start(run);
    assert_all_fine(run);
    run_clear(run);
    g_autoptr(GPtrArray) all = torpor_folder_list(dir, NULL);
    g_assert_cmpuint(((const TorporCheckpoint *)all->pdata[0])->shards->len, ==, 2);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run_start(run);
    g_assert_true(run->ranks[0].resumed);
    g_assert_null(strstr(run->ranks[0].cells.log->str, "passed over"));
    assert_equals_straight(run);
}

void
add_folder_tests(void)
{
    g_test_add_func("/ranks/two-jobs", test_two_jobs);
    g_test_add_func("/ranks/folder/retention", test_retention);
    g_test_add_func("/ranks/folder/abandoned", test_abandoned);
    g_test_add_func("/ranks/folder/same-step", test_same_step);
}
