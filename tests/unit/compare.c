#include "compare/compare.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

/* Differences as lines of text. */
static gboolean
note(const TorporDifference *difference, gpointer data)
{
    g_autofree char *line = torpor_difference_to_text(difference, TRUE);
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

/* What makes a tree a checkpoint, with a population "n" of so many objects. Gives its columns. */
static TorporNode *
make_checkpoint(TorporTree *tree, guint64 count)
{
    TorporNode *root = torpor_tree_root(tree);
    torpor_map_put_text(tree, torpor_map_put_map(tree, root, "format"), "name",
                        "torpor checkpoint");
    TorporNode *layout = torpor_map_put_map(tree, root, "layout");
    torpor_map_put_uint(tree, torpor_map_put_map(tree, layout, "n"), "count", count);
    return torpor_map_put_map(tree, torpor_map_put_map(tree, root, "populations"), "n");
}

static TorporArray *
put_column(TorporTree *tree, TorporNode *map, const char *key, guint64 rows, const double *values)
{
    TorporNode *node = torpor_map_put_array(
        tree, map, key, torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64), 1, &rows, NULL);
    node->value.array->data = values;
    return node->value.array;
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
    assert_differences(a, b, NULL, "");
}

/* In a checkpoint it differs from save to save; in another file it is somebody's own value. */
static void
test_provenance(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    make_checkpoint(a, 1);
    make_checkpoint(b, 1);
    torpor_map_put_text(b, torpor_tree_root(b), "provenance", "another day");
    assert_differences(a, b, NULL, "");
    assert_differences(a, b, &(TorporCompareOptions){.with_provenance = TRUE},
                       "provenance: only in the second: \"another day\"\n");
    g_autoptr(TorporTree) c = torpor_tree_new();
    g_autoptr(TorporTree) d = torpor_tree_new();
    torpor_map_put_text(d, torpor_tree_root(d), "provenance", "mine");
    assert_differences(c, d, NULL, "provenance: only in the second: \"mine\"\n");
}

/* Hashes, such as those of output files. */
static void
test_large_integers(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    torpor_map_put_uint(a, torpor_tree_root(a), "xxh3", 7);
    torpor_map_put_uint(b, torpor_tree_root(b), "xxh3", G_MAXUINT64);
    assert_differences(a, b, NULL, "xxh3: 7, 18446744073709551615\n");
    assert_differences(b, a, NULL, "xxh3: 18446744073709551615, 7\n");
    assert_differences(b, b, NULL, "");
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
                       "absolute, 0.111 relative, 5.6e+14 ULP\n");
    assert_differences(a, b, &(TorporCompareOptions){.absolute_tolerance = 0.1},
                       "V_m: 1 of 4 differ, first in row 3 (4, 4.5); at most 0.5 absolute, 0.111 "
                       "relative, 5.6e+14 ULP\n");
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
    put_column(a, make_checkpoint(a, n), "tau_m", 1, &once);
    put_column(b, make_checkpoint(b, n), "tau_m", n, many);
    assert_differences(a, b, NULL, "");
    assert_differences(b, a, NULL, "");
    many[77777] = 21;
    assert_differences(
        a, b, NULL,
        "populations/n/tau_m: 1 of 100000 differ, first in row 77777 (20, 21); at most 1 "
        "absolute, 0.0476 relative, 2.8e+14 ULP\n");
}

static void
put_ids(TorporTree *tree, TorporNode *map, const char *key, guint64 count, const guint32 *ids)
{
    torpor_map_put_array(tree, map, key, torpor_dtype_by_id(TORPOR_DTYPE_UINT32), 1, &count, NULL)
        ->value.array->data = ids;
}

static void
put_bytes(TorporTree *tree, TorporNode *map, const char *key, const char *bytes, gsize length)
{
    TorporNode *node = torpor_node_new(tree, TORPOR_NODE_BYTES);
    node->value.bytes.data = bytes;
    node->value.bytes.length = length;
    torpor_map_append(tree, map, key, -1, node);
}

