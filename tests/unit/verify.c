#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/error.h"
#include "failing.h"
#include "file/earlier.h"
#include "file/verify.h"
#include "msgpack/decode.h"
#include "msgpack/encode.h"

/* ---- a file with an index, its ranges cut every `range_bytes` ---- */

static GByteArray *
encode_with_index(TorporTree *tree, guint range_bytes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporPlaces) places = torpor_places_new();
    TorporSink *sink = torpor_memory_sink_new();
    const TorporEncodeOptions options = {.index = TRUE};
    torpor_encode(tree, &options, sink, places, &error);
    g_assert_no_error(error);
    GByteArray *bytes = torpor_memory_sink_free(sink, TRUE);
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(TorporRange));
    for (guint place = 0; place < bytes->len; place += range_bytes) {
        guint length = MIN(range_bytes, bytes->len - place);
        TorporRange range = {place, length, XXH3_64bits(bytes->data + place, length)};
        g_array_append_val(ranges, range);
    }
    g_autoptr(GBytes) index = torpor_index_encode((const TorporRange *)ranges->data, ranges->len,
                                                  places, bytes->len, &error);
    g_assert_no_error(error);
    g_byte_array_append(bytes, g_bytes_get_data(index, NULL), (guint)g_bytes_get_size(index));
    return bytes;
}

static void
put_doubles(TorporTree *tree, TorporNode *map, const char *key, guint64 count)
{
    TorporNode *node = torpor_map_put_array(
        tree, map, key, torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64), 1, &count, NULL);
    double *values = torpor_tree_alloc(tree, count * sizeof(double));
    for (guint64 i = 0; i < count; i++)
        values[i] = (double)i / 3;
    node->value.array->data = values;
}

static GByteArray *
small_file(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    put_doubles(tree, root, "V_m", 12);
    torpor_map_put_text(tree, torpor_map_put_map(tree, root, "host"), "name", "demo");
    put_doubles(tree, root, "g_ex", 12);
    return encode_with_index(tree, 100);
}

static TorporFile *
as_file(const void *bytes, gsize length)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    int fd = g_file_open_tmp("torpor-verify-XXXXXX", &path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(write(fd, bytes, length), ==, (gssize)length);
    close(fd);
    TorporFile *file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    g_unlink(path);
    return file;
}

/* As the tool does it: with the index if there is one. */
static gboolean
verify(const TorporFile *file, GArray *damaged, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &reason);
    if (reason == NULL)
        return torpor_file_verify(file, index, 0, damaged, NULL, NULL, error);
    g_propagate_error(error, g_steal_pointer(&reason));
    return FALSE;
}

static void
test_whole(void)
{
    g_autoptr(GByteArray) bytes = small_file();
    g_autoptr(TorporFile) file = as_file(bytes->data, bytes->len);
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(index->n_ranges, >=, 3);
    g_assert_true(verify(file, NULL, &error));
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(torpor_tree_root(tree)->value.map.count, ==, 3);
    g_assert_null(torpor_map_find(torpor_tree_root(tree), TORPOR_INDEX_KEY, 16));
    g_autoptr(TorporTree) again = torpor_decode_memory(bytes->data, bytes->len, "bytes", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(torpor_tree_root(again)->value.map.count, ==, 3);
}

static void
test_every_bit(void)
{
    g_autoptr(GByteArray) bytes = small_file();
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < bytes->len; i++) {
        for (guint bit = 0; bit < 8; bit++) {
            bytes->data[i] ^= (guint8)(1u << bit);
            g_autoptr(TorporFile) file = as_file(bytes->data, bytes->len);
            if (verify(file, NULL, &error))
                g_error("bit %u of byte %u of %u was changed unnoticed", bit, i, bytes->len);
            g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED); /* never a newer version */
            g_assert_nonnull(strstr(error->message, file->path));
            g_clear_error(&error);
            bytes->data[i] ^= (guint8)(1u << bit);
        }
    }
}

