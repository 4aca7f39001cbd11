/* Plain values, lists and maps, and what is refused. */
#include "encode_tree.h"

static void
test_primitives(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    put(tree, root, "none", TORPOR_NODE_NIL);
    put(tree, root, "t", TORPOR_NODE_BOOL)->value.boolean = TRUE;
    put(tree, root, "f", TORPOR_NODE_BOOL);
    torpor_map_put_text(tree, root, "empty_str", "");
    put(tree, root, "empty_bytes", TORPOR_NODE_BYTES);
    assert_is_golden(tree, 0, "04_prims.msgpack");
}

static void
test_integers(void)
{
    static const gint64 values[] = {0,
                                    1,
                                    127,
                                    128,
                                    255,
                                    256,
                                    65535,
                                    65536,
                                    2147483647,
                                    2147483648,
                                    4294967295,
                                    4294967296,
                                    4294967297,
                                    9007199254740992,
                                    9007199254740993,
                                    G_MAXINT64,
                                    0,
                                    0,
                                    -1,
                                    -32,
                                    -33,
                                    -128,
                                    -129,
                                    -32768,
                                    -32769,
                                    -2147483648,
                                    -2147483649,
                                    -4294967296,
                                    -9007199254740993,
                                    G_MININT64};
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autofree char *key = g_strdup_printf("%" G_GINT64_FORMAT, values[i]);
        if (i == 16)
            torpor_map_put_uint(tree, root, "9223372036854775808", G_GUINT64_CONSTANT(1) << 63);
        else if (i == 17)
            torpor_map_put_uint(tree, root, "18446744073709551615", G_MAXUINT64);
        else
            torpor_map_put_int(tree, root, key, values[i]);
    }
    assert_is_golden(tree, 0, "05_ints.msgpack");
}

static void
test_nested(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    TorporNode *a = torpor_map_put_map(tree, root, "a");
    TorporNode *b = torpor_map_put_map(tree, a, "b");
    TorporNode *c = torpor_map_put_map(tree, b, "c");
    torpor_map_put_int(tree, c, "d", 1);
    torpor_map_put_text(tree, c, "e", "x");
    torpor_map_put_map(tree, a, "f");
    torpor_map_put_float(tree, root, "g", 2.5);
    assert_is_golden(tree, 0, "01_nested.msgpack");
}

static TorporNode *
append(TorporTree *tree, TorporNode *list, TorporNodeKind kind, gint64 value)
{
    TorporNode *node = torpor_node_new(tree, kind);
    if (kind == TORPOR_NODE_INT)
        node->value.integer = value;
    torpor_map_append(tree, list, NULL, 0, node);
    return node;
}

static void
test_lists_become_numbered_maps(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    TorporNode *list = put(tree, root, "list", TORPOR_NODE_LIST);
    append(tree, list, TORPOR_NODE_INT, 1);
    append(tree, list, TORPOR_NODE_FLOAT, 0)->value.real = 2.0;
    TorporNode *three = append(tree, list, TORPOR_NODE_TEXT, 0);
    three->value.bytes.data = "three";
    three->value.bytes.length = 5;
    TorporNode *inner = append(tree, list, TORPOR_NODE_LIST, 0);
    append(tree, inner, TORPOR_NODE_INT, 4);
    append(tree, append(tree, inner, TORPOR_NODE_LIST, 0), TORPOR_NODE_INT, 5);
    TorporNode *tuple = put(tree, root, "tuple", TORPOR_NODE_LIST);
    append(tree, tuple, TORPOR_NODE_INT, 1);
    inner = append(tree, tuple, TORPOR_NODE_LIST, 0);
    append(tree, inner, TORPOR_NODE_INT, 2);
    append(tree, inner, TORPOR_NODE_INT, 3);
    put(tree, root, "empty_list", TORPOR_NODE_LIST);
    put(tree, root, "empty_tuple", TORPOR_NODE_LIST);
    list = put(tree, root, "list_of_dict", TORPOR_NODE_LIST);
    for (gint64 i = 1; i <= 2; i++)
        torpor_map_put_int(tree, append(tree, list, TORPOR_NODE_MAP, 0), "x", i);
    list = put(tree, root, "eleven", TORPOR_NODE_LIST);
    for (gint64 i = 0; i <= 10; i++)
        append(tree, list, TORPOR_NODE_INT, i);
    assert_is_golden(tree, 0, "02_seq.msgpack");
}

static void
test_lists_as_arrays(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *list = put(tree, torpor_tree_root(tree), "l", TORPOR_NODE_LIST);
    append(tree, list, TORPOR_NODE_INT, 7);
    append(tree, list, TORPOR_NODE_LIST, 0);
    TorporSink *sink = torpor_memory_sink_new();
    TorporEncodeOptions options = {.list_arrays = TRUE};
    g_assert_true(torpor_encode(tree, &options, sink, NULL, NULL));
    g_autoptr(GByteArray) encoded = torpor_memory_sink_free(sink, TRUE);
    g_assert_cmpmem(encoded->data, encoded->len, "\x81\xa1l\x92\x07\x90", 6);
}

