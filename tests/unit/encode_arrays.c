/* Arrays, in chunks or not, and quantities. */
#include "encode_tree.h"

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
produce_twos(G_GNUC_UNUSED gpointer data, G_GNUC_UNUSED guint64 offset, gsize length, void *out,
             G_GNUC_UNUSED GError **error)
{
    memset(out, 2, length);
    return TRUE;
}

/* No reader would take the file. */
static void
test_bools(void)
{
    static const guint8 bools[] = {0, 1, 3};
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *node = torpor_map_put_array(tree, torpor_tree_root(tree), "is_on", dtype("bool"), 1,
                                            (guint64[]){3}, NULL);
    node->value.array->data = bools;
    assert_refused(tree, FALSE, TORPOR_STATUS_INVALID,
                   "at \"is_on\": element 2 of a bool array is 3, expected 0 or 1");
    node->value.array->data = NULL;
    node->value.array->produce = produce_twos;
    assert_refused(tree, FALSE, TORPOR_STATUS_INVALID,
                   "at \"is_on\": element 0 of a bool array is 2, expected 0 or 1");
    TorporSink *sink = torpor_memory_sink_new();
    const TorporEncodeOptions options = {.unchecked = TRUE};
    g_assert_true(torpor_encode(tree, &options, sink, NULL, NULL));
    torpor_memory_sink_free(sink, FALSE);
}

static void
put_value_and_unit(TorporTree *tree, const char *key, const char *first, const char *unit)
{
    TorporNode *map = torpor_map_put_map(tree, torpor_tree_root(tree), key);
    TorporNode *number = torpor_node_new(tree, TORPOR_NODE_FLOAT);
    torpor_map_append(tree, map, first, -1, number);
    torpor_map_put_text(tree, map, "unit", unit);
}

/* A map that will be read as a quantity has one place, as a quantity has. */
static void
test_places_of_quantities(void)
{
    static const char paths[] = "cold\0mV/value\0mV/unit\0other/x\0other/unit";
    static const TorporEncodeOptions options = {.index = TRUE};
    g_autoptr(TorporTree) tree = torpor_tree_new();
    put_value_and_unit(tree, "cold", "value", "degC");
    put_value_and_unit(tree, "mV", "value", "mV");
    put_value_and_unit(tree, "other", "x", "degC");
    TorporSink *sink = torpor_memory_sink_new();
    g_autoptr(TorporPlaces) places = torpor_places_new();
    g_assert_true(torpor_encode(tree, &options, sink, places, NULL));
    torpor_memory_sink_free(sink, FALSE);
    g_assert_cmpmem(places->paths->str, places->paths->len, paths, sizeof paths);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/encode/scalars/bytes", test_scalars);
    g_test_add_func("/encode/chunks/golden", test_chunks);
    g_test_add_func("/encode/quantity/five-or-six-keys", test_quantities);
    g_test_add_func("/encode/quantity/units-change", test_changing_units);
    g_test_add_func("/encode/quantity/offset-unit", test_offset_units);
    g_test_add_func("/encode/places/first-bytes", test_places);
    g_test_add_func("/encode/places/quantities", test_places_of_quantities);
    g_test_add_func("/encode/bools/neither-0-nor-1", test_bools);
    return g_test_run();
}
