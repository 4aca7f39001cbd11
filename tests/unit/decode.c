#include "msgpack/decode.h"

#include <math.h>

#include "failing.h"
#include "hex.h"
#include "msgpack/format.h"
#include "msgpack/stored.h"

/* ---- what is accepted ---- */

static void
test_scalars(void)
{
    g_autoptr(TorporTree) tree =
        decode_hex("86 a161 ca3fc00000 a162 cfffffffffffffffff a163 d080 a164 c0"
                   "a165 c7130292cb3ff0000000000000cb4000000000000000 a166 9201 9102");
    g_assert_cmpfloat(lookup(tree, "a")->value.real, ==, 1.5);
    g_assert_cmpint(lookup(tree, "b")->kind, ==, TORPOR_NODE_UINT);
    g_assert_cmpuint(lookup(tree, "b")->value.unsigned_integer, ==, G_MAXUINT64);
    g_assert_cmpint(lookup(tree, "c")->value.integer, ==, -128);
    g_assert_cmpint(lookup(tree, "d")->kind, ==, TORPOR_NODE_NIL);
    g_assert_cmpfloat(lookup(tree, "e")->value.complex[1], ==, 2);
    g_assert_cmpint(lookup(tree, "f/1/0")->value.integer, ==, 2);
    g_assert_cmpuint(lookup(tree, "b")->place, ==, 10);
}

static void
test_quantity(void)
{
    g_autoptr(TorporTree) tree = decode_hex("83 a161 85" MANTISSA "cbc051800000000000" UNIT_MV
                                            "a162 86" MANTISSA "01" UNIT_MV "a4756e6974 a26d56"
                                            "a163 85 " MANTISSA "c0" UNIT_MV);
    const TorporNode *a = lookup(tree, "a");
    g_assert_cmpint(a->kind, ==, TORPOR_NODE_QUANTITY);
    g_assert_cmpfloat(a->value.quantity.mantissa->value.real, ==, -70);
    const TorporUnit *unit = a->value.quantity.unit;
    g_assert_null(unit->symbol);
    g_assert_cmpint(unit->scale, ==, -3);
    g_assert_cmpfloat(unit->base, ==, 10);
    g_assert_cmpfloat(unit->factor, ==, 1);
    const gint64 dim[7] = {2, 1, -3, -1, 0, 0, 0};
    g_assert_cmpmem(unit->dim, sizeof unit->dim, dim, sizeof dim);
    const TorporNode *b = lookup(tree, "b");
    g_assert_cmpint(b->kind, ==, TORPOR_NODE_QUANTITY);
    g_assert_cmpstr(b->value.quantity.unit->symbol, ==, "mV");
    /* The mantissa is no number, or the scale beyond all sense: somebody's own map. */
    g_assert_cmpint(lookup(tree, "c")->kind, ==, TORPOR_NODE_MAP);
    g_autoptr(TorporTree) huge =
        decode_hex("85" MANTISSA "01 a57363616c65 d38000000000000000 a462617365 cb4024000000000000"
                   "a364696d" DIM_MV "a6666163746f72 cb3ff0000000000000");
    g_assert_cmpint(torpor_tree_root(huge)->kind, ==, TORPOR_NODE_MAP);
}

/* The text of a unit must mean what its numbers say; one that is not known here is kept. */
static void
test_quantity_symbol(void)
{
    g_autoptr(TorporTree) tree = decode_hex("9286" MANTISSA "01" UNIT_MV "a4756e6974 a3666f6f"
                                            "86" MANTISSA "01" UNIT_MV "a4756e6974 a26d56");
    const TorporNode *unknown = torpor_tree_root(tree)->value.map.first;
    g_assert_cmpstr(unknown->value.quantity.unit->symbol, ==, "foo");
    assert_refused("86" MANTISSA "01" UNIT_MV "a4756e6974 a156", "a quantity has unit \"V\", but");
    assert_refused("86" MANTISSA "01" UNIT_MV "a4756e6974 a26d73", "mean mV");
}

/* Units with a zero point of their own. */
static void
test_offset_quantity(void)
{
    g_autoptr(TorporTree) tree = decode_hex("83 a161 82 a576616c7565 cb4042800000000000"
                                            "a4756e6974 a464656743"
                                            "a162 82 a576616c7565 01 a4756e6974 a26d56"
                                            "a163 82 a576616c7565 01 a4756e6974 a3666f6f");
    const TorporNode *a = lookup(tree, "a");
    g_assert_cmpint(a->kind, ==, TORPOR_NODE_QUANTITY);
    g_assert_true(a->value.quantity.unit->is_offset);
    g_assert_cmpfloat(a->value.quantity.mantissa->value.real, ==, 37);
    g_assert_cmpint(lookup(tree, "b")->kind, ==, TORPOR_NODE_MAP);
    g_assert_cmpint(lookup(tree, "c")->kind, ==, TORPOR_NODE_MAP);
}

