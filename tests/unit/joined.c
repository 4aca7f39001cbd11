/* Joined values that are many or large: of a manifest, and of columns. */
#include "checkpoint/joined.h"

#include <glib/gstdio.h>

#include "checkpoint/join.h"
#include "file/save_tree.h"
#include "msgpack/decode.h"
#include "msgpack/stored.h"
#include "text_tree.h"

/* ---- a manifest with long values, which stay in its file ---- */

#define LONG 5000u

static void
check_long(TorporTree *tree, const char *path, const char *expected)
{
    const TorporNode *node = torpor_tree_lookup(tree, path, NULL);
    g_assert_nonnull(node);
    g_assert_cmpuint(node->value.bytes.length, ==, LONG);
    g_assert_cmpstr(node->value.bytes.data, ==, expected);
}

static GHashTable *
of_two_ranks(TorporTree *one, TorporTree *other)
{
    GHashTable *trees = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(trees, GUINT_TO_POINTER(0), one);
    g_hash_table_insert(trees, GUINT_TO_POINTER(1), other);
    return trees;
}

static void
test_long(void)
{
    static const char *const kinds[] = {"none", "try", "pread"};
    static const guint64 shape[] = {LONG};
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("torpor-join-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "x.msgpack", NULL);
    g_autofree char *long_text = g_strnfill(LONG, 'x');
    g_autofree char *text = g_strdup_printf(
        "host/name='%s;fingerprint='%s;step='%s;provenance/command='%s;provenance/notes/a='%s;"
        "provenance/c=uint8(1 2)",
        long_text, long_text, long_text, long_text, long_text);
    g_autoptr(TorporTree) heading = text_tree_new(text);
    TorporNode *provenance = torpor_tree_lookup(heading, "provenance", NULL);
    const TorporUnit *unit = torpor_unit_lookup("ms", NULL);
    torpor_map_put_array(heading, provenance, "b", torpor_dtype_by_id(TORPOR_DTYPE_UINT8), 1, shape,
                         unit)
        ->value.array->data = long_text;
    TorporNode *d = torpor_node_new(heading, TORPOR_NODE_BYTES); /* which may have a NUL */
    g_autofree char *zeros = g_malloc0(LONG);
    d->value.bytes.data = zeros;
    d->value.bytes.length = LONG;
    torpor_map_append(heading, provenance, "d", 1, d);
    const TorporEncodeOptions options = {.index = TRUE};
    torpor_file_save(path, heading, &options, TRUE, FALSE, &error);
    g_assert_no_error(error);
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_autoptr(TorporTree) saved = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    g_autoptr(TorporTree) none = torpor_tree_new();
    g_autoptr(GHashTable) trees = of_two_ranks(none, none);
    TorporShards shards = {.n = 2, .n_files = 2, .trees = trees};
    const TorporJoin join = {
        .shards = &shards, .heading = torpor_tree_root(saved), .heading_file = file};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (gint n = 1, is_met = TRUE; is_met; n++) {
            g_autoptr(GError) failure = NULL;
            fail_call(kinds[i], n, EIO, FALSE);
            g_autoptr(TorporJoinedTree) joined = torpor_join(&join, &failure);
            is_met = fail_no_more();
            g_assert_true((joined == NULL) == (failure != NULL) && (is_met || failure == NULL));
            if (joined == NULL)
                continue;
            check_long(joined->tree, "fingerprint", long_text);
            check_long(joined->tree, "provenance/command", long_text);
            check_long(joined->tree, "provenance/notes/a", long_text);
            const TorporNode *b = torpor_tree_lookup(joined->tree, "provenance/b", NULL);
            const TorporArray *array = b->value.quantity.mantissa->value.array;
            g_assert_cmpmem(array->data, array->byte_length, long_text, LONG);
            const TorporNode *bytes = torpor_tree_lookup(joined->tree, "provenance/d", NULL);
            g_assert_cmpmem(bytes->value.bytes.data, bytes->value.bytes.length, zeros, LONG);
        }
    g_remove(path);
    g_rmdir(folder);
}

/* ---- many rows ---- */

#define N_ROWS 100u

/* A shard of many objects, whose keys begin with `first` and are `step` apart. */
static TorporTree *
many_new(guint32 *ids, guint32 first, guint32 step, const guint8 *values, guint64 row_bytes)
{
    TorporTree *tree = text_tree_new("layout/cells/count=100;layout/cells/key='id;"
                                     "populations/cells={}");
    TorporNode *map = torpor_tree_lookup(tree, "populations/cells", NULL);
    const guint64 shape[] = {N_ROWS, row_bytes};
    for (guint32 row = 0; row < N_ROWS; row++)
        ids[row] = first + step * row;
    torpor_map_put_array(tree, map, "id", torpor_dtype_by_id(TORPOR_DTYPE_UINT32), 1, shape, NULL)
        ->value.array->data = ids;
    torpor_map_put_array(tree, map, "v", torpor_dtype_by_id(TORPOR_DTYPE_UINT8), 2, shape, NULL)
        ->value.array->data = values;
    return tree;
}

/* Rows that follow one another, and large ones that do not. */
static void
test_many_rows(void)
{
    static const guint64 row_bytes[] = {1, 40000};
    static guint32 ids[2][N_ROWS];
    for (gsize i = 0; i < G_N_ELEMENTS(row_bytes); i++) {
        g_autoptr(GError) error = NULL;
        gsize bytes = N_ROWS * row_bytes[i];
        g_autofree guint8 *values = g_malloc(bytes);
        g_autofree guint8 *found = g_malloc(2 * bytes);
        for (gsize k = 0; k < bytes; k++)
            values[k] = (guint8)(k * 7 + k / 251);
        g_autoptr(TorporTree) one = many_new(ids[0], 0, i == 0 ? 1 : 2, values, row_bytes[i]);
        g_autoptr(TorporTree) other =
            many_new(ids[1], i == 0 ? N_ROWS : 1, i == 0 ? 1 : 2, values, row_bytes[i]);
        g_autoptr(GHashTable) trees = of_two_ranks(one, other);
        g_autoptr(TorporTree) heading = torpor_tree_new();
        TorporShards shards = {.n = 2, .n_files = 2, .trees = trees};
        const TorporJoin join = {.shards = &shards, .heading = torpor_tree_root(heading)};
        g_autoptr(TorporJoinedTree) joined = torpor_join(&join, &error);
        g_assert_no_error(error);
        const TorporNode *v = torpor_tree_lookup(joined->tree, "populations/cells/v", NULL);
        g_assert_true(torpor_array_read(NULL, v->value.array, 0, 2 * bytes, found, &error));
        for (gsize row = 0; row < 2 * N_ROWS; row++) {
            gsize from = i == 0 ? row % N_ROWS : row / 2;
            g_assert_true(memcmp(found + row * row_bytes[i], values + from * row_bytes[i],
                                 row_bytes[i]) == 0);
        }
    }
}

/* Rows of a file that are far from each other. */
static void
test_far_rows(void)
{
    static const guint64 keys[] = {50, 0, 1}, part_rows = N_ROWS, shape[] = {N_ROWS};
    guint8 values[N_ROWS], found[3];
    for (guint i = 0; i < N_ROWS; i++)
        values[i] = (guint8)(i + 1);
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *node = torpor_map_put_array(tree, torpor_tree_root(tree), "v",
                                            torpor_dtype_by_id(TORPOR_DTYPE_UINT8), 1, shape, NULL);
    node->value.array->data = values;
    const TorporArray *parts[] = {node->value.array};
    g_autoptr(TorporRowMap) map = torpor_row_map_new(g_memdup2(keys, sizeof keys), 3, 1, NULL);
    for (guint64 i = 0; i < N_ROWS; i++)
        g_assert_true(torpor_row_map_look(map, 0, i, &i, 1, NULL));
    const TorporColumnParts column = {
        .parts = parts, .n_parts = 1, .map = map, .part_rows = &part_rows};
    const TorporArray *joined = torpor_joined_new(tree, &column, NULL);
    g_assert_true(torpor_array_read(NULL, joined, 0, 3, found, NULL));
    g_assert_cmpmem(found, 3, "\63\1\2", 3);
}

static void
test_free(void)
{
    torpor_joined_tree_free(NULL);
    torpor_row_map_free(NULL);
    torpor_shards_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/joined/manifest/long-values", test_long);
    g_test_add_func("/joined/rows/many", test_many_rows);
    g_test_add_func("/joined/rows/far", test_far_rows);
    g_test_add_func("/joined/free", test_free);
    return g_test_run();
}
