#include "value/key_table.h"

#include "base/error.h"
#include "value/tree_copy.h"

/* Maps of few entries are searched in another way than those of many. */
static const guint sizes[] = {1, 3, 8, 9, 16, 17, 5000};

/* Entries "key 0" = 0, "key 1" = 1, ... of the root, which can be found at once from `index_from`.
 */
static TorporTree *
numbered_new(guint n, guint index_from)
{
    TorporTree *tree = torpor_tree_new();
    for (guint i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("key %u", i);
        torpor_map_put_uint(tree, torpor_tree_root(tree), key, i);
        if (i >= index_from)
            torpor_map_index(tree, torpor_tree_root(tree));
    }
    return tree;
}

static void
check_numbered(const TorporNode *map, guint first, guint n)
{
    g_assert_cmpuint(map->value.map.count, ==, n - first);
    for (guint i = 0; i < n + 20; i++) {
        g_autofree char *key = g_strdup_printf("key %u", i);
        const TorporNode *entry = torpor_map_get(map, key);
        if (i >= first && i < n)
            g_assert_cmpint(entry->value.integer, ==, i);
        else
            g_assert_null(entry);
    }
}

static const TorporNode *
duplicate_in(const TorporNode *map)
{
    const TorporNode *duplicate = map;
    g_assert_true(torpor_map_find_duplicate(map, &duplicate, NULL));
    return duplicate;
}

static void
check_find(guint n, guint index_from)
{
    g_autoptr(TorporTree) tree = numbered_new(n, index_from);
    check_numbered(torpor_tree_root(tree), 0, n);
    g_assert_null(duplicate_in(torpor_tree_root(tree)));
}

static void
check_remove(guint n, guint index_from)
{
    g_autoptr(TorporTree) tree = numbered_new(n, index_from);
    TorporNode *root = torpor_tree_root(tree);
    torpor_map_remove(root, root->value.map.first);
    check_numbered(root, 1, n);
    if (n > 1)
        torpor_map_remove(root, root->value.map.last);
    check_numbered(root, 1, MAX(n - 1, 1));
    torpor_map_put_uint(tree, root, "key 0", n);
    g_assert_true(torpor_map_get(root, "key 0") == root->value.map.last);
}

/* A copy has a table of its own. */
static void
check_copy(guint n, guint index_from)
{
    g_autoptr(TorporTree) tree = numbered_new(n, index_from);
    TorporNode *root = torpor_tree_root(tree);
    TorporNode *copy = torpor_node_copy(tree, root, 0);
    torpor_map_remove(root, root->value.map.first);
    check_numbered(copy, 0, n);
    check_numbered(root, 1, n);
}

/* The first entry with a key is found, and the first one that is there again is the duplicate. A
 * key that is there ten thousand times takes no longer than as many keys. */
static void
check_duplicate(guint n, guint index_from)
{
    g_autoptr(TorporTree) tree = numbered_new(n, index_from);
    TorporNode *root = torpor_tree_root(tree);
    g_autofree char *last = g_strdup(root->value.map.last->key);
    for (guint repeat = 0; repeat < 10000; repeat++)
        torpor_map_put_uint(tree, root, last, n + repeat);
    torpor_map_put_uint(tree, root, "key 0", 0);
    g_assert_cmpint(duplicate_in(root)->value.integer, ==, n);
    g_assert_cmpint(torpor_map_get(root, last)->value.integer, ==, n - 1);
    torpor_map_index(tree, root);
    g_assert_cmpint(duplicate_in(root)->value.integer, ==, n);
    g_assert_cmpint(torpor_map_get(root, last)->value.integer, ==, n - 1);
}

static const struct check {
    const char *path;
    void (*run)(guint n, guint index_from);
} checks[] = {{"/key-table/find", check_find},
              {"/key-table/remove", check_remove},
              {"/key-table/copy", check_copy},
              {"/key-table/duplicate", check_duplicate}};

static void
test_each_size(gconstpointer data)
{
    const struct check *check = data;
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        check->run(sizes[i], 0);
        check->run(sizes[i], sizes[i] - 1);
        check->run(sizes[i], G_MAXUINT);
    }
}

/* As if there had been none for the table: all is found still, and the next entry tries again. */
static void
test_no_memory(void)
{
    g_autoptr(TorporTree) tree = numbered_new(50, 0);
    TorporNode *root = torpor_tree_root(tree);
    g_clear_pointer(&root->value.map.keys->slots, g_free);
    check_numbered(root, 0, 50);
    g_assert_null(duplicate_in(root));
    torpor_map_put_uint(tree, root, "key 50", 50);
    g_assert_nonnull(root->value.map.keys->slots);
    check_numbered(root, 0, 51);
}

/* More entries than there can be slots for. */
static void
test_too_many(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = numbered_new(50, G_MAXUINT);
    TorporNode *root = torpor_tree_root(tree);
    const TorporNode *duplicate;
    root->value.map.count = G_MAXSIZE / 64;
    g_assert_false(torpor_map_find_duplicate(root, &duplicate, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY);
    torpor_map_index(tree, root);
    root->value.map.count = 50;
    check_numbered(root, 0, 50);
}

/* NUL is a character of a key like any other. */
static void
test_lengths_count(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    static const char zeros[40];
    for (gssize length = 0; length < 40; length++)
        torpor_map_append(tree, root, zeros, length, torpor_node_new(tree, TORPOR_NODE_NIL));
    torpor_map_index(tree, root);
    g_assert_null(duplicate_in(root));
    g_assert_null(torpor_map_find(root, zeros, 40));
    g_assert_cmpuint(torpor_map_find(root, zeros, 39)->key_length, ==, 39);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(checks); i++)
        g_test_add_data_func(checks[i].path, &checks[i], test_each_size);
    g_test_add_func("/key-table/no-memory", test_no_memory);
    g_test_add_func("/key-table/too-many", test_too_many);
    g_test_add_func("/key-table/lengths-count", test_lengths_count);
    return g_test_run();
}