/* Repeated units are recognised by their bytes; what differs in one byte is not. */
static void
test_quantities_repeated(void)
{
    g_autoptr(GString) hex = g_string_new("dc0064");
    for (guint i = 0; i < 99; i++)
        g_string_append_printf(hex, "85" MANTISSA "%02x%s", i,
                               i % 3 == 0 ? "a57363616c65 00 a462617365 cb4024000000000000"
                                            "a364696d" DIM_MV "a6666163746f72 cb3ff0000000000000"
                                          : UNIT_MV);
    g_string_append(hex, "85" MANTISSA "07 a57363616c65 fd a462617365 cb4024000000000000"
                         "a364696e" DIM_MV "a6666163746f72 cb3ff0000000000000");
    g_autoptr(TorporTree) tree = decode_hex(hex->str);
    const TorporNode *node = torpor_tree_root(tree)->value.map.first;
    for (gint64 i = 0; i < 99; i++, node = node->next) {
        g_assert_cmpint(node->kind, ==, TORPOR_NODE_QUANTITY);
        g_assert_cmpint(node->value.quantity.mantissa->value.integer, ==, i);
        g_assert_cmpint(node->value.quantity.unit->scale, ==, i % 3 == 0 ? 0 : -3);
    }
    g_assert_cmpint(node->kind, ==, TORPOR_NODE_MAP);
    g_assert_null(node->next);
}

