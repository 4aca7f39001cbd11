#include "msgpack/map_keys.h"

/* Maps of few entries are searched in another way than those of many. */
static void
test_find(gconstpointer n_entries)
{
    guint n = GPOINTER_TO_UINT(n_entries);
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    const TorporNode *duplicate = root;
    for (guint i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("key %u", i);
        torpor_map_put_uint(tree, root, key, i);
    }
    g_assert_true(torpor_map_keys_find_duplicate(root, &duplicate, NULL));
    g_assert_null(duplicate);
    /* The first one that is there again counts. */
    const char *last = root->value.map.last->key;
    torpor_map_put_uint(tree, root, last, n);
    torpor_map_put_uint(tree, root, "key 0", n + 1);
    g_assert_true(torpor_map_keys_find_duplicate(root, &duplicate, NULL));
    g_assert_nonnull(duplicate);
    g_assert_cmpint(duplicate->value.integer, ==, n);
}

/* NUL is a character of a key like any other. */
static void
test_lengths_count(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    const TorporNode *duplicate = root;
    for (gssize length = 0; length < 20; length++)
        torpor_map_append(tree, root, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", length,
                          torpor_node_new(tree, TORPOR_NODE_NIL));
    g_assert_true(torpor_map_keys_find_duplicate(root, &duplicate, NULL));
    g_assert_null(duplicate);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/map-keys/few", GUINT_TO_POINTER(3), test_find);
    g_test_add_data_func("/map-keys/many", GUINT_TO_POINTER(5000), test_find);
    g_test_add_func("/map-keys/lengths-count", test_lengths_count);
    return g_test_run();
}