/* Names by row and by column, and some that tell nothing. */
static void
put_names(TorporTree *tree, TorporNode *trees, TorporNode *labels)
{
    static const char segments[] = "soma(0.5)\0dend(0.5)", compartments[] = "soma\0dend\0axon",
                      odd[] = "a\nb\0c\nd";
    static const struct {
        const char *key, *names, *column;
    } all[] = {{"segment", "trees/segments", NULL},
               {"compartment", "trees/compartments", "port"},
               {"odd", "trees/odd", NULL},
               {"beyond", "trees/segments", "port"},
               {"gone", "trees/nowhere", NULL},
               {"no integers", "trees/segments", "w"},
               {"no column", "trees/segments", "lost"}};
    put_bytes(tree, trees, "segments", segments, sizeof segments);
    put_bytes(tree, trees, "compartments", compartments, sizeof compartments);
    put_bytes(tree, trees, "odd", odd, sizeof odd);
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
        TorporNode *map = torpor_map_put_map(tree, labels, all[i].key);
        torpor_map_put_text(tree, map, "names", all[i].names);
        if (all[i].column != NULL)
            torpor_map_put_text(tree, map, "column", all[i].column);
    }
}

/* Runs, an array and a column tell who a row is; what is malformed tells nothing. */
static void
test_labels(void)
{
    static const double x[] = {1, 2, 3, 4}, y[] = {1, 5, 3, 6};
    static const guint32 sources[] = {7, 9}, counts[] = {3, 1}, targets[] = {4, 5, 6, 8};
    static const guint32 ports[] = {2};
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    TorporNode *columns = make_checkpoint(a, 4);
    put_column(a, columns, "w", 4, x);
    put_ids(a, columns, "port", 1, ports);
    put_ids(b, make_checkpoint(b, 4), "port", 1, ports);
    put_column(b, torpor_tree_lookup(b, "populations/n", NULL), "w", 4, y);
    TorporNode *trees[2];
    for (int i = 0; i < 2; i++) {
        TorporTree *tree = i == 0 ? a : b;
        trees[i] = torpor_map_put_map(tree, torpor_tree_root(tree), "trees");
        TorporNode *labels =
            torpor_map_put_map(tree, torpor_map_put_map(tree, trees[i], "labels"), "n");
        TorporNode *runs = torpor_map_put_map(tree, labels, "source");
        put_ids(tree, runs, "values", 2, sources);
        put_ids(tree, runs, "counts", 2, counts);
        put_ids(tree, labels, "target", 4, targets);
        torpor_map_put_text(tree, labels, "port", "port");
        torpor_map_put_text(tree, labels, "voltage", "w"); /* no integers */
        torpor_map_put_text(tree, labels, "lost", "nowhere");
        put_ids(tree, labels, "short", 1, counts);
        torpor_map_put_int(tree, labels, "number", 1);
        put_names(tree, trees[i], labels);
        put_ids(tree, torpor_map_put_map(tree, labels, "half"), "values", 2, sources);
    }
    assert_differences(
        a, b, NULL,
        "populations/n/w: 2 of 4 differ, first in row 1: source 7, target 5, port 2, "
        "segment dend(0.5), compartment axon (2, 5); at most 3 absolute, 0.6 relative, 5.6e+15 "
        "ULP\n");
}

static gboolean
note_rows(const TorporDifference *difference, gpointer data)
{
    for (guint i = 0; i < difference->n_rows; i++) {
        g_autofree char *row = torpor_difference_row_text(difference, i);
        g_string_append_printf(data, "%s\n", row);
    }
    return TRUE;
}