static void
test_chunks(void)
{
    const char *hex = "81 a177 83" CHUNKED "a57368617065 82 a130 02 a131 03"
                      "a66368756e6b73 82 a130 c70f01939104a575696e7438c40400010203"
                      "a131 c70d01939102a575696e7438c4020405";
    g_autoptr(GByteArray) bytes = from_hex(hex);
    g_autoptr(TorporFile) file = as_file(bytes);
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) from_file = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    g_autoptr(TorporTree) from_memory =
        torpor_decode_memory(bytes->data, bytes->len, "bytes", &error);
    g_assert_no_error(error);
    TorporTree *trees[] = {from_file, from_memory};
    for (guint i = 0; i < 2; i++) {
        const TorporNode *node = lookup(trees[i], "w");
        g_assert_cmpint(node->kind, ==, TORPOR_NODE_ARRAY);
        TorporArray array = *node->value.array;
        g_assert_cmpuint(array.rank, ==, 2);
        g_assert_cmpuint(array.shape[1], ==, 3);
        guint8 out[4];
        g_assert_true(torpor_array_read(file, &array, 1, 4, out, &error));
        g_assert_cmpmem(out, 4, "\1\2\3\4", 4);
        if (i == 1)
            continue;
        array.data = NULL; /* from the extents */
        memset(out, 0, sizeof out);
        g_assert_cmpuint(array.n_extents, ==, 2);
        g_assert_true(torpor_array_read(file, &array, 2, 4, out, &error));
        g_assert_cmpmem(out, 4, "\2\3\4\5", 4);
        g_assert_false(torpor_array_read(file, &array, 3, 4, out, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    }
    assert_refused("83" CHUNKED "a57368617065 81 a130 03 a66368756e6b73"
                   "81 a130 c70f01939104a575696e7438c40400010203",
                   "shape of 3 bytes, found chunks of 4");
    assert_refused("82" CHUNKED "a57368617065 80", "other entries");
    assert_refused("83" CHUNKED "a57368617065 81 a130 ff a66368756e6b73"
                   "81 a130 c70f01939104a575696e7438c40400010203",
                   "negative");
}

/* Payloads stay where they are, and are read from there. */
static void
test_large_payloads(void)
{
    const guint n = 3 << 20;
    g_autoptr(GByteArray) bytes = from_hex("84 a161 c9");
    g_autoptr(GByteArray) header = from_hex("01 93 91 ce00300000 a4626f6f6c c600300000");
    guint32 length = GUINT32_TO_BE(header->len - 1 + n);
    g_byte_array_append(bytes, (guint8 *)&length, 4);
    g_byte_array_append(bytes, header->data, header->len);
    guint first = bytes->len;
    append_zeros(bytes, n);
    g_autoptr(GByteArray) text = from_hex("a162 db00100000");
    g_byte_array_append(bytes, text->data, text->len);
    guint text_place = bytes->len;
    append_zeros(bytes, 1 << 20);
    memset(bytes->data + text_place, 'x', 1 << 20);
    g_autoptr(GByteArray) rest = from_hex("a163 07 a164 a0");
    g_byte_array_append(bytes, rest->data, rest->len);
    bytes->data[first + n - 1] = 1;

    g_autoptr(TorporFile) file = as_file(bytes);
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    const TorporArray *array = lookup(tree, "a")->value.array;
    g_assert_null(array->data);
    g_assert_cmpuint(array->extents[0].place, ==, first);
    guint8 last;
    g_assert_true(torpor_array_read(file, array, n - 1, 1, &last, &error));
    g_assert_cmpuint(last, ==, 1);
    const TorporNode *long_text = lookup(tree, "b");
    g_assert_null(long_text->value.bytes.data);
    g_autofree char *read = torpor_bytes_read(file, long_text, &error);
    g_assert_cmpuint(strlen(read), ==, 1 << 20);
    g_assert_cmpint(lookup(tree, "c")->value.integer, ==, 7);
    g_assert_cmpstr(lookup(tree, "d")->value.bytes.data, ==, "");

    /* Large content is checked when it is read. */
    bytes->data[first + n - 1] = 2;
    bytes->data[text_place + 5] = 0xff;
    g_autoptr(TorporFile) damaged = as_file(bytes);
    g_assert_false(torpor_array_read(damaged, array, 0x100000, n - 0x100000, bytes->data, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, "element 3145727 of a bool array is 2"));
    g_clear_error(&error);
    g_assert_null(torpor_bytes_read(damaged, long_text, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
}

/* Headers that lie across the edges of the window onto the file. */
static void
test_window_edges(void)
{
    g_autoptr(GByteArray) bytes = from_hex("dd00080000");
    for (guint i = 0; i < 1 << 19; i++) {
        guint8 entry[] = {0xce, (guint8)(i >> 24 | 1), (guint8)(i >> 16), (guint8)(i >> 8),
                          (guint8)i};
        g_byte_array_append(bytes, entry, sizeof entry);
    }
    g_autoptr(TorporFile) file = as_file(bytes);
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    gint64 i = 0;
    for (const TorporNode *node = torpor_tree_root(tree)->value.map.first; node; node = node->next)
        g_assert_cmpint(node->value.integer, ==, i++ | 1 << 24);
    g_assert_cmpint(i, ==, 1 << 19);
}

static void
test_keys(void)
{
    g_autoptr(TorporTree) tree = decode_hex("82 a3610062 01 a0 02");
    const TorporNode *node = torpor_tree_root(tree)->value.map.first;
    g_assert_cmpuint(node->key_length, ==, 3);
    g_assert_cmpmem(node->key, 4, "a\0b", 4);
    g_assert_cmpuint(node->next->key_length, ==, 0);
    assert_refused("82 a161 01 a161 02", "\"a\" is there twice");
    assert_refused("82 a161 01 d90161 02", "\"a\" is there twice");
    assert_refused("81 01 02", "expected the key of a map (a text), found an integer");
    assert_refused("81 a2c328 01", "a key that is not UTF-8");
    assert_refused("81 a3eda080 01", "a key that is not UTF-8");
    assert_refused("81 a161 a3610080", "in \"a\": byte 3: a text that is not UTF-8");
}

static void
check_each_read_fails(const TorporFile *file)
{
    for (gint n = 1, is_met = TRUE; is_met; n++) {
        g_autoptr(GError) error = NULL;
        fail_call("pread", n, EIO, FALSE);
        g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
        is_met = fail_no_more();
        g_assert_true((tree == NULL) == (error != NULL) && (tree == NULL) == is_met);
    }
}

/* It goes on behind the window onto the file. */
static void
test_long_key(void)
{
    g_autoptr(GByteArray) bytes = from_hex("81 db000186a0");
    guint first = bytes->len;
    append_zeros(bytes, 100000);
    memset(bytes->data + first, 'x', 100000);
    append_zeros(bytes, 1);
    g_autoptr(TorporFile) file = as_file(bytes);
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    const TorporNode *node = torpor_tree_root(tree)->value.map.first;
    g_assert_cmpuint(node->key_length, ==, 100000);
    g_assert_cmpmem(node->key, 100000, bytes->data + first, 100000);
    check_each_read_fails(file);
}

/* Arrays whose dtype or content lies across the edge of the window, which cannot be read. */
static void
test_edges_fail(void)
{
    g_autoptr(GByteArray) array = from_hex("c70d01 939102a575696e7438c4020405");
    for (guint before = 32768 - 20; before < 32768; before++) {
        g_autoptr(GByteArray) bytes = from_hex("92 c5");
        const guint8 length[] = {(guint8)((before - 4) >> 8), (guint8)(before - 4)};
        bytes->data[1] = 0xda;
        g_byte_array_append(bytes, length, 2);
        append_zeros(bytes, before - 4);
        memset(bytes->data + 4, 'x', before - 4);
        g_byte_array_append(bytes, array->data, array->len);
        g_autoptr(TorporFile) file = as_file(bytes);
        check_each_read_fails(file);
    }
}

/* The bytes of a unit that are many are not remembered. */
static void
test_long_unit(void)
{
    g_autoptr(GString) hex = g_string_new("92");
    for (guint i = 0; i < 2; i++) {
        g_string_append(hex, "86" MANTISSA "01" UNIT_MV "a4756e6974 d9c8");
        for (guint k = 0; k < 200; k++)
            g_string_append(hex, "78");
    }
    g_autoptr(TorporTree) tree = decode_hex(hex->str);
    g_assert_cmpint(torpor_tree_root(tree)->value.map.last->kind, ==, TORPOR_NODE_QUANTITY);
}

static void
test_many_keys(void)
{
    g_autoptr(GByteArray) bytes = from_hex("de ea60");
    for (guint i = 0; i < 60000; i++) {
        g_autofree char *key = g_strdup_printf("\xaa"
                                               "key-%06u0",
                                               i);
        key[10] = '\0';
        key[0] = (char)0xa9;
        g_byte_array_append(bytes, (guint8 *)key, 10);
        append_zeros(bytes, 1);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_memory(bytes->data, bytes->len, "bytes", &error);
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED); /* ten in a row share a key */
    g_assert_nonnull(strstr(error->message, "twice"));
    g_clear_error(&error);
    for (guint i = 0; i < 60000; i++) {
        g_autofree char *key = g_strdup_printf("k-%07u", i);
        memcpy(bytes->data + 3 + 11 * i + 1, key, 9);
    }
    tree = torpor_decode_memory(bytes->data, bytes->len, "bytes", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(torpor_tree_root(tree)->value.map.count, ==, 60000);
}

/* ---- what is refused ---- */

static void
test_ends(void)
{
    assert_refused("", "the file is empty");
    assert_refused("8001", "byte 1: the object of the file ends here, but 1 bytes follow");
    assert_refused("c1", "0xc1 begins no value");
    /* Cut at every byte. */
    g_autoptr(GByteArray) whole = from_hex(
        "83 a161 85" MANTISSA "c71d01939102a7666c6f61743634c410"
        "0000000000000000 0000000000000000" UNIT_MV
        "a162 dc0002 cd0100 d9 03616263 a163 c7130292cb3ff0000000000000cb4000000000000000");
    g_autoptr(GError) error = NULL;
    TorporTree *tree = torpor_decode_memory(whole->data, whole->len, "bytes", &error);
    g_assert_no_error(error);
    torpor_tree_free(tree);
    while (whole->len > 0) {
        g_byte_array_set_size(whole, whole->len - 1);
        assert_bytes_refused(whole, TORPOR_STATUS_DAMAGED, "");
    }
}

static void
test_counts(void)
{
    assert_refused("df5fffffff", "a map of 1610612735 entries was announced, found 0 bytes");
    assert_refused("dd5fffffff", "a list of 1610612735 entries was announced, found 0 bytes");
    assert_refused("81 c40161 01", "expected the key of a map (a text), found a bytes value");
    assert_refused("83 a161 01", "a map of 3 entries was announced, found 3 bytes");
    assert_refused("dbffffffff", "a text of 4294967295 bytes was announced");
    assert_refused("c6ffffffff", "a bytes value of 4294967295 bytes");
    assert_refused("c9ffffffff01", "an extension of 4294967295 bytes was announced");
}

static void
test_depth(void)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    for (guint i = 0; i < TORPOR_MAX_DEPTH; i++)
        g_byte_array_append(bytes, (const guint8 *)"\x81\xa1k", 3);
    g_byte_array_append(bytes, (const guint8 *)"\x90", 1);
    assert_bytes_refused(bytes, TORPOR_STATUS_LIMIT, "more than 512 deep");
    bytes->data[bytes->len - 1] = 1;
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_memory(bytes->data, bytes->len, "bytes", &error);
    g_assert_no_error(error);
    g_byte_array_set_size(bytes, 0);
    for (guint i = 0; i < 100000; i++)
        g_byte_array_append(bytes, (const guint8 *)"\x91", 1);
    assert_bytes_refused(bytes, TORPOR_STATUS_LIMIT, "more than 512 deep");
}

static void
test_arrays(void)
{
    assert_refused("81 a161 c70d01 939103a575696e7438c4020405",
                   "in \"a\": byte 15: shape and dtype of an array ask for 3 bytes, found 2");
    assert_refused("c70d01 9391ffa575696e7438c4020405", "dimension 0 of an array is -1");
    assert_refused("c70d01 9391c0a575696e7438c4020405", "a dimension of an array");
    assert_refused("c70d01 9291 02a575696e7438c4020405", "the three parts of an array, found 2");
    assert_refused("c70d01 939102a575696e7438a2 2020 20",
                   "the content of an array (a bytes value)");
    assert_refused("c70e01 939102a575696e7438c402040506", "1 bytes follow the content");
    assert_refused("c70d01 939103a575696e7438c4030405 06", "of 3 bytes was announced, found 2");
    assert_refused("c70d03 939102a575696e7438c4020405", "a numpy scalar of 1 dimensions");
    assert_refused("c70c01 939102a4626f6f6cc4020002", "element 1 of a bool array is 2");
    assert_refused("c72501 9392cf7fffffffffffffffcf7fffffffffffffff a575696e7438c402 04050000"
                   "0000000000000000",
                   "more than 2^64");
    assert_refused("c7110292cb3ff0000000000000ca40000000 0000", "follow the content");
    assert_refused("c7130293cb3ff0000000000000cb4000000000000000", "two parts");
    assert_refused("d5029201", "found 1 bytes before the end");
    assert_refused("c70302 920102", "expected part of a complex number, found an integer");
    assert_refused("c70a02 92cb3ff0000000000000", "1 more bytes were expected, found 0");
    g_autoptr(GString) shape = g_string_new("c8004e01 93 dc0041");
    for (guint i = 0; i < 65; i++)
        g_string_append(shape, "01");
    g_string_append(shape, "a575696e7438 c40105");
    assert_refused(shape->str, "an array of 65 dimensions, expected at most 64");
    g_autoptr(GString) name = g_string_new("c8004e01 939101 d946");
    for (guint i = 0; i < 70; i++)
        g_string_append(name, "78");
    g_string_append(name, "c40105");
    g_autoptr(GByteArray) long_name = from_hex(name->str);
    assert_bytes_refused(long_name, TORPOR_STATUS_UNSUPPORTED, "dtype 'xxxx");
    g_autoptr(GByteArray) unknown = from_hex("c70d01 939101a57374723634c4020405");
    assert_bytes_refused(unknown, TORPOR_STATUS_UNSUPPORTED, "dtype 'str64', which is unknown");
    g_autoptr(TorporTree) parametric =
        decode_hex("c71c01939101ae6461746574696d6536345b6e735dc40800008ab9359ae515");
    g_assert_cmpstr(torpor_tree_root(parametric)->value.array->dtype_name, ==, "datetime64[ns]");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decode/scalars", test_scalars);
    g_test_add_func("/decode/quantity/recognised", test_quantity);
    g_test_add_func("/decode/quantity/symbol-checked", test_quantity_symbol);
    g_test_add_func("/decode/quantity/offset-unit", test_offset_quantity);
    g_test_add_func("/decode/quantity/repeated", test_quantities_repeated);
    g_test_add_func("/decode/chunks/joined", test_chunks);
    g_test_add_func("/decode/large-payloads/stay-in-file", test_large_payloads);
    g_test_add_func("/decode/window/edges", test_window_edges);
    g_test_add_func("/decode/keys/refused", test_keys);
    g_test_add_func("/decode/keys/long", test_long_key);
    g_test_add_func("/decode/keys/many", test_many_keys);
    g_test_add_func("/decode/window/fails", test_edges_fail);
    g_test_add_func("/decode/quantity/long-unit", test_long_unit);
    g_test_add_func("/decode/ends/refused", test_ends);
    g_test_add_func("/decode/counts/refused", test_counts);
    g_test_add_func("/decode/depth/limit", test_depth);
    g_test_add_func("/decode/arrays/refused", test_arrays);
    return g_test_run();
}
