#include "file/index.h"

#include <glib/gstdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/error.h"
#include "failing.h"
#include "msgpack/decode.h"

/* 100 bytes of a file in three ranges, with two leaves. */
static const TorporRange ranges[] = {{0, 10, 111}, {10, 60, 222}, {70, 30, G_MAXUINT64}};

static GByteArray *
encode(const TorporRange *some, gsize n, const char *paths, gsize paths_length,
       const guint64 *places, guint n_places)
{
    TorporPlaces collected = {g_string_new_len(paths, (gssize)paths_length),
                              g_array_new(FALSE, FALSE, sizeof(guint64))};
    if (n_places > 0)
        g_array_append_vals(collected.places, places, n_places);
    g_autoptr(GError) error = NULL;
    GBytes *bytes = torpor_index_encode(some, n, &collected, 100, &error);
    g_assert_no_error(error);
    g_string_free(collected.paths, TRUE);
    g_array_unref(collected.places);
    return g_bytes_unref_to_array(bytes);
}

static GByteArray *
encode_usual(void)
{
    return encode(ranges, 3, "cells/V_m\0clock", 16, (guint64[]){5, 40}, 2);
}

/* Trailer and index, from the bytes that follow byte 100. */
static TorporIndex *
parse(const GByteArray *bytes, TorporTrailer *trailer, GError **error)
{
    gsize tail_length = MIN(bytes->len, TORPOR_TAIL_BYTES);
    if (!torpor_trailer_parse(bytes->data + bytes->len - tail_length, tail_length, 100 + bytes->len,
                              "x.msgpack", trailer, error) ||
        trailer->length == 0)
        return NULL;
    g_assert_cmpuint(trailer->place, ==, 100);
    g_assert_cmpuint(trailer->length, ==, bytes->len - 48);
    return torpor_index_parse(bytes->data, trailer, 100 + bytes->len, "x.msgpack", error);
}

static void
test_round_trip(void)
{
    g_autoptr(GByteArray) bytes = encode_usual();
    g_assert_cmpmem(bytes->data + bytes->len - 48, 8, "TORPOR\r\n", 8);
    TorporTrailer trailer;
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporIndex) index = parse(bytes, &trailer, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(index->place, ==, 100);
    g_assert_cmpuint(index->file_length, ==, 100 + bytes->len);
    g_assert_cmpmem(index->ranges, index->n_ranges * sizeof *ranges, ranges, sizeof ranges);
    g_assert_cmpuint(index->n_paths, ==, 2);
    g_assert_cmpstr(index->paths[0], ==, "cells/V_m");
    g_assert_cmpstr(index->paths[1], ==, "clock");
    g_assert_cmpuint(index->places[0], ==, 5);
    g_assert_cmpuint(index->places[1], ==, 40);
}

static void
test_sizes(void)
{
    for (guint n = 0; n < 3000; n = n * 3 + 1) {
        g_autofree TorporRange *many = g_new0(TorporRange, n + 1);
        g_autofree guint64 *places = g_new0(guint64, n + 1);
        g_autoptr(GString) paths = g_string_new(NULL);
        for (guint i = 0; i < n; i++) {
            many[i] = (TorporRange){i * 1000, 1000, i};
            places[i] = i * 3;
            g_string_append_printf(paths, "n%u", i);
            g_string_append_c(paths, '\0');
        }
        TorporPlaces collected = {paths, g_array_new(FALSE, FALSE, sizeof(guint64))};
        if (n > 0)
            g_array_append_vals(collected.places, places, n);
        guint64 place = (guint64)n * 1000;
        g_autoptr(GBytes) bytes = torpor_index_encode(many, n, &collected, place, NULL);
        g_array_unref(collected.places);
        gsize length;
        const guint8 *data = g_bytes_get_data(bytes, &length);
        TorporTrailer trailer;
        g_autoptr(GError) error = NULL;
        g_assert_true(torpor_trailer_parse(data + length - TORPOR_TAIL_BYTES, TORPOR_TAIL_BYTES,
                                           place + length, "x", &trailer, &error));
        g_autoptr(TorporIndex) index =
            torpor_index_parse(data, &trailer, place + length, "x", &error);
        g_assert_no_error(error);
        g_assert_cmpuint(index->n_ranges, ==, n);
        g_assert_cmpuint(index->n_paths, ==, n);
        g_assert_cmpmem(index->places, n * sizeof *places, places, n * sizeof *places);
    }
}