/* The first ones, whichever thread found them; a row counts once. */
static void
test_rows(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    g_autoptr(GString) lines = g_string_new(NULL);
    guint64 shape[] = {1000000, 3};
    g_autofree double *values = g_new0(double, 3000000);
    g_autofree double *others = g_new0(double, 3000000);
    const guint64 places[] = {2, 4, 5, 1500000, 2999999};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        others[places[i]] = 1;
    const TorporDtype *dtype = torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64);
    torpor_map_put_array(a, torpor_tree_root(a), "g", dtype, 2, shape, NULL)->value.array->data =
        values;
    torpor_map_put_array(b, torpor_tree_root(b), "g", dtype, 2, shape, NULL)->value.array->data =
        others;
    const TorporCompareOptions options[] = {{.max_rows = 3}, {.max_rows = 9}};
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        torpor_compare(NULL, a, NULL, b, &options[i], note_rows, lines, NULL);
    g_assert_cmpstr(lines->str, ==,
                    "row 0 (0, 1)\nrow 1 (0, 1)\nrow 500000 (0, 1)\n"
                    "row 0 (0, 1)\nrow 1 (0, 1)\nrow 500000 (0, 1)\nrow 999999 (0, 1)\n");
}

/* Both have one row for all; rows larger than a block; the shape counts, not what is stored. */
static void
test_stored_once_on_both_sides(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    g_autoptr(TorporTree) c = torpor_tree_new();
    double one = 1, two = 2;
    put_column(a, make_checkpoint(a, 500), "g", 1, &one);
    put_column(b, make_checkpoint(b, 500), "g", 1, &two);
    put_column(c, make_checkpoint(c, 400), "g", 1, &one);
    assert_differences(a, b, NULL,
                       "populations/n/g: 500 of 500 differ, first in row 0 (1, 2); at most 1 "
                       "absolute, 0.5 relative, 4.5e+15 ULP\n");
    assert_differences(a, c, NULL,
                       "layout/n/count: 500, 400; 100 absolute, 0.2 relative\n"
                       "populations/n/g: shape: float64 [500], float64 [400]\n");
    g_autoptr(TorporTree) d = torpor_tree_new();
    g_autoptr(TorporTree) e = torpor_tree_new();
    double same[] = {1, 1, 1};
    put_doubles(d, "v", 1, same, NULL);
    put_doubles(e, "v", 3, same, NULL);
    assert_differences(d, e, NULL, "v: 1, 3 rows, equal as far as both go\n");
}

static void
test_stored_once_of_large_rows(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    const guint64 rows = 5, columns = 200000;
    g_autofree double *row = g_new0(double, columns);
    g_autofree double *all = g_new0(double, rows *columns);
    for (guint64 i = 0; i < rows * columns; i++)
        all[i] = row[i % columns] = (double)(i % columns);
    const TorporDtype *dtype = torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64);
    torpor_map_put_array(a, make_checkpoint(a, rows), "w", dtype, 2, (const guint64[]){1, columns},
                         NULL)
        ->value.array->data = row;
    torpor_map_put_array(b, make_checkpoint(b, rows), "w", dtype, 2,
                         (const guint64[]){rows, columns}, NULL)
        ->value.array->data = all;
    assert_differences(a, b, NULL, "");
    assert_differences(b, a, NULL, "");
    all[4 * columns + 199999] += 0.5;
    all[3 * columns] = -0.0;
    assert_differences(a, b, NULL,
                       "populations/n/w: 2 of 1000000 differ, first in row 3 (0, -0); at most 0.5 "
                       "absolute, 2.5e-06 relative, 1.7e+10 ULP\n");
}

/* The row is the object that a value belongs to. */
static void
test_ragged(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    TorporTree *trees[] = {a, b};
    double x[] = {1, 2, 3, 4, 5, 6}, y[] = {1, 2, 3, 4, 5.5, 6};
    const guint64 counts[] = {1, 0, 3, 0, 2}, once[] = {2};
    for (int i = 0; i < 2; i++) {
        TorporNode *columns = make_checkpoint(trees[i], 5);
        TorporNode *map = torpor_map_put_map(trees[i], columns, "spikes");
        put_column(trees[i], map, "values", 6, i == 0 ? x : y);
        torpor_map_put_array(trees[i], map, "counts", torpor_dtype_by_id(TORPOR_DTYPE_UINT64), 1,
                             &(guint64){5}, NULL)
            ->value.array->data = counts;
        map = torpor_map_put_map(trees[i], columns, "pairs");
        put_column(trees[i], map, "values", 6, i == 0 ? x : y);
        torpor_map_put_array(trees[i], map, "counts", torpor_dtype_by_id(TORPOR_DTYPE_UINT64), 1,
                             &(guint64){1}, NULL)
            ->value.array->data = once;
    }
    assert_differences(a, b, NULL,
                       "populations/n/spikes/values: 1 of 6 differ, first in row 4 (5, 5.5); at "
                       "most 0.5 absolute, 0.0909 relative, 5.6e+14 ULP\n"
                       "populations/n/pairs/values: 1 of 6 differ, first in row 2 (5, 5.5); at "
                       "most 0.5 absolute, 0.0909 relative, 5.6e+14 ULP\n");
}

