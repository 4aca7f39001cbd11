#include "value/tree.h"

#include "base/error.h"

#include <string.h>

static void
test_maps_keep_order(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    g_assert_cmpint(root->kind, ==, TORPOR_NODE_MAP);
    torpor_map_put_int(tree, root, "zeta", -3);
    torpor_map_put_uint(tree, root, "alpha", G_MAXUINT64);
    torpor_map_put_uint(tree, root, "small", 7);
    torpor_map_put_float(tree, root, "half", 0.5);
    torpor_map_put_text(tree, root, "name", "COBA");
    g_assert_cmpuint(root->value.map.count, ==, 5);
    static const char *const keys[] = {"zeta", "alpha", "small", "half", "name"};
    gsize i = 0;
    for (TorporNode *child = root->value.map.first; child != NULL; child = child->next)
        g_assert_cmpstr(child->key, ==, keys[i++]);
    g_assert_cmpint(torpor_map_find(root, "alpha", 5)->kind, ==, TORPOR_NODE_UINT);
    g_assert_cmpint(torpor_map_find(root, "small", 5)->kind, ==, TORPOR_NODE_INT);
    g_assert_null(torpor_map_find(root, "alph", 4));
}

static void
test_many_nodes(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    for (int i = 0; i < 20000; i++) {
        g_autofree char *key = g_strdup_printf("n%d", i);
        torpor_map_put_int(tree, root, key, i);
    }
    char *large = torpor_tree_try_alloc(tree, 3 << 20);
    g_assert_nonnull(large);
    memset(large, 1, 3 << 20);
    gint64 expected = 0;
    for (TorporNode *child = root->value.map.first; child != NULL; child = child->next) {
        g_assert_cmpuint((guintptr)child % 16, ==, 0);
        g_assert_cmpint(child->value.integer, ==, expected++);
    }
    g_assert_null(torpor_tree_try_alloc(tree, G_MAXSIZE));
}

static void
test_arrays(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    const TorporDtype *float64 = torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64);
    guint64 shape[] = {3, 4};
    TorporNode *plain = torpor_map_put_array(tree, root, "w", float64, 2, shape, NULL);
    shape[0] = 5;
    g_assert_cmpuint(plain->value.array->byte_length, ==, 96);
    g_assert_cmpuint(plain->value.array->shape[0], ==, 3);

    TorporUnit mv = {.dim = {2, 1, -3, -1}, .scale = -3, .base = 10, .factor = 1, .symbol = "mV"};
    TorporNode *mantissa = torpor_map_put_array(tree, root, "V_m", float64, 0, NULL, &mv);
    g_assert_cmpuint(mantissa->value.array->byte_length, ==, 8);
    TorporNode *quantity = torpor_map_find(root, "V_m", 3);
    g_assert_cmpint(quantity->kind, ==, TORPOR_NODE_QUANTITY);
    g_assert_true(quantity->value.quantity.mantissa == mantissa);
    g_assert_true(quantity->value.quantity.unit == &mv);

    guint64 huge[] = {G_MAXUINT64, 2};
    g_assert_null(torpor_map_put_array(tree, root, "huge", float64, 2, huge, NULL));
    g_assert_cmpuint(root->value.map.count, ==, 2);
    guint64 empty[] = {G_MAXUINT64, 2, 0};
    guint64 bytes = 1;
    g_assert_true(torpor_shape_byte_length(3, empty, 8, &bytes));
    g_assert_cmpuint(bytes, ==, 0);
}