static void
test_every_bit_is_noticed(void)
{
    g_autoptr(GByteArray) bytes = encode_usual();
    for (gsize bit = 0; bit < bytes->len * (gsize)8; bit++) {
        bytes->data[bit / 8] ^= (guint8)(1 << bit % 8);
        gsize tail = bytes->len - TORPOR_TAIL_BYTES;
        TorporTrailer trailer;
        g_autoptr(GError) error = NULL;
        g_autoptr(TorporIndex) index = NULL;
        if (torpor_trailer_parse(bytes->data + tail, TORPOR_TAIL_BYTES, 100 + bytes->len, "x",
                                 &trailer, &error)) {
            g_assert_cmpuint(trailer.length, >, 0);
            index = torpor_index_parse(bytes->data, &trailer, 100 + bytes->len, "x", &error);
        }
        g_assert_null(index);
        g_assert_nonnull(error);
        bytes->data[bit / 8] ^= (guint8)(1 << bit % 8);
    }
}

static void
test_no_index(void)
{
    guint8 zeros[TORPOR_TAIL_BYTES] = {0};
    TorporTrailer trailer = {1, 1, 1};
    for (gsize length = 0; length <= sizeof zeros; length += 29) {
        g_assert_true(torpor_trailer_parse(zeros, length, 1000, "x", &trailer, NULL));
        g_assert_cmpuint(trailer.length, ==, 0);
    }
}

