#include "msgpack/compound.h"

#include "failing.h"
#include "hex.h"
#include "msgpack/stored.h"

#define SCALE "a57363616c65"
#define BASE "a462617365"
#define DIM "a364696d"
#define FACTOR "a6666163746f72"
#define ONE "cb3ff0000000000000"
#define TEN "cb4024000000000000"
#define MINUS_ONE "cbbff0000000000000"
#define INFINITE "cb7ff0000000000000"
#define MILLI SCALE "fd" BASE TEN
#define ZEROS_56                                                                                   \
    "0000000000000000 0000000000000000 0000000000000000 0000000000000000"                          \
    "0000000000000000 0000000000000000 0000000000000000"
#define DIM_OF(exponent)                                                                           \
    DIM "c743019391 07a5696e743634 c438" exponent "0000000000000000 0000000000000000"              \
        "0000000000000000 0000000000000000 0000000000000000 0000000000000000"
#define VALUE "a576616c7565"
#define UNIT "a4756e6974"
#define MV "a26d56"

/* Maps that differ from a Quantity in one thing are maps of the user's. */
static const char *const own_maps[] = {
    "80",
    "84" MANTISSA "01" MILLI DIM DIM_MV,
    "87" MANTISSA "01" UNIT_MV UNIT MV "a161 01",
    "85" MANTISSA "c0" UNIT_MV,
    "85" MANTISSA "01 a57363616c66 fd" BASE TEN DIM DIM_MV FACTOR ONE,
    "85" MANTISSA "01" SCALE "fd a462617366" TEN DIM DIM_MV FACTOR ONE,
    "85" MANTISSA "01" MILLI "a364696e" DIM_MV FACTOR ONE,
    "85" MANTISSA "01" MILLI DIM DIM_MV "a6666163746f73" ONE,
    "85" MANTISSA "01" SCALE "c3" BASE TEN DIM DIM_MV FACTOR ONE,
    "85" MANTISSA "01" SCALE "fd" BASE "0a" DIM DIM_MV FACTOR ONE,
    "85" MANTISSA "01" SCALE "fd" BASE INFINITE DIM DIM_MV FACTOR ONE,
    "85" MANTISSA "01" MILLI DIM "00" FACTOR ONE,
    "85" MANTISSA "01" MILLI DIM "c744019391 07a675696e743634 c438" ZEROS_56 FACTOR ONE,
    "85" MANTISSA "01" MILLI DIM "c74401939207 01a5696e743634 c438" ZEROS_56 FACTOR ONE,
    "85" MANTISSA "01" MILLI DIM "c713019391 01a5696e743634 c408 0000000000000000" FACTOR ONE,
    "85" MANTISSA "01" MILLI DIM DIM_MV FACTOR MINUS_ONE,
    "86" MANTISSA "01" UNIT_MV "a4756e6975" MV,
    "86" MANTISSA "01" UNIT_MV UNIT "07",
    "86" MANTISSA "01" UNIT_MV UNIT "a2 6d00",
    "85" MANTISSA "01" SCALE "cd2710" BASE TEN DIM DIM_MV FACTOR ONE,
    "85" MANTISSA "01" SCALE "d1d8f0" BASE TEN DIM DIM_MV FACTOR ONE,
    "85" MANTISSA "01" MILLI DIM_OF("1027000000000000") FACTOR ONE,
    "85" MANTISSA "01" MILLI DIM_OF("f0d8ffffffffffff") FACTOR ONE,
    "83" VALUE "01" UNIT MV "a161 01",
    "82" VALUE "c0" UNIT MV,
    "82" VALUE "01 a4756e6975" MV,
    "82" VALUE "01" UNIT "07",
    "82" VALUE "01" UNIT "a2 6d00",
    "82 a576616c7566 01" UNIT "a464656743",
};

static void
test_own_maps(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(own_maps); i++) {
        g_autoptr(TorporTree) tree = decode_hex(own_maps[i]);
        if (torpor_tree_root(tree)->kind != TORPOR_NODE_MAP)
            g_error("taken for a quantity: %s", own_maps[i]);
    }
}