static void
test_tolerances_of_what_is_not_finite(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    double x[] = {1, NAN, INFINITY, NAN, -0.0}, y[] = {INFINITY, 1, INFINITY, NAN, 0.0};
    put_doubles(a, "v", 5, x, "mV");
    put_doubles(b, "v", 5, y, "mV");
    assert_differences(a, b,
                       &(TorporCompareOptions){.relative_tolerance = 1, .absolute_tolerance = 1},
                       "v: 2 of 5 differ, first in row 0 (1, inf mV); at most inf mV absolute, inf "
                       "relative, NaN against a number\n");
}

static void
test_integers_beyond_doubles(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    const gint64 large = (gint64)1 << 60;
    torpor_map_put_int(a, torpor_tree_root(a), "step", large);
    torpor_map_put_int(b, torpor_tree_root(b), "step", large + 3);
    assert_differences(a, b, &(TorporCompareOptions){.absolute_tolerance = 2},
                       "step: 1152921504606846976, 1152921504606846979; 3 absolute, 0 relative\n");
    assert_differences(a, b, &(TorporCompareOptions){.absolute_tolerance = 3}, "");
}

/* A difference far inside is shown, complete characters only. */
static void
test_texts(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 100; i++)
        g_string_append(text, "\303\244"); /* a umlaut, two bytes */
    torpor_map_put_text(a, torpor_tree_root(a), "t", text->str);
    text->str[101] = '\266'; /* o umlaut */
    torpor_map_put_text(b, torpor_tree_root(b), "t", text->str);
    g_autoptr(GString) lines = g_string_new(NULL);
    g_assert_cmpint(torpor_compare(NULL, a, NULL, b, NULL, note, lines, NULL), ==, 1);
    g_assert_true(g_utf8_validate(lines->str, -1, NULL));
    g_assert_nonnull(strstr(lines->str, "\303\266"));
    g_assert_cmpuint(lines->len, <, 160);
}

static void
test_bytes(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    TorporTree *trees[] = {a, b};
    for (int i = 0; i < 2; i++) {
        TorporNode *node = torpor_node_new(trees[i], TORPOR_NODE_EXT);
        node->value.bytes.data = i == 0 ? "abc" : "abd";
        node->value.bytes.length = 3;
        torpor_map_append(trees[i], torpor_tree_root(trees[i]), "x", -1, node);
        node = torpor_node_new(trees[i], TORPOR_NODE_EXT);
        node->value.bytes.data = "abc";
        node->value.bytes.length = 3;
        node->value.bytes.ext_type = (gint8)(5 + i);
        torpor_map_append(trees[i], torpor_tree_root(trees[i]), "y", -1, node);
    }
    assert_differences(a, b, NULL,
                       "x: 3 bytes, 0x63 at 2, 3 bytes, 0x64 at 2\n"
                       "y: kind: extension 5, extension 6\n");
}

/* Keys may hold NUL, and maps may be in another order. */
static void
test_keys(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    TorporTree *trees[] = {a, b};
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            TorporNode *node = torpor_node_new(trees[i], TORPOR_NODE_INT);
            node->value.integer = i == j;
            torpor_map_append(trees[i], torpor_tree_root(trees[i]), i == j ? "k\0a" : "k\0b", 3,
                              node);
        }
    assert_differences(a, b, NULL, "");
}