static void
test_other_lengths_and_versions(void)
{
    g_autoptr(GByteArray) bytes = encode_usual();
    const guint8 *tail = bytes->data + bytes->len - TORPOR_TAIL_BYTES;
    TorporTrailer trailer;
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_trailer_parse(tail, TORPOR_TAIL_BYTES, 101 + bytes->len, "x.msgpack",
                                        &trailer, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_clear_error(&error);
    bytes->data[bytes->len - 40] = 2;
    g_assert_false(torpor_trailer_parse(tail, TORPOR_TAIL_BYTES, 100 + bytes->len, "x.msgpack",
                                        &trailer, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION);
    g_assert_cmpstr(error->message, ==,
                    "x.msgpack has format version 2, this Torpor reads version 1; use a newer "
                    "Torpor");
}

static void
assert_damaged(GByteArray *bytes, const char *what)
{
    TorporTrailer trailer;
    g_autoptr(GError) error = NULL;
    g_assert_null(parse(bytes, &trailer, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, what));
    g_byte_array_unref(bytes);
}

/* Right checksums, wrong content. */
static void
test_forged(void)
{
    static const TorporRange gap[] = {{0, 10, 1}, {11, 89, 2}};
    static const TorporRange overlap[] = {{0, 10, 1}, {9, 91, 2}};
    static const TorporRange beyond[] = {{0, 10, 1}, {10, G_MAXUINT64 - 4, 2}, {5, 95, 3}};
    static const TorporRange empty[] = {{0, 0, 1}, {0, 100, 2}};
    assert_damaged(encode(gap, 2, NULL, 0, NULL, 0), "cover");
    assert_damaged(encode(overlap, 2, NULL, 0, NULL, 0), "cover");
    assert_damaged(encode(beyond, 3, NULL, 0, NULL, 0), "cover");
    assert_damaged(encode(empty, 2, NULL, 0, NULL, 0), "cover");
    assert_damaged(encode(ranges, 2, NULL, 0, NULL, 0), "cover");
    assert_damaged(encode(ranges, 0, NULL, 0, NULL, 0), "cover");
    assert_damaged(encode(ranges, 3, "a\0b", 4, (guint64[]){1}, 1), "do not fit");
    assert_damaged(encode(ranges, 3, "a\0", 2, (guint64[]){1, 2}, 2), "do not fit");
    assert_damaged(encode(ranges, 3, "a", 1, (guint64[]){1}, 1), "do not fit");
    assert_damaged(encode(ranges, 3, "a\0b", 4, (guint64[]){2, 2}, 2), "do not fit");
    assert_damaged(encode(ranges, 3, "a\0b", 4, (guint64[]){2, 100}, 2), "do not fit");
    assert_damaged(encode(ranges, 3, "\xff", 2, (guint64[]){2}, 1), "do not fit");
}

/* Each byte of the index in turn anything else, with the checksum put right. */
static void
test_forged_bytes(void)
{
    g_autoptr(GByteArray) usual = encode_usual();
    for (gsize i = 0; i < usual->len - 48; i++) {
        for (guint value = 0; value < 256; value++) {
            /* Memory of just the right size, for the sanitizer. */
            g_autofree guint8 *copy = g_memdup2(usual->data, usual->len - 48);
            copy[i] = (guint8)value;
            TorporTrailer trailer = {100, usual->len - 48, XXH3_64bits(copy, usual->len - 48)};
            g_autoptr(GError) error = NULL;
            g_autoptr(TorporIndex) index =
                torpor_index_parse(copy, &trailer, 100 + usual->len, "x", &error);
            g_assert_true((index == NULL) == (error != NULL));
        }
    }
}

/* Cut anywhere, with the checksum put right. */
static void
test_forged_lengths(void)
{
    g_autoptr(GByteArray) usual = encode_usual();
    for (gsize length = 0; length < usual->len - 48; length++) {
        g_autofree guint8 *copy = g_memdup2(usual->data, length);
        TorporTrailer trailer = {100, length,
                                 XXH3_64bits(copy == NULL ? usual->data : copy, length)};
        g_autoptr(GError) error = NULL;
        g_assert_null(torpor_index_parse(copy, &trailer, 100 + usual->len, "x", &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    }
    g_autofree guint8 *longer = g_malloc0(usual->len);
    memcpy(longer, usual->data, usual->len - 48);
    TorporTrailer trailer = {100, usual->len - 47, XXH3_64bits(longer, usual->len - 47)};
    g_autoptr(GError) error = NULL;
    g_assert_null(torpor_index_parse(longer, &trailer, 100 + usual->len, "x", &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
}

/* Short enough that what its array announces is there, and cut in its shape. */
static void
test_cut_shapes(void)
{
    static const char *const cut[] = {"\x84\xa6ranges\xc7\x02\x01\x93\x92",
                                      "\x84\xa6ranges\xc7\x03\x01\x93\x92\xcf"};
    for (gsize i = 0; i < G_N_ELEMENTS(cut); i++) {
        gsize length = strlen(cut[i]);
        const TorporTrailer trailer = {100, length, XXH3_64bits(cut[i], length)};
        g_autoptr(GError) error = NULL;
        g_assert_null(
            torpor_index_parse((const guint8 *)cut[i], &trailer, 148 + length, "x", &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    }
}

/* Shorter than the head of its own trailer. */
static void
test_short_index(void)
{
    guint8 tail[TORPOR_TAIL_BYTES];
    TorporTrailer trailer = {100, 3, 0};
    g_autoptr(GError) error = NULL;
    memcpy(tail, TORPOR_TRAILER_HEAD, TORPOR_TAIL_BYTES - 48);
    torpor_trailer_encode(&trailer, tail + TORPOR_TAIL_BYTES - 48);
    g_assert_false(
        torpor_trailer_parse(tail, TORPOR_TAIL_BYTES, 100 + 3 + 48, "x", &trailer, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
}

/* Paths of more bytes than a value of the file may have; nobody reads that far. */
static void
test_too_long(void)
{
    GString paths = {.str = (char *)"x", .len = (gsize)5 << 30, .allocated_len = (gsize)5 << 30};
    TorporPlaces collected = {&paths, g_array_new(FALSE, FALSE, sizeof(guint64))};
    g_autoptr(GError) error = NULL;
    g_assert_null(torpor_index_encode(ranges, 3, &collected, 100, &error));
    g_assert_true(g_str_has_prefix(error->message, TORPOR_INDEX_KEY " "));
    g_array_unref(collected.places);
}

/* ---- in a file ---- */

/* A file with this index under a key of 16 bytes, and 83 bytes before. value: what begins before
 * the index; it belongs to the key. */
static GByteArray *
file_of(const GByteArray *index, const char *key, const char *value, gboolean checksum_is_wrong)
{
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)"\x82\xa1x\xc4\x4e", 5);
    for (guint i = 0; i < 0x4e; i++)
        g_byte_array_append(bytes, (const guint8 *)"", 1);
    g_byte_array_append(bytes, (const guint8 *)"\xb0", 1);
    g_byte_array_append(bytes, (const guint8 *)key, 16);
    g_byte_array_append(bytes, (const guint8 *)value, (guint)strlen(value));
    TorporTrailer trailer = {bytes->len, index->len - 48,
                             XXH3_64bits(index->data, index->len - 48) + checksum_is_wrong};
    g_byte_array_append(bytes, index->data, index->len);
    torpor_trailer_encode(&trailer, bytes->data + bytes->len - 48);
    return bytes;
}

/* Each call fails once. TRUE: it has an index, or one that is damaged. */
static gboolean
read_each(const GByteArray *index, const char *key, const char *value, gboolean checksum_is_wrong)
{
    static const char *const kinds[] = {"none", "pread", "try"};
    g_autoptr(GByteArray) bytes = file_of(index, key, value, checksum_is_wrong);
    gboolean has_index = FALSE;
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    int fd = g_file_open_tmp("torpor-index-XXXXXX", &path, &error);
    g_assert_cmpint(write(fd, bytes->data, bytes->len), ==, (gssize)bytes->len);
    close(fd);
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    g_unlink(path);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (gint n = 1, is_met = TRUE; is_met; n++) {
            g_clear_error(&error);
            fail_call(kinds[i], n, EIO, FALSE);
            g_autoptr(TorporIndex) found = torpor_file_read_index(file, &error);
            is_met = fail_no_more();
            g_assert_true(found == NULL || error == NULL);
            if (!is_met)
                has_index =
                    found != NULL || (error != NULL && error->code == TORPOR_STATUS_DAMAGED);
        }
    return has_index;
}

/* An index under another key is damaged, also if it is a part of another value; what looks like one
 * is a value. */
static void
test_in_file(void)
{
    static const char *const values[] = {"", "\x91", "\x91\x91"};
    g_autoptr(GByteArray) usual = encode_usual();
    g_assert_true(read_each(usual, TORPOR_INDEX_KEY, "", FALSE));
    g_assert_true(read_each(usual, TORPOR_INDEX_KEY, "", TRUE));
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        g_assert_true(read_each(usual, "__torpor_index_X", values[i], FALSE));
        g_assert_false(read_each(usual, "__torpor_index_X", values[i], TRUE));
    }
}

/* The tree of such a file: without the index, or refused with these words. */
static void
decode(const char *key, const char *value, gboolean checksum_is_wrong, const char *words)
{
    g_autoptr(GByteArray) usual = encode_usual();
    g_autoptr(GByteArray) bytes = file_of(usual, key, value, checksum_is_wrong);
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_memory(bytes->data, bytes->len, "x", &error);
    g_assert_cmpint(tree != NULL, ==, words == NULL);
    if (words != NULL)
        g_assert_nonnull(strstr(error->message, words));
}

static void
test_decoded(void)
{
    static const char no_key[] = "the last key of its root is not " TORPOR_INDEX_KEY;
    decode(TORPOR_INDEX_KEY, "", FALSE, NULL);
    decode(TORPOR_INDEX_KEY, "\x91", FALSE, "is not where the trailer says");
    decode("__torpor_index_X", "", FALSE, no_key);
    decode("__torpor_index_X", "\x91", FALSE, no_key);
    decode("__torpor_index_X", "", TRUE, NULL);
    decode("__torpor_index_X", "\x91", TRUE, NULL);
}

/* A changed key is noticed whatever the version; 3 is that of packed files, whose first byte may
 * become that of a bin. */
static void
test_other_key_and_version(void)
{
    for (guint64 version = 0; version < 9; version++) {
        g_autoptr(GByteArray) usual = encode_usual();
        g_autoptr(GByteArray) bytes = file_of(usual, "__torpor_index_X", "", FALSE);
        guint64 bits = GUINT64_TO_LE(version);
        memcpy(bytes->data + bytes->len - 40, &bits, sizeof bits);
        g_autoptr(GError) error = NULL;
        g_assert_null(torpor_decode_memory(bytes->data, bytes->len, "x", &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/index/round-trip", test_round_trip);
    g_test_add_func("/index/sizes", test_sizes);
    g_test_add_func("/index/damaged/every-bit-is-noticed", test_every_bit_is_noticed);
    g_test_add_func("/index/none", test_no_index);
    g_test_add_func("/index/trailer/length-and-version", test_other_lengths_and_versions);
    g_test_add_func("/index/forged/wrong-content", test_forged);
    g_test_add_func("/index/forged/any-byte", test_forged_bytes);
    g_test_add_func("/index/forged/any-length", test_forged_lengths);
    g_test_add_func("/index/forged/cut-shapes", test_cut_shapes);
    g_test_add_func("/index/forged/shorter-than-trailer", test_short_index);
    g_test_add_func("/index/too-long", test_too_long);
    g_test_add_func("/index/in-file", test_in_file);
    g_test_add_func("/index/decoded", test_decoded);
    g_test_add_func("/index/other-key-and-version", test_other_key_and_version);
    return g_test_run();
}
