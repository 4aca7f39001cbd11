#include "checkpoint/run.h"

#include <string.h>

#include "host/section_names.h"

/* Written into a tree and read again. */
static TorporRun *
there_and_back(const TorporRun *run)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    torpor_run_put(run, tree);
    return torpor_run_read(tree);
}

static void
test_ids(void)
{
    g_autoptr(TorporRun) one = torpor_run_new("model");
    g_autoptr(TorporRun) other = torpor_run_new("model");
    g_assert_cmpuint(strlen(torpor_run_id(one)), ==, 32);
    g_assert_cmpuint(strspn(torpor_run_id(one), "0123456789abcdef"), ==, 32);
    g_assert_cmpstr(torpor_run_id(one), !=, torpor_run_id(other));
    g_autoptr(TorporRun) read = there_and_back(one);
    g_assert_cmpstr(torpor_run_id(one), ==, torpor_run_id(read));
    g_assert_true(torpor_run_has(one, read, G_MAXUINT64));
    g_assert_false(torpor_run_has(one, other, 0));
}

static void
test_branches(void)
{
    g_autoptr(TorporRun) first = torpor_run_new("model");
    g_autoptr(TorporRun) second = torpor_run_branch(first, 40, "model");
    g_autoptr(TorporRun) third = torpor_run_branch(second, 30, "model"); /* before that */
    g_autoptr(TorporRun) fourth = torpor_run_branch(third, 90, "model");
    g_autoptr(TorporRun) read = there_and_back(fourth);
    g_autoptr(TorporRun) copy = torpor_run_copy(read);
    g_assert_true(torpor_run_has(copy, fourth, 1000));
    g_assert_true(torpor_run_has(copy, third, 90));
    g_assert_false(torpor_run_has(copy, third, 91));
    g_assert_true(torpor_run_has(copy, second, 30));
    g_assert_false(torpor_run_has(copy, second, 31));
    g_assert_true(torpor_run_has(copy, first, 30));
    g_assert_false(torpor_run_has(copy, first, 40));
    g_assert_false(torpor_run_has(first, copy, 0));
}

static void
test_keys(void)
{
    g_autoptr(TorporRun) parent = torpor_run_new("model");
    g_autoptr(TorporRun) run = torpor_run_branch(parent, 40, "model");
    g_autoptr(TorporTree) tree = torpor_tree_new();
    torpor_run_put(run, tree);
    const TorporNode *map = torpor_tree_lookup(tree, "provenance/run", NULL);
    g_assert_cmpstr(torpor_map_get(map, "id")->value.bytes.data, ==, torpor_run_id(run));
    g_assert_cmpstr(torpor_map_get(map, "parent")->value.bytes.data, ==, torpor_run_id(parent));
    g_assert_cmpuint(torpor_map_get(map, "parent_step")->value.unsigned_integer, ==, 40);
    g_assert_null(torpor_map_get(map, "ancestors"));
}

/* Two saves of the same state are the same bytes. */
static void
test_reproducible(void)
{
    g_setenv("SOURCE_DATE_EPOCH", "1700000000", TRUE);
    g_autoptr(TorporRun) one = torpor_run_new("model");
    g_autoptr(TorporRun) other = torpor_run_new("model");
    g_autoptr(TorporRun) of_another_model = torpor_run_new("other model");
    g_assert_cmpstr(torpor_run_id(one), ==, torpor_run_id(other));
    g_assert_cmpstr(torpor_run_id(one), !=, torpor_run_id(of_another_model));
    g_autoptr(TorporRun) branch = torpor_run_branch(one, 40, "model");
    g_autoptr(TorporTree) tree = torpor_tree_new();
    torpor_run_put(branch, tree);
    g_assert_null(torpor_tree_lookup(tree, "provenance/run/parent", NULL));
    g_unsetenv("SOURCE_DATE_EPOCH");
}

/* Of a file of Torpor 0.1, or of one that somebody made. */
static void
test_missing_or_odd(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    g_assert_null(torpor_run_read(tree));
    TorporNode *provenance = torpor_map_put_map(tree, torpor_tree_root(tree), "provenance");
    g_assert_null(torpor_run_read(tree));
    TorporNode *map = torpor_map_put_map(tree, provenance, "run");
    g_assert_null(torpor_run_read(tree));
    torpor_map_put_text(tree, map, "parent", "too short");
    torpor_map_put_text(tree, map, "parent_step", "not a number");
    torpor_map_put_text(tree, map, "ancestors", "not a map");
    torpor_map_put_text(tree, map, "id", "0123456789abcdef0123456789abcdef");
    g_autoptr(TorporRun) run = torpor_run_read(tree);
    g_assert_cmpstr(torpor_run_id(run), ==, "0123456789abcdef0123456789abcdef");
}

/* A chain of branches does not grow for ever. */
static void
test_long_chain(void)
{
    g_autoptr(TorporRun) first = torpor_run_new("model");
    TorporRun *run = torpor_run_copy(first);
    for (guint64 step = 1; step <= 1000; step++) {
        TorporRun *next = torpor_run_branch(run, step, "model");
        torpor_run_free(run);
        run = next;
    }
    g_autoptr(TorporTree) tree = torpor_tree_new();
    torpor_run_put(run, tree);
    const TorporNode *before = torpor_tree_lookup(tree, "provenance/run/ancestors", NULL);
    guint n = 0;
    for (const TorporNode *one = before->value.map.first; one != NULL; one = one->next)
        n++;
    g_assert_cmpuint(n, ==, 63);
    g_assert_false(torpor_run_has(run, first, 0)); /* forgotten */
    torpor_run_free(run);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_unsetenv("SOURCE_DATE_EPOCH");
    g_test_add_func("/run/id/random-and-read-again", test_ids);
    g_test_add_func("/run/branch/ancestors-up-to-their-step", test_branches);
    g_test_add_func("/run/put/keys", test_keys);
    g_test_add_func("/run/reproducible/made-of-the-fingerprint", test_reproducible);
    g_test_add_func("/run/read/missing-or-odd", test_missing_or_odd);
    g_test_add_func("/run/branch/long-chain-is-cut", test_long_chain);
    return g_test_run();
}