static void
test_paths(void)
{
    static const struct {
        const char *key;
        gsize length;
        const char *escaped;
    } keys[] = {{"V_m", 3, "V_m"},   {"a/b", 3, "a~1b"}, {"~", 1, "~0"},
                {"x\0y", 3, "x~2y"}, {"", 0, "~3"},      {"~1", 2, "~01"}};
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *map = torpor_tree_root(tree);
    g_autoptr(GString) path = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        TorporNode *child = torpor_node_new(tree, TORPOR_NODE_MAP);
        torpor_map_append(tree, map, keys[i].key, (gssize)keys[i].length, child);
        g_autoptr(GString) one = g_string_new(NULL);
        torpor_path_append(one, keys[i].key, keys[i].length);
        g_assert_cmpstr(one->str, ==, keys[i].escaped);
        torpor_path_append(path, keys[i].key, keys[i].length);
        g_assert_true(torpor_tree_lookup(tree, path->str, NULL) == child);
        map = child;
    }
    g_assert_cmpstr(path->str, ==, "V_m/a~1b/~0/x~2y/~3/~01");
    g_assert_true(torpor_tree_lookup(tree, "", NULL) == torpor_tree_root(tree));
}

static void
test_lookup_names_what_is_missing(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *cells = torpor_map_put_map(tree, torpor_tree_root(tree), "cells");
    TorporNode *list = torpor_node_new(tree, TORPOR_NODE_LIST);
    torpor_map_append(tree, cells, "spikes", -1, list);
    TorporNode *second = NULL;
    for (int i = 0; i < 2; i++) {
        second = torpor_node_new(tree, TORPOR_NODE_NIL);
        torpor_map_append(tree, list, NULL, 0, second);
    }
    g_assert_true(torpor_tree_lookup(tree, "cells/spikes/1", NULL) == second);

    static const struct {
        const char *path;
        const char *message;
    } missing[] = {
        {"cells/V_m/x", "there is no \"V_m\" in \"cells\" (map)"},
        {"nest", "there is no \"nest\" in \"\" (map)"},
        {"cells/spikes/2", "there is no \"2\" in \"cells/spikes\" (list)"},
        {"cells/spikes/-1", "there is no \"-1\" in \"cells/spikes\" (list)"},
        {"cells/spikes/1/a", "there is no \"a\" in \"cells/spikes/1\" (nil)"},
        {"cells/~", "there is no \"~\" in \"cells\" (map)"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(missing); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(torpor_tree_lookup(tree, missing[i].path, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND);
        g_assert_cmpstr(error->message, ==, missing[i].message);
    }
}

static gboolean
produce_nothing(G_GNUC_UNUSED gpointer data, G_GNUC_UNUSED guint64 offset,
                G_GNUC_UNUSED gsize length, G_GNUC_UNUSED void *out, G_GNUC_UNUSED GError **error)
{
    return TRUE;
}

/* A column gets more rows; the shape that it had is left as it is. */
static void
test_set_rows(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    const guint64 shape[] = {1, 3};
    TorporArray *array =
        torpor_map_put_array(tree, torpor_tree_root(tree), "x",
                             torpor_dtype_by_id(TORPOR_DTYPE_FLOAT32), 2, shape, NULL)
            ->value.array;
    const guint64 *old_shape = array->shape;
    array->data = shape;
    g_assert_true(torpor_array_set_rows(tree, array, 10, produce_nothing, &tree));
    g_assert_cmpuint(old_shape[0], ==, 1);
    g_assert_cmpuint(array->shape[0], ==, 10);
    g_assert_cmpuint(array->shape[1], ==, 3);
    g_assert_cmpuint(array->byte_length, ==, 120);
    g_assert_cmpuint(array->row_bytes, ==, 12);
    g_assert_null(array->data);
    g_assert_true(array->produce == produce_nothing && array->produce_data == &tree);
    g_assert_false(torpor_array_set_rows(tree, array, G_MAXUINT64 / 8, produce_nothing, NULL));
    g_assert_cmpuint(array->shape[0], ==, 10);
    g_assert_cmpuint(array->byte_length, ==, 120);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tree/maps-keep-order", test_maps_keep_order);
    g_test_add_func("/tree/many-nodes", test_many_nodes);
    g_test_add_func("/tree/arrays", test_arrays);
    g_test_add_func("/tree/arrays/set-rows", test_set_rows);
    g_test_add_func("/tree/paths/escape-and-lookup", test_paths);
    g_test_add_func("/tree/paths/missing-part-is-named", test_lookup_names_what_is_missing);
    return g_test_run();
}
