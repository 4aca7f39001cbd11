/* Shards that are missing or damaged, or of another checkpoint. */
#include "ranks.h"

#include <glib/gstdio.h>

#include "run.h"

static void
copy_file(const char *from, const char *to)
{
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(from, &bytes, &length, NULL));
    g_assert_true(g_file_set_contents(to, bytes, (gssize)length, NULL));
}

static void
test_damage(void)
{
    for (guint n = 1; n <= 4; n++) {
        g_autofree char *dir = dir_new();
        g_autofree char *newest = path_of(dir, SHARD_40);
        g_autofree char *older = path_of(dir, SHARD_30);
        run_and_die(dir, 3, ONE_BY_ONE, "sync");
        if (n == 1) {
            g_remove(newest);
            resume_after_damage(dir, n, SHARD_40 ": cannot open");
        } else if (n == 2) {
            flip(newest, 1500);
            resume_after_damage(dir, n, SHARD_40);
        } else if (n == 3) {
            copy_file(older, newest);
            resume_after_damage(dir, n, SHARD_40 ": the file is not the one that the manifest");
        } else {
            g_autofree char *other_dir = dir_new();
            g_autofree char *foreign = path_of(other_dir, SHARD_40);
            run_and_die(other_dir, 3, ONE_BY_ONE, "sync");
            copy_file(foreign, newest);
            resume_after_damage(dir, n, SHARD_40 ": the file is not the one that the manifest");
        }
    }
}

/* Shards without a manifest are of a save that was interrupted. */
static void
test_orphans(void)
{
    g_autofree char *dir = dir_new();
    g_autofree char *manifest = path_of(dir, "ckpt-0000000000000040.msgpack");
    run_and_die(dir, 3, ONE_BY_ONE, "sync");
    g_remove(manifest);
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->until = 35;
    run_start(run);
    assert_all_fine(run);
    g_assert_false(is_there(dir, SHARD_40));
    g_assert_true(is_there(dir, SHARD_30));
    run_clear(run);
}

void
add_damage_tests(void)
{
    g_test_add_func("/ranks/damage/shards", test_damage);
    g_test_add_func("/ranks/damage/orphans", test_orphans);
}