/* Every kind of number has a unit. */
static void
test_mantissas(void)
{
    static const char *const numbers[] = {
        "01",
        "cfffffffffffffffff",
        ONE,
        "c71302 92" ONE ONE,
        "c70d01 939102a575696e7438c4020405",
        "c70b03 9390a575696e7438c40104",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autofree char *hex = g_strconcat("85" MANTISSA, numbers[i], UNIT_MV, NULL);
        g_autoptr(TorporTree) tree = decode_hex(hex);
        g_assert_cmpint(torpor_tree_root(tree)->kind, ==, TORPOR_NODE_QUANTITY);
    }
}

/* A text that is too long to be read with the tree is no unit. */
static void
test_long_symbol(void)
{
    g_autoptr(GString) hex = g_string_new("86" MANTISSA "01" UNIT_MV UNIT "da1388");
    for (guint i = 0; i < 5000; i++)
        g_string_append(hex, "78");
    g_autoptr(TorporTree) tree = decode_hex(hex->str);
    g_assert_cmpint(torpor_tree_root(tree)->kind, ==, TORPOR_NODE_MAP);
    assert_refused("86" MANTISSA "01" SCALE "d1d8f1" BASE TEN DIM DIM_MV FACTOR ONE UNIT MV,
                   "a quantity has unit \"mV\"");
}

static void
check_each_allocation_fails(const GByteArray *bytes)
{
    for (gint n = 1, is_met = TRUE; is_met; n++) {
        g_autoptr(GError) error = NULL;
        fail_call("try", n, ENOMEM, FALSE);
        g_autoptr(TorporTree) tree = torpor_decode_memory(bytes->data, bytes->len, "bytes", &error);
        is_met = fail_no_more();
        g_assert_true((tree == NULL) == (error != NULL));
    }
}

/* However full the tree's memory is when a unit needs some. */
static void
test_no_memory(void)
{
    for (guint before = 0; before < 48; before++) {
        g_autoptr(GString) hex = g_string_new(NULL);
        g_string_printf(hex, "dc%04x", before + 60);
        for (guint i = 0; i < before; i++)
            g_string_append(hex, "01");
        for (guint i = 0; i < 60; i++)
            g_string_append_printf(
                hex, "85" MANTISSA "01" SCALE "%02x" BASE TEN DIM DIM_MV FACTOR ONE, i);
        g_autoptr(GByteArray) bytes = from_hex(hex->str);
        check_each_allocation_fails(bytes);
    }
}

/* The parser of units is not kept busy by a file that has more than any host. */
static void
test_many_symbols(void)
{
    g_autoptr(GString) hex = g_string_new("dc1001");
    for (guint i = 0; i < 4096; i++)
        g_string_append_printf(hex, "82" VALUE "01" UNIT "a4 %02x%02x%02x78", 'A' + i % 16,
                               'A' + i / 16 % 16, 'A' + i / 256);
    g_string_append(hex, "82" VALUE "01" UNIT "a464656743");
    g_autoptr(TorporTree) tree = decode_hex(hex->str);
    g_assert_cmpint(torpor_tree_root(tree)->value.map.last->kind, ==, TORPOR_NODE_MAP);
}

/* ---- arrays in chunks ---- */

#define SHAPE "a57368617065"
#define PARTS "a66368756e6b73"
#define ONE_TIME(unit) "c71c01939101ae6461746574696d6536345b" unit "5dc4080000000000000000"
#define TWO_BYTES "c70d01939102a575696e7438c4020405"