static void
test_extension(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *stamp = put(tree, torpor_tree_root(tree), "a", TORPOR_NODE_EXT);
    stamp->value.bytes.data = "\0\0\0\x08\0\0\0\x01";
    stamp->value.bytes.length = 8;
    stamp->value.bytes.ext_type = -1;
    assert_encodes_to(tree, 0, "\x81\xa1\x61\xd7\xff\0\0\0\x08\0\0\0\x01", 13);
}

static void
test_roots(void)
{
    const guint8 data[] = {1, 2, 3};
    g_autoptr(TorporTree) tree = torpor_tree_new();
    put_array(tree, torpor_tree_root(tree), "x", "uint8", 1, (guint64[]){3}, NULL, data);
    torpor_tree_set_root(tree, torpor_tree_root(tree)->value.map.first);
    assert_encodes_to(tree, 0, "\xc7\x0e\x01\x93\x91\x03\xa5uint8\xc4\x03\1\2\3", 17);
    torpor_tree_set_root(tree, torpor_node_new(tree, TORPOR_NODE_NIL));
    assert_encodes_to(tree, 0, "\xc0", 1);
    assert_refused(tree, TRUE, TORPOR_STATUS_INVALID,
                   "at \"\": an index needs a map at the root; save without one");
}

static gboolean
refuse_to_produce(G_GNUC_UNUSED gpointer produce_data, G_GNUC_UNUSED guint64 offset,
                  G_GNUC_UNUSED gsize length, G_GNUC_UNUSED void *out, GError **error)
{
    g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_HOST, "the host has no V_m");
    return FALSE;
}

