#include "msgpack/encode.h"

#include <string.h>

#include "base/error.h"
#include "msgpack/decode.h"
#include "msgpack/trailer.h"

static const guint64 no_shape[1];
static const TorporUnit mV = {.dim = {2, 1, -3, -1}, .scale = -3, .base = 10, .factor = 1};
static const TorporUnit nS = {.dim = {-2, -1, 3, 2}, .scale = -9, .base = 10, .factor = 1};

static const TorporDtype *
dtype(const char *name)
{
    return torpor_dtype_by_name(name, strlen(name));
}

static GByteArray *
encode(TorporTree *tree, guint64 chunk_bytes)
{
    TorporSink *sink = torpor_memory_sink_new();
    TorporEncodeOptions options = {.chunk_bytes = chunk_bytes};
    g_autoptr(GError) error = NULL;
    gboolean encoded = torpor_encode(tree, &options, sink, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(encoded);
    return torpor_memory_sink_free(sink, TRUE);
}

static void
assert_encodes_to(TorporTree *tree, guint64 chunk_bytes, const void *bytes, gsize length)
{
    g_autoptr(GByteArray) encoded = encode(tree, chunk_bytes);
    g_assert_cmpmem(encoded->data, encoded->len, bytes, length);
}

static void
assert_is_golden(TorporTree *tree, guint64 chunk_bytes, const char *name)
{
    g_autofree char *path = g_build_filename(TORPOR_GOLDEN_DIR, "braintools", name, NULL);
    g_autofree char *golden = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &golden, &length, NULL));
    assert_encodes_to(tree, chunk_bytes, golden, length);
}