static void
test_chunks_refused(void)
{
    static const struct {
        const char *hex, *words;
    } cases[] = {
        {"83" CHUNKED SHAPE "81 a130 02 a66368756e6b74 81 a130" TWO_BYTES, "other entries"},
        {"83" CHUNKED "a57368617066 81 a130 02" PARTS "81 a130" TWO_BYTES, "other entries"},
        {"84" CHUNKED SHAPE "81 a130 02" PARTS "81 a130" TWO_BYTES "a161 01", "other entries"},
        {"83" CHUNKED SHAPE "9102" PARTS "81 a130" TWO_BYTES, "no numbered map of integers"},
        {"83" CHUNKED SHAPE "80" PARTS "81 a130" TWO_BYTES, "no numbered map of integers"},
        {"83" CHUNKED SHAPE "81 a131 02" PARTS "81 a130" TWO_BYTES, "no numbered map of integers"},
        {"83" CHUNKED SHAPE "81 a130 c0" PARTS "81 a130" TWO_BYTES, "no numbered map of integers"},
        {"83" CHUNKED SHAPE "81 a130 02" PARTS "81 a130 02", "no numbered map of arrays"},
        {"83" CHUNKED SHAPE "81 a130 02" PARTS "81 a130 c70e01939202 01a575696e7438c4020405",
         "more than one dimension"},
        {"83" CHUNKED SHAPE "81 a130 04" PARTS "82 a130" TWO_BYTES
         "a131 c70c01939102a4696e7438c4020405",
         "different dtypes"},
        {"83" CHUNKED SHAPE "82 a130 cf7fffffffffffffff a131 04" PARTS "81 a130" TWO_BYTES,
         "more than 2^64 bytes"},
        {"83" CHUNKED SHAPE "81 a130 02" PARTS "82 a130" ONE_TIME("6e73") "a131" ONE_TIME("7573"),
         "different dtypes"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_refused(cases[i].hex, cases[i].words);
    g_autoptr(GString) hex = g_string_new("83" CHUNKED SHAPE "de0041");
    for (guint i = 0; i < 65; i++)
        g_string_append_printf(hex, i < 10 ? "a13%u 01" : "a23%u3%u 01", i < 10 ? i : i / 10,
                               i % 10);
    g_string_append(hex, PARTS "81 a130" TWO_BYTES);
    assert_refused(hex->str, "more than 64 dimensions");
}

static void
append_hex(GByteArray *bytes, const char *hex)
{
    g_autoptr(GByteArray) more = from_hex(hex);
    g_byte_array_append(bytes, more->data, more->len);
}

/* The header of an array of `length` bytes, and as many times `value`. */
static void
append_chunk(GByteArray *bytes, guint length, guint8 value)
{
    g_autofree char *hex =
        g_strdup_printf("c8%04x01 9391cd%04x a575696e7438 c5%04x", length + 14, length, length);
    append_hex(bytes, hex);
    append_zeros(bytes, length);
    memset(bytes->data + bytes->len - length, value, length);
}

/* A chunk that has chunks: all of them are read, in order. */
static void
test_chunks_in_chunks(void)
{
    g_autoptr(GByteArray) bytes = from_hex("83" CHUNKED SHAPE "81 a130 cd1770" PARTS "82 a130"
                                           "83" CHUNKED SHAPE "81 a130 cd1388" PARTS "82 a130");
    append_chunk(bytes, 2500, 1);
    append_hex(bytes, "a131");
    append_chunk(bytes, 2500, 2);
    append_hex(bytes, "a131");
    append_chunk(bytes, 1000, 3);
    g_autoptr(TorporFile) file = as_file(bytes);
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    check_each_allocation_fails(bytes); /* in memory they are joined */
    const TorporArray *array = torpor_tree_root(tree)->value.array;
    g_assert_cmpuint(array->n_extents, ==, 3);
    guint8 out[6000];
    g_assert_true(torpor_array_read(file, array, 0, sizeof out, out, &error));
    for (guint i = 0; i < sizeof out; i++)
        g_assert_cmpuint(out[i], ==, i < 2500 ? 1 : i < 5000 ? 2 : 3);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compound/quantity/own-maps", test_own_maps);
    g_test_add_func("/compound/quantity/mantissas", test_mantissas);
    g_test_add_func("/compound/symbols/many", test_many_symbols);
    g_test_add_func("/compound/symbols/long", test_long_symbol);
    g_test_add_func("/compound/quantity/no-memory", test_no_memory);
    g_test_add_func("/compound/chunks/refused", test_chunks_refused);
    g_test_add_func("/compound/chunks/in-chunks", test_chunks_in_chunks);
    return g_test_run();
}