static void
test_structure(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    double x[] = {1, 2, 3};
    put_doubles(a, "shape", 3, x, NULL);
    put_doubles(b, "shape", 2, x, NULL);
    double events[] = {1, 2.5, 3, 4};
    put_doubles(a, "times", 3, x, "ms");
    put_doubles(b, "times", 4, events, "ms");
    torpor_map_put_int(a, torpor_tree_root(a), "kind", 1);
    torpor_map_put_text(b, torpor_tree_root(b), "kind", "1");
    TorporNode *inner = torpor_map_put_map(a, torpor_tree_root(a), "m");
    torpor_map_put_int(a, inner, "a/b", 5);
    inner = torpor_map_put_map(b, torpor_tree_root(b), "m");
    torpor_map_put_int(b, inner, "a/b", 6);
    torpor_map_put_int(b, inner, "c", 7);
    assert_differences(a, b, NULL,
                       "shape: 3, 2 rows, equal as far as both go\n"
                       "times: 3, 4 rows, first difference in row 1 (2, 2.5 ms)\n"
                       "kind: kind: 1, \"1\"\n"
                       "m/a~1b: 5, 6; 1 absolute, 0.167 relative\n"
                       "m/c: only in the second: 7\n");
}

/* Hashes and random numbers differ or not: how far does not matter. */
static void
test_without_distance(void)
{
    g_autoptr(TorporTree) a = torpor_tree_new();
    g_autoptr(TorporTree) b = torpor_tree_new();
    TorporTree *const trees[] = {a, b};
    static const guint64 shape[] = {2};
    static const guint64 states[][2] = {{5, 6}, {5, 1000}};
    for (guint i = 0; i < 2; i++) {
        TorporNode *root = torpor_tree_root(trees[i]);
        TorporNode *generators = torpor_map_put_map(trees[i], root, "generators");
        torpor_map_put_array(trees[i], generators, "noise", torpor_dtype_by_id(TORPOR_DTYPE_UINT64),
                             1, shape, NULL)
            ->value.array->data = states[i];
        TorporNode *outputs = torpor_map_put_map(trees[i], root, "outputs");
        TorporNode *output = torpor_map_put_map(trees[i], outputs, "data/spikes.txt");
        torpor_map_put_uint(trees[i], output, "byte_length", 100 + i);
        torpor_map_put_uint(trees[i], output, "xxh3", 7 + 100 * i);
    }
    assert_differences(a, b, NULL,
                       "generators/noise: 1 of 2 differ, first in row 1 (6, 1000)\n"
                       "outputs/data/spikes.txt/byte_length: 100, 101; 1 absolute, 0.0099 "
                       "relative\n"
                       "outputs/data/spikes.txt/xxh3: 7, 107\n");
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
    g_test_add_func("/compare/integers/from-2-to-the-63", test_large_integers);
    g_test_add_func("/compare/labels/name-the-object", test_labels);
    g_test_add_func("/compare/rows/first-ones", test_rows);
    g_test_add_func("/compare/stored-once/equals-repeated-rows", test_stored_once);
    g_test_add_func("/compare/provenance/of-checkpoints-is-left-out", test_provenance);
    g_test_add_func("/compare/stored-once/both-sides", test_stored_once_on_both_sides);
    g_test_add_func("/compare/stored-once/large-rows", test_stored_once_of_large_rows);
    g_test_add_func("/compare/ragged/row-is-the-object", test_ragged);
    g_test_add_func("/compare/values/not-finite", test_tolerances_of_what_is_not_finite);
    g_test_add_func("/compare/values/large-integers", test_integers_beyond_doubles);
    g_test_add_func("/compare/texts/shown-around-the-difference", test_texts);
    g_test_add_func("/compare/bytes/type-counts", test_bytes);
    g_test_add_func("/compare/maps/any-order-and-NUL", test_keys);
    g_test_add_func("/compare/structure/each-kind", test_structure);
    g_test_add_func("/compare/no-distance/of-hashes-and-generators", test_without_distance);
    g_test_add_func("/compare/report/can-stop", test_stop);
    return g_test_run();
}