static void
assert_refused(TorporTree *tree, gboolean index, gint status, const char *message)
{
    TorporSink *sink = torpor_memory_sink_new();
    g_autoptr(TorporPlaces) places = torpor_places_new();
    TorporEncodeOptions options = {.index = index};
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_encode(tree, &options, sink, places, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    g_assert_cmpstr(error->message, ==, message);
    torpor_memory_sink_free(sink, FALSE);
}

static TorporNode *
put(TorporTree *tree, TorporNode *map, const char *key, TorporNodeKind kind)
{
    TorporNode *node = torpor_node_new(tree, kind);
    torpor_map_append(tree, map, key, -1, node);
    return node;
}

static void
put_array(TorporTree *tree, TorporNode *map, const char *key, const char *dtype_name, guint32 rank,
          const guint64 *shape, const TorporUnit *unit, const void *data)
{
    torpor_map_put_array(tree, map, key, dtype(dtype_name), rank, shape, unit)->value.array->data =
        data;
}

static void
put_quantity(TorporTree *tree, TorporNode *map, const char *key, const TorporUnit *unit,
             double value)
{
    TorporNode *quantity = put(tree, map, key, TORPOR_NODE_QUANTITY);
    quantity->value.quantity.unit = unit;
    quantity->value.quantity.mantissa = torpor_node_new(tree, TORPOR_NODE_FLOAT);
    quantity->value.quantity.mantissa->value.real = value;
}

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
test_scalars(void)
{
    static const guint8 one_f64[] = {0x81, 0xa1, 'x', 0xc7, 0x14, 0x03, 0x93, 0x90, 0xa7,
                                     'f',  'l',  'o', 'a',  't',  '6',  '4',  0xc4, 8,
                                     0,    0,    0,   0,    0,    0,    0xf0, 0x3f};
    static const guint8 one_i16[] = {0x81, 0xa1, 'x', 0xc7, 0x0c, 0x01, 0x93, 0x90, 0xa5,
                                     'i',  'n',  't', '1',  '6',  0xc4, 2,    1,    0};
    static const guint8 complex[] = {0x81, 0xa1, 'x', 0xc7, 0x13, 0x02, 0x92, 0xcb, 0x3f,
                                     0xf0, 0,    0,   0,    0,    0,    0,    0xcb, 0xc0,
                                     0,    0,    0,   0,    0,    0,    0};
    const double one = 1.0;
    const gint16 short_one = 1;
    {
        g_autoptr(TorporTree) tree = torpor_tree_new();
        put_array(tree, torpor_tree_root(tree), "x", "float64", 0, no_shape, NULL, &one);
        torpor_tree_root(tree)->value.map.first->kind = TORPOR_NODE_SCALAR;
        assert_encodes_to(tree, 0, one_f64, sizeof one_f64);
    }
    {
        g_autoptr(TorporTree) tree = torpor_tree_new();
        put_array(tree, torpor_tree_root(tree), "x", "int16", 0, no_shape, NULL, &short_one);
        assert_encodes_to(tree, 0, one_i16, sizeof one_i16);
    }
    {
        g_autoptr(TorporTree) tree = torpor_tree_new();
        TorporNode *node = put(tree, torpor_tree_root(tree), "x", TORPOR_NODE_COMPLEX);
        node->value.complex[0] = 1;
        node->value.complex[1] = -2;
        assert_encodes_to(tree, 0, complex, sizeof complex);
    }
}

static void
fill_chunked(TorporTree *tree, const double *numbers, const guint8 *bytes)
{
    TorporNode *root = torpor_tree_root(tree);
    put_array(tree, root, "w", "float64", 2, (guint64[]){4, 10}, NULL, numbers);
    put_array(tree, root, "small", "float64", 1, (guint64[]){4}, NULL, numbers);
    TorporNode *deep = torpor_map_put_map(tree, root, "deep");
    put_array(tree, deep, "b", "uint8", 2, (guint64[]){3, 11}, NULL, bytes);
    put_array(tree, root, "q", "float64", 1, (guint64[]){9}, &mV, numbers);
}

static gboolean
produce_rows(gpointer produce_data, guint64 offset, gsize length, void *out,
             G_GNUC_UNUSED GError **error)
{
    const TorporArray *array = ((TorporNode *)produce_data)->value.array;
    static const double *numbers;
    static double storage[40];
    for (gsize i = 0; numbers == NULL && i < 40; i++)
        storage[i] = (double)i;
    numbers = storage;
    g_assert_cmpuint(offset % array->row_bytes, ==, 0);
    g_assert_cmpuint(length % array->row_bytes, ==, 0);
    memcpy(out, (const char *)numbers + offset, length);
    return TRUE;
}

static void
test_chunks(void)
{
    double numbers[40];
    guint8 bytes[33];
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        numbers[i] = (double)i;
    for (gsize i = 0; i < G_N_ELEMENTS(bytes); i++)
        bytes[i] = (guint8)i;
    {
        g_autoptr(TorporTree) tree = torpor_tree_new();
        fill_chunked(tree, numbers, bytes);
        assert_is_golden(tree, 32, "20_chunked.msgpack");
    }
    /* Rows of 80 bytes lie across chunks of 32. */
    g_autoptr(TorporTree) tree = torpor_tree_new();
    fill_chunked(tree, numbers, bytes);
    TorporNode *w = torpor_tree_root(tree)->value.map.first;
    w->value.array->data = NULL;
    w->value.array->produce = produce_rows;
    w->value.array->produce_data = w;
    w->value.array->row_bytes = 80;
    assert_is_golden(tree, 32, "20_chunked.msgpack");
}

static void
test_quantities(void)
{
    static const guint8 expected[] =
        "\x81\xa1q\x85\xa8mantissa\xcb\xc0\x51\x80\0\0\0\0\0\xa5scale\xfd\xa4"
        "base\xcb\x40\x24\0\0\0\0\0\0\xa3"
        "dim\xc7\x43\x01\x93\x91\x07\xa5int64\xc4\x38\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"
        "\xfd\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0"
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xa6"
        "factor\xcb\x3f\xf0\0\0\0\0\0\0";
    const gsize unit_entry = 1 + 4 + 1 + 2;
    g_autoptr(TorporTree) tree = torpor_tree_new();
    put_quantity(tree, torpor_tree_root(tree), "q", &mV, -70.0);
    assert_encodes_to(tree, 0, expected, sizeof expected - 1);

    TorporUnit named = mV;
    named.symbol = "mV";
    torpor_tree_root(tree)->value.map.first->value.quantity.unit = &named;
    g_autoptr(GByteArray) six = encode(tree, 0);
    g_assert_cmpuint(six->len, ==, sizeof expected - 1 + unit_entry);
    g_assert_cmpuint(six->data[3], ==, 0x86);
    g_assert_cmpmem(six->data + 4, six->len - 4 - unit_entry, expected + 4, sizeof expected - 5);
    g_assert_cmpmem(six->data + six->len - unit_entry, unit_entry, "\xa4unit\xa2mV", unit_entry);
}

/* The bytes kept from one quantity to the next are those of its own unit. */
static void
test_changing_units(void)
{
    g_autoptr(TorporTree) all = torpor_tree_new();
    g_autoptr(GByteArray) joined = g_byte_array_new();
    TorporUnit minus_zero = mV;
    minus_zero.factor = -0.0;
    TorporUnit zero = mV;
    zero.factor = 0.0;
    TorporUnit named = nS;
    named.symbol = "nS";
    const TorporUnit *units[] = {&mV, &nS, &nS, &named, &zero, &minus_zero, &mV};
    g_byte_array_append(joined, (const guint8 *)"\x87", 1);
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        g_autoptr(TorporTree) one = torpor_tree_new();
        char key[2] = {(char)('a' + i), '\0'};
        put_quantity(one, torpor_tree_root(one), key, units[i], (double)i);
        put_quantity(all, torpor_tree_root(all), key, units[i], (double)i);
        g_autoptr(GByteArray) bytes = encode(one, 0);
        g_byte_array_append(joined, bytes->data + 1, bytes->len - 1);
    }
    assert_encodes_to(all, 0, joined->data, joined->len);
}

