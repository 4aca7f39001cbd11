#include "compare.h"

#include <math.h>

#include "error.h"

/* Differences as lines of text. */
static gboolean
note(const TorporDifference *difference, gpointer data)
{
    g_autofree char *line = torpor_difference_to_text(difference);
    g_string_append_printf(data, "%s\n", line);
    return TRUE;
}

static void
assert_differences(TorporTree *a, TorporTree *b, const TorporCompareOptions *options,
                   const char *expected)
{
    GError *error = NULL;
    g_autoptr(GString) lines = g_string_new(NULL);
    gint64 count = torpor_compare(NULL, a, NULL, b, options, note, lines, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(lines->str, ==, expected);
    guint n_lines = 0;
    for (const char *at = lines->str; *at != '\0'; at++)
        n_lines += *at == '\n';
    g_assert_cmpint(count, ==, n_lines);
}

static TorporNode *
put_doubles(TorporTree *tree, const char *key, guint64 rows, const double *values, const char *unit)
{
    TorporNode *node = torpor_map_put_array(tree, torpor_tree_root(tree), key,
                                            torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64), 1, &rows,
                                            unit != NULL ? torpor_unit_lookup(unit, NULL) : NULL);
    node->value.array->data = values;
    return node;
}

static void
test_equal(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    double values[] = {1, NAN, -0.0};
    TorporTree *trees[] = {a, b};
    for (int i = 0; i < 2; i++) {
        put_doubles(trees[i], "v", 3, values, NULL);
        torpor_map_put_text(trees[i], torpor_tree_root(trees[i]), "name", "lif");
        torpor_map_put_int(trees[i], torpor_tree_root(trees[i]), "n", 3);
        torpor_map_put_float(trees[i], torpor_tree_root(trees[i]), "t", NAN);
    }
    torpor_map_put_text(b, torpor_tree_root(b), "provenance", "another day");
    assert_differences(a, b, NULL, "");
    assert_differences(a, b, &(TorporCompareOptions){.with_provenance = TRUE},
                       "provenance: only in the second: \"another day\"\n");
}

static void
test_values(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    double x[] = {1, 2, 3, 4}, y[] = {1, nextafter(2, 3), 3, 4.5};
    put_doubles(a, "V_m", 4, x, NULL);
    put_doubles(b, "V_m", 4, y, NULL);
    assert_differences(a, b, NULL,
                       "V_m: 2 of 4 differ, first in row 1 (2, 2.0000000000000004); at most 0.5 "
                       "absolute, 0.111 relative, 562949953421312 ULP\n");
    assert_differences(a, b, &(TorporCompareOptions){.absolute_tolerance = 0.1},
                       "V_m: 1 of 4 differ, first in row 3 (4, 4.5); at most 0.5 absolute, 0.111 "
                       "relative, 562949953421312 ULP\n");
    assert_differences(a, b, &(TorporCompareOptions){.relative_tolerance = 0.12}, "");
}

static void
test_stored_once(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    gsize n = 100000;
    g_autofree double *many = g_new(double, n);
    double once = 20;
    for (gsize i = 0; i < n; i++)
        many[i] = once;
    put_doubles(a, "tau_m", 1, &once, NULL);
    put_doubles(b, "tau_m", n, many, NULL);
    assert_differences(a, b, NULL, "");
    assert_differences(b, a, NULL, "");
    many[77777] = 21;
    assert_differences(a, b, NULL,
                       "tau_m: 1 of 100000 differ, first in row 77777 (20, 21); at most 1 "
                       "absolute, 0.0476 relative, 281474976710656 ULP\n");
}

static void
test_structure(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    double x[] = {1, 2, 3};
    put_doubles(a, "shape", 3, x, NULL);
    put_doubles(b, "shape", 2, x, NULL);
    torpor_map_put_int(a, torpor_tree_root(a), "kind", 1);
    torpor_map_put_text(b, torpor_tree_root(b), "kind", "1");
    TorporNode *inner = torpor_map_put_map(a, torpor_tree_root(a), "m");
    torpor_map_put_int(a, inner, "a/b", 5);
    inner = torpor_map_put_map(b, torpor_tree_root(b), "m");
    torpor_map_put_int(b, inner, "a/b", 6);
    torpor_map_put_int(b, inner, "c", 7);
    assert_differences(a, b, NULL,
                       "shape: shape: float64 [3], float64 [2]\n"
                       "kind: kind: 1, \"1\"\n"
                       "m/a~1b: value: 5, 6\n"
                       "m/c: only in the second: 7\n");
}

static gboolean
stop(const TorporDifference *difference, gpointer data)
{
    (void)difference;
    ++*(int *)data;
    return FALSE;
}

static void
test_stop(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    for (int i = 0; i < 3; i++)
        torpor_map_put_int(a, torpor_tree_root(a), (const char *[]){"x", "y", "z"}[i], i);
    int n_calls = 0;
    g_assert_cmpint(torpor_compare(NULL, a, NULL, b, NULL, stop, &n_calls, NULL), ==, 1);
    g_assert_cmpint(n_calls, ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compare/equal/no-difference", test_equal);
    g_test_add_func("/compare/values/figures-and-tolerances", test_values);
    g_test_add_func("/compare/stored-once/equals-repeated-rows", test_stored_once);
    g_test_add_func("/compare/structure/each-kind", test_structure);
    g_test_add_func("/compare/report/can-stop", test_stop);
    return g_test_run();
}