static void
test_refusals(void)
{
    static const struct {
        TorporNodeKind kind;
        const char *data;
        guint64 length;
        gint status;
        const char *message;
    } cases[] = {
        {TORPOR_NODE_TEXT, "\xff", 1, TORPOR_STATUS_INVALID, "the text is not valid UTF-8"},
        {TORPOR_NODE_TEXT, NULL, 10, TORPOR_STATUS_INVALID, "the bytes are still in their file"},
        {TORPOR_NODE_BYTES, "x", (guint64)1 << 32, TORPOR_STATUS_LIMIT,
         "text or bytes of 4 GiB and more do not fit; make it an array of uint8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(TorporTree) tree = torpor_tree_new();
        TorporNode *map = torpor_map_put_map(tree, torpor_tree_root(tree), "cells");
        TorporNode *node = put(tree, map, "x", cases[i].kind);
        node->value.bytes.data = cases[i].data;
        node->value.bytes.length = cases[i].length;
        g_autofree char *message = g_strdup_printf("at \"cells/x\": %s", cases[i].message);
        assert_refused(tree, FALSE, cases[i].status, message);
    }
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *array = torpor_map_put_array(tree, torpor_tree_root(tree), "V_m", dtype("float64"),
                                             1, (guint64[]){3}, &mV);
    assert_refused(tree, FALSE, TORPOR_STATUS_INVALID,
                   "at \"V_m\": the array's values are still in their file");
    array->value.array->produce = refuse_to_produce;
    assert_refused(tree, FALSE, TORPOR_STATUS_HOST, "at \"V_m\": the host has no V_m");
}

static void
test_refused_keys(void)
{
    for (gsize n = 2; n < 40; n += 20) {
        g_autoptr(TorporTree) tree = torpor_tree_new();
        TorporNode *map = torpor_map_put_map(tree, torpor_tree_root(tree), "m");
        for (gsize i = 0; i < n; i++) {
            g_autofree char *key = g_strdup_printf("k%zu", i % (n - 1));
            torpor_map_put_int(tree, map, key, 0);
        }
        assert_refused(tree, FALSE, TORPOR_STATUS_INVALID,
                       "at \"m/k0\": the map has this key twice");
    }
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    torpor_map_put_int(tree, root, TORPOR_INDEX_KEY, 1);
    assert_refused(tree, TRUE, TORPOR_STATUS_INVALID,
                   "at \"\": the key __torpor_index__ is kept for the index of a file; leave it "
                   "out or rename it");
    assert_refused(tree, FALSE, TORPOR_STATUS_INVALID,
                   "at \"\": the key __torpor_index__ is kept for the index of a file; leave it "
                   "out or rename it");
    g_autoptr(TorporTree) below = torpor_tree_new();
    TorporNode *map = torpor_map_put_map(below, torpor_tree_root(below), "m");
    torpor_map_put_int(below, map, "__torpor_index__", 1);
    g_autoptr(GByteArray) fine = encode(below, 0);
    g_assert_cmpuint(fine->len, ==, 1 + 2 + 1 + 17 + 1);
    g_autoptr(TorporTree) marked = torpor_tree_new();
    torpor_map_put_int(marked, torpor_tree_root(marked), "__msgpack_chunked_array__", 1);
    assert_refused(marked, FALSE, TORPOR_STATUS_INVALID,
                   "at \"__msgpack_chunked_array__\": this key marks an array in chunks, the map "
                   "could not be read; rename it");
    torpor_map_put_int(below, torpor_tree_root(below), "\xc3", 1);
    assert_refused(below, FALSE, TORPOR_STATUS_INVALID, "at \"\xc3\": the key is not valid UTF-8");
}

/* The same unit in a quantity, and in a map of the user's that would be read as one. */
static void
test_contradictory_unit(void)
{
    const char *const message = "at \"q\": a quantity has unit \"ms\", but its numbers mean mV; it "
                                "could not be read: correct one of them";
    TorporUnit unit = mV;
    unit.symbol = "ms";
    g_autoptr(TorporTree) tree = torpor_tree_new();
    put_array(tree, torpor_tree_root(tree), "q", "uint8", 1, (guint64[]){3}, &unit, "abc");
    assert_refused(tree, FALSE, TORPOR_STATUS_INVALID, message);
    for (guint i = 0; i < 2; i++) {
        g_autoptr(TorporTree) other = torpor_tree_new();
        TorporNode *map = torpor_map_put_map(other, torpor_tree_root(other), "q");
        torpor_map_put_int(other, map, "mantissa", 1);
        torpor_map_put_int(other, map, "scale", mV.scale);
        torpor_map_put_float(other, map, "base", mV.base);
        put_array(other, map, "dim", "int64", 1, (guint64[]){7}, NULL, mV.dim);
        torpor_map_put_float(other, map, "factor", mV.factor);
        torpor_map_put_text(other, map, i == 0 ? "unit" : "unity", "ms");
        if (i == 0)
            assert_refused(other, TRUE, TORPOR_STATUS_INVALID, message);
        else
            g_byte_array_unref(encode(other, 0));
    }
}

static void
test_depth(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *map = torpor_tree_root(tree);
    for (int i = 0; i < 507; i++)
        map = torpor_map_put_map(tree, map, "m");
    g_autoptr(GByteArray) deep = encode(tree, 0);
    g_assert_cmpuint(deep->len, ==, 507 * 3 + 1);
    torpor_map_put_map(tree, map, "m");
    TorporSink *sink = torpor_memory_sink_new();
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_encode(tree, NULL, sink, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT);
    torpor_memory_sink_free(sink, FALSE);
}

/* What was read from a file of braintools is written with the same bytes. */
static void
test_rewritten_golden_files(void)
{
    g_autofree char *folder = g_build_filename(TORPOR_GOLDEN_DIR, "braintools", NULL);
    g_autoptr(GDir) names = g_dir_open(folder, 0, NULL);
    guint n_files = 0;
    for (const char *name; (name = g_dir_read_name(names)) != NULL;) {
        if (!g_str_has_suffix(name, ".msgpack"))
            continue;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *golden = NULL;
        gsize length;
        g_assert_true(g_file_get_contents(path, &golden, &length, NULL));
        g_autoptr(GError) error = NULL;
        g_autoptr(TorporTree) tree = torpor_decode_memory(golden, length, name, &error);
        g_assert_no_error(error);
        guint64 chunk_bytes = g_str_has_prefix(name, "20_") ? 32 : 0;
        g_test_message("%s", name);
        assert_encodes_to(tree, chunk_bytes, golden, length);
        n_files++;
    }
    g_assert_cmpuint(n_files, >=, 16);
}

/* The deepest tree that can be written can be read. */
static void
test_depth_is_readable(void)
{
    const double numbers[] = {1, 2, 3};
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *map = torpor_tree_root(tree);
    for (int i = 0; i < 507; i++)
        map = torpor_map_put_map(tree, map, "m");
    put_array(tree, map, "q", "float64", 1, (guint64[]){3}, &mV, numbers);
    g_autoptr(GByteArray) bytes = encode(tree, 8);
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) back = torpor_decode_memory(bytes->data, bytes->len, "deep", &error);
    g_assert_no_error(error);
    assert_encodes_to(back, 8, bytes->data, bytes->len);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/encode/primitives/golden", test_primitives);
    g_test_add_func("/encode/integers/golden", test_integers);
    g_test_add_func("/encode/nested/golden", test_nested);
    g_test_add_func("/encode/lists/become-numbered-maps", test_lists_become_numbered_maps);
    g_test_add_func("/encode/lists/as-arrays", test_lists_as_arrays);
    g_test_add_func("/encode/extension/as-it-is", test_extension);
    g_test_add_func("/encode/root/any-kind", test_roots);
    g_test_add_func("/encode/refused/names-path", test_refusals);
    g_test_add_func("/encode/refused/keys", test_refused_keys);
    g_test_add_func("/encode/refused/contradictory-unit", test_contradictory_unit);
    g_test_add_func("/encode/refused/too-deep", test_depth);
    g_test_add_func("/encode/refused/never-too-deep-to-read", test_depth_is_readable);
    g_test_add_func("/encode/golden/rewritten", test_rewritten_golden_files);
    return g_test_run();
}