static void
test_offset_units(void)
{
    static const TorporUnit celsius = {
        .dim = {0, 0, 0, 0, 1}, .base = 10, .factor = 1, .symbol = "degC", .is_offset = TRUE};
    static const char expected[] = "\x81\xa1T\x82\xa5value\xcb\x40\x42\x80\0\0\0\0\0\xa4unit\xa4"
                                   "degC";
    g_autoptr(TorporTree) tree = torpor_tree_new();
    put_quantity(tree, torpor_tree_root(tree), "T", &celsius, 37.0);
    assert_encodes_to(tree, 0, expected, sizeof expected - 1);
    g_autoptr(TorporTree) back = torpor_decode_memory(expected, sizeof expected - 1, "T", NULL);
    const TorporNode *quantity = torpor_tree_root(back)->value.map.first;
    g_assert_cmpint(quantity->kind, ==, TORPOR_NODE_QUANTITY);
    g_assert_true(quantity->value.quantity.unit->is_offset);
    assert_encodes_to(back, 0, expected, sizeof expected - 1);
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

static void
test_places(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    torpor_map_put_int(tree, root, "a/b", 7);
    TorporNode *cells = torpor_map_put_map(tree, root, "cells");
    put_quantity(tree, cells, "V_m", &mV, -70.0);
    torpor_map_put_map(tree, cells, "none");

    TorporSink *sink = torpor_memory_sink_new();
    g_autoptr(TorporPlaces) places = torpor_places_new();
    TorporEncodeOptions options = {.index = TRUE};
    g_assert_true(torpor_encode(tree, &options, sink, places, NULL));
    g_autoptr(GByteArray) bytes = torpor_memory_sink_free(sink, TRUE);
    static const char paths[] = "a~1b\0cells/V_m\0cells/none";
    g_assert_cmpmem(places->paths->str, places->paths->len, paths, sizeof paths);
    static const guint8 first_bytes[] = {7, 0x85, 0x80};
    g_assert_cmpuint(places->places->len, ==, 3);
    for (guint i = 0; i < 3; i++) {
        guint64 place = g_array_index(places->places, guint64, i);
        g_assert_cmpuint(bytes->data[place], ==, first_bytes[i]);
    }
    g_assert_cmpuint(bytes->data[0], ==, 0x83);
    g_assert_cmpmem(bytes->data + bytes->len - 17, 17, "\xb0__torpor_index__", 17);
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
    g_test_add_func("/encode/scalars/bytes", test_scalars);
    g_test_add_func("/encode/chunks/golden", test_chunks);
    g_test_add_func("/encode/quantity/five-or-six-keys", test_quantities);
    g_test_add_func("/encode/quantity/units-change", test_changing_units);
    g_test_add_func("/encode/quantity/offset-unit", test_offset_units);
    g_test_add_func("/encode/root/any-kind", test_roots);
    g_test_add_func("/encode/places/first-bytes", test_places);
    g_test_add_func("/encode/refused/names-path", test_refusals);
    g_test_add_func("/encode/refused/keys", test_refused_keys);
    g_test_add_func("/encode/refused/too-deep", test_depth);
    g_test_add_func("/encode/refused/never-too-deep-to-read", test_depth_is_readable);
    g_test_add_func("/encode/golden/rewritten", test_rewritten_golden_files);
    return g_test_run();
}