static void
test_every_length(void)
{
    g_autoptr(GByteArray) bytes = small_file();
    g_autoptr(GError) error = NULL;
    for (guint length = 0; length < bytes->len; length++) {
        g_autoptr(TorporFile) file = as_file(bytes->data, length);
        if (verify(file, NULL, &error))
            g_error("%u of %u bytes pass as whole", length, bytes->len);
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
        g_clear_error(&error);
    }
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    g_autoptr(TorporFile) longer = as_file(bytes->data, bytes->len);
    g_assert_false(verify(longer, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
}

static void
count_bytes(gpointer data, guint64 done, guint64 total)
{
    guint64 *last = data;
    g_assert_cmpuint(done, >, *last);
    g_assert_cmpuint(done, <=, total);
    *last = done;
}

/* Ranges larger than the buffers, on several threads; all damage is reported, in order. */
static void
test_large(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        put_doubles(tree, torpor_tree_root(tree), names[i], 100000);
    g_autoptr(GByteArray) bytes = encode_with_index(tree, 700000);
    g_autoptr(GError) error = NULL;
    {
        g_autoptr(TorporFile) file = as_file(bytes->data, bytes->len);
        g_autoptr(TorporIndex) index = torpor_file_read_index(file, &error);
        g_assert_no_error(error);
        guint64 done = 0;
        g_assert_true(torpor_file_verify(file, index, 4, NULL, count_bytes, &done, &error));
        g_assert_cmpuint(done, ==, index->place);
    }
    bytes->data[3600000] ^= 1; /* range 5 */
    bytes->data[800000] ^= 1;  /* range 1, in which "b" begins */
    g_autoptr(TorporFile) file = as_file(bytes->data, bytes->len);
    g_autoptr(GArray) damaged = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_assert_false(verify(file, damaged, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, "bytes 700000 to 1399999, with \"b\","));
    g_assert_nonnull(strstr(error->message, "1 more of its 6 ranges"));
    g_assert_cmpuint(damaged->len, ==, 2);
    g_assert_cmpuint(g_array_index(damaged, guint64, 0), ==, 1);
    g_assert_cmpuint(g_array_index(damaged, guint64, 1), ==, 5);
}

/* Without an index: what no file can be, also where the decoder does not look. */
static void
test_structure(void)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_append(bytes,
                        (const guint8 *)"\x81\xa1"
                                        "b\xc9\x00\x00\x20\x0d\x01\x93\x91\xcd",
                        12);
    g_byte_array_append(bytes,
                        (const guint8 *)"\x20\x00\xa4"
                                        "bool\xc5\x20\x00",
                        10);
    guint first = bytes->len;
    g_byte_array_set_size(bytes, first + 0x2000);
    memset(bytes->data + first, 1, 0x2000);
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporFile) fine = as_file(bytes->data, bytes->len);
    g_assert_true(verify(fine, NULL, &error));
    g_assert_no_error(error);
    bytes->data[first + 0x1fff] = 3;
    g_autoptr(TorporFile) damaged = as_file(bytes->data, bytes->len);
    g_assert_false(verify(damaged, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, "element 8191 of a bool array is 3"));
}

/* The value of the root's last key __torpor_index__ must be an index; any other is a value. */
static void
test_index_alone(void)
{
    static const char first[] = "\x82\xb0__torpor_index__\x80\xa1"
                                "b\x01";
    static const char alone[] = "\x81\xb0__torpor_index__\x80";
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_memory(first, sizeof first - 1, "bytes", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(torpor_tree_root(tree)->value.map.count, ==, 2);
    g_assert_null(torpor_decode_memory(alone, sizeof alone - 1, "bytes", &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, "does not end with a trailer"));
}

/* Ranges that are longer than a block, as no writer makes them, are verified, and not referred to.
 */
static void
test_long_ranges(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_tree_new();
    put_doubles(tree, torpor_tree_root(tree), "x", 700000);
    g_autoptr(GByteArray) bytes = encode_with_index(tree, 5 << 20);
    g_autofree char *folder = g_dir_make_tmp("torpor-verify-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "x.msgpack", NULL);
    g_assert_true(g_file_set_contents(path, (char *)bytes->data, (gssize)bytes->len, NULL));
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_true(verify(file, NULL, &error));
    fail_call("thread", 1, EAGAIN, TRUE); /* then this one does it alone */
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &error);
    g_assert_true(torpor_file_verify(file, index, 2, NULL, NULL, NULL, &error));
    g_assert_true(fail_no_more());
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    g_autoptr(TorporEarlier) earlier = torpor_earlier_new(fd, file, &error);
    g_assert_no_error(error);
    guint64 place;
    const TorporBlock *first = torpor_earlier_nth(earlier, 0, &place);
    g_assert_cmpuint(place, ==, 5 << 20);
    g_assert_cmpuint(first->length, <, 1 << 20);
    g_assert_null(torpor_earlier_nth(earlier, 1, &place));
    close(fd);
    g_unlink(path);
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verify/whole", test_whole);
    g_test_add_func("/verify/every-bit/noticed", test_every_bit);
    g_test_add_func("/verify/every-length/noticed", test_every_length);
    g_test_add_func("/verify/large/all-damage-reported", test_large);
    g_test_add_func("/verify/structure/without-index", test_structure);
    g_test_add_func("/verify/index/needs-trailer", test_index_alone);
    g_test_add_func("/verify/ranges/longer-than-a-block", test_long_ranges);
    return g_test_run();
}
