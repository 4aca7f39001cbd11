/* base/packed.c, base/unpack.c, base/block_coding.c, base/zero_words.c, file/packing.c: files in
 * blocks. */
#include "base/packed.h"

#include <glib/gstdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/error.h"
#include "file/index.h"
#include "file/save_tree.h"
#include "file/verify.h"
#include "msgpack/decode.h"

#define N_VALUES ((guint64)700000)

typedef struct {
    char *folder;
    char *plain;
    char *packed;
    double *values;
} Fixture;

static void
save(const Fixture *fixture, const char *path, gint level)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    const TorporEncodeOptions options = {.index = TRUE};
    const TorporPackOptions packing = {.level = level};
    torpor_map_put_text(tree, root, "text", "a text");
    TorporNode *node =
        torpor_map_put_array(tree, root, "values", torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64), 1,
                             (guint64[]){N_VALUES}, torpor_unit_lookup("mV", NULL));
    node->value.array->data = fixture->values;
    node = torpor_map_put_array(tree, root, "bytes", torpor_dtype_by_id(TORPOR_DTYPE_UINT8), 1,
                                (guint64[]){100001}, NULL);
    node->value.array->data = (const guint8 *)fixture->values + 3;
    torpor_file_save_packed(path, tree, &options, &packing, TRUE, FALSE, &error);
    g_assert_no_error(error);
}

static void
set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    fixture->folder = g_dir_make_tmp("torpor-packed-XXXXXX", NULL);
    fixture->plain = g_build_filename(fixture->folder, "plain", NULL);
    fixture->packed = g_build_filename(fixture->folder, "packed", NULL);
    fixture->values = g_new(double, N_VALUES);
    guint32 x = 1;
    for (guint64 i = 0; i < N_VALUES; i++) { /* some of it compresses, some of it does not */
        x = x * 1664525u + 1013904223u;
        fixture->values[i] = i < N_VALUES / 2 ? -70 + 1e-3 * (double)(x >> 20) : (double)x / 7;
    }
    save(fixture, fixture->plain, 0);
    save(fixture, fixture->packed, 1);
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    (void)g_remove(fixture->plain);
    (void)g_remove(fixture->packed);
    (void)g_rmdir(fixture->folder);
    g_free(fixture->folder);
    g_free(fixture->plain);
    g_free(fixture->packed);
    g_free(fixture->values);
}

static GByteArray *
bytes_of(const char *path)
{
    char *bytes;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    return g_byte_array_new_take((guint8 *)bytes, length);
}

static void
put_bytes(const char *path, const GByteArray *bytes)
{
    g_assert_true(g_file_set_contents(path, (const char *)bytes->data, (gssize)bytes->len, NULL));
}

/* Every byte is there, in one read, in small ones and in any order. */
static void
test_reads(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) plain = bytes_of(fixture->plain);
    g_autoptr(GByteArray) packed = bytes_of(fixture->packed);
    g_assert_cmpuint(packed->len, <, plain->len * 9 / 10);
    g_autoptr(TorporFile) file = torpor_file_open(fixture->packed, &error);
    g_assert_no_error(error);
    g_assert_nonnull(file->unpacker);
    g_assert_cmpuint(file->length, ==, plain->len);
    g_autofree guint8 *read = g_malloc(plain->len);
    g_assert_true(torpor_file_read(file, 0, read, plain->len, &error));
    g_assert_true(memcmp(read, plain->data, plain->len) == 0);
    for (guint i = 0; i < 500; i++) {
        guint64 place = (guint64)i * 7919 * 1009 % (plain->len - 5000);
        g_assert_true(torpor_file_read(file, place, read, 1 + i * 9, &error));
        g_assert_true(memcmp(read, plain->data + place, 1 + i * 9) == 0);
    }
    g_assert_false(torpor_file_read(file, plain->len - 1, read, 2, &error));
    g_clear_error(&error);
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &error);
    g_assert_no_error(error);
    g_assert_true(torpor_file_verify(file, index, 0, NULL, NULL, NULL, &error));
}

/* FALSE with a word about the damage, or the very bytes that were packed. */
static gboolean
reads_as(const char *path, const GByteArray *plain)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    if (file == NULL) {
        /* A version that is flipped may be a newer one. */
        g_assert_true(error->code == TORPOR_STATUS_DAMAGED || error->code == TORPOR_STATUS_VERSION);
        return FALSE;
    }
    if (file->unpacker == NULL) { /* nobody takes it for anything else */
        g_autoptr(TorporIndex) none = torpor_file_read_index(file, &error);
        g_assert_null(none);
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
        g_clear_error(&error);
        g_assert_null(torpor_decode_file(file, &error));
        return FALSE;
    }
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &error);
    g_autoptr(GArray) damaged = g_array_new(FALSE, FALSE, sizeof(guint64));
    if (index == NULL || !torpor_file_verify(file, index, 2, damaged, NULL, NULL, &error)) {
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
        g_assert_nonnull(strstr(error->message, path));
        return FALSE;
    }
    g_autofree guint8 *read = g_malloc(plain->len);
    g_assert_cmpuint(file->length, ==, plain->len);
    g_assert_true(torpor_file_read(file, 0, read, plain->len, &error));
    return memcmp(read, plain->data, plain->len) == 0;
}

/* All bytes at both ends, and some of those between. */
static void
test_flipped(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GByteArray) plain = bytes_of(fixture->plain);
    g_autoptr(GByteArray) packed = bytes_of(fixture->packed);
    g_assert_true(reads_as(fixture->packed, plain));
    for (guint i = 0, step; i < packed->len; i += step) {
        guint to_end = packed->len - i;
        step = i < 10 || to_end < 300 ? 1 : MIN(packed->len / 50, to_end - 290);
        packed->data[i] ^= 0x10;
        put_bytes(fixture->packed, packed);
        packed->data[i] ^= 0x10;
        g_assert_false(reads_as(fixture->packed, plain));
    }
}

/* One range has another hash, and the block of a later one cannot be unpacked: the first is named.
 */
static void
test_two_reasons(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) packed = bytes_of(fixture->packed);
    packed->data[packed->len / 2] ^= 1;
    put_bytes(fixture->packed, packed);
    g_autoptr(TorporFile) file = torpor_file_open(fixture->packed, &error);
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &error);
    g_assert_no_error(error);
    g_assert_false(torpor_file_verify(file, index, 1, NULL, NULL, NULL, &error));
    g_assert_null(strstr(error->message, "bytes 0 to "));
    g_clear_error(&error);
    index->ranges[0].xxh3 ^= 1;
    g_assert_false(torpor_file_verify(file, index, 1, NULL, NULL, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, "bytes 0 to "));
}

static void
test_cut_off(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GByteArray) plain = bytes_of(fixture->plain);
    g_autoptr(GByteArray) packed = bytes_of(fixture->packed);
    for (guint cut = 1; cut < packed->len - TORPOR_PACKED_HEAD_BYTES; cut = cut * 2 + 7) {
        g_byte_array_set_size(packed, packed->len - cut);
        put_bytes(fixture->packed, packed);
        g_assert_false(reads_as(fixture->packed, plain));
    }
}

/* ---- tables that lie ---- */

typedef void (*Change)(TorporBlockTable *table);

static TorporBlock *
block(TorporBlockTable *table, guint number)
{
    return &g_array_index(table->blocks, TorporBlock, number);
}

static void
too_long(TorporBlockTable *table)
{
    block(table, 1)->length = TORPOR_MAX_BLOCK_BYTES + 1;
}

static void
endless(TorporBlockTable *table)
{
    block(table, 1)->length = G_MAXUINT64;
}

static void
overlapping(TorporBlockTable *table)
{
    block(table, 1)->place -= 1;
}

static void
beyond(TorporBlockTable *table)
{
    block(table, 0)->place = G_MAXUINT64 - 10;
}

static void
unknown_coding(TorporBlockTable *table)
{
    block(table, 1)->coding = 3;
}

static void
unknown_file(TorporBlockTable *table)
{
    block(table, 1)->file = 1;
}

static void
elsewhere(TorporBlockTable *table)
{
    g_ptr_array_add(table->names, g_strdup("../plain"));
    TorporBlock away = *block(table, 0);
    away.file = 1;
    g_array_append_val(table->blocks, away);
}

static void
missing(TorporBlockTable *table)
{
    g_array_set_size(table->blocks, table->blocks->len - 1);
}

/* One that stays as it is in the file. */
static void
other_checksum(TorporBlockTable *table)
{
    guint number = 0;
    while (block(table, number)->coding != TORPOR_CODING_PLAIN)
        number++;
    block(table, number)->xxh3++;
}

/* The packed file with another table, whose own hash is right. */
static char *
put_lie(const Fixture *fixture, Change change)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) packed = bytes_of(fixture->packed);
    g_autoptr(TorporFile) file = torpor_file_open(fixture->packed, &error);
    g_assert_no_error(error);
    const TorporBlockTable *sound = torpor_unpacker_table(file->unpacker);
    g_autoptr(TorporBlockTable) table = torpor_block_table_new();
    g_array_append_vals(table->blocks, sound->blocks->data, sound->blocks->len);
    guint64 place = TORPOR_PACKED_HEAD_BYTES;
    for (guint k = 0; k < sound->blocks->len; k++)
        place += block(table, k)->stored_length;
    change(table);
    if (change == unknown_file)
        g_ptr_array_add(table->names, g_strdup("")); /* so that it can be numbered */
    g_autoptr(GByteArray) end = torpor_block_table_encode(table, place);
    g_autoptr(GByteArray) lie = g_byte_array_new();
    g_byte_array_append(lie, packed->data, (guint)place);
    g_byte_array_append(lie, end->data, end->len);
    char *path = g_build_filename(fixture->folder, "lie", NULL);
    put_bytes(path, lie);
    return path;
}

/* The hash of the table is right, so only what it says can be doubted. */
static void
test_tables(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    static const Change changes[] = {too_long,       endless,      overlapping, beyond,
                                     unknown_coding, unknown_file, elsewhere,   missing};
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = put_lie(fixture, changes[i]);
        g_assert_null(torpor_file_open(path, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
        (void)g_remove(path);
    }
}

/* The bytes are right, but the next checkpoint would refer to them by this checksum. */
static void
test_checksum_in_table(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = put_lie(fixture, other_checksum);
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &error);
    g_assert_no_error(error);
    g_assert_false(torpor_file_verify(file, index, 1, NULL, NULL, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, "is not that of its bytes"));
    (void)g_remove(path);
}

/* A block that unpacks to more, or less, than the table says. */
static void
test_bomb(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    (void)fixture;
    g_autoptr(TorporCompressor) compressor = torpor_compressor_new(1);
    g_autofree guint8 *zeros = g_malloc0(TORPOR_MAX_BLOCK_BYTES);
    g_autofree guint8 *stored = g_malloc(TORPOR_MAX_BLOCK_BYTES);
    g_autofree guint8 *room = g_malloc(2000);
    TorporCoding coding;
    gsize n = torpor_compressor_run(compressor, zeros, TORPOR_MAX_BLOCK_BYTES, 8, stored, &coding);
    g_assert_cmpuint(n, >, 0);
    g_assert_cmpuint(n, <, 2000);
    memset(room, 0x55, 2000);
    g_assert_false(torpor_coding_decode(coding, stored, n, room, 1000));
    g_assert_cmpuint(room[1000], ==, 0x55);
    g_autofree guint8 *more = g_malloc(TORPOR_MAX_BLOCK_BYTES + 1);
    g_assert_false(torpor_coding_decode(coding, stored, n, more, TORPOR_MAX_BLOCK_BYTES + 1));
    g_assert_true(torpor_coding_decode(coding, stored, n, more, TORPOR_MAX_BLOCK_BYTES));
    g_assert_true(memcmp(more, zeros, TORPOR_MAX_BLOCK_BYTES) == 0);
    g_assert_false(torpor_coding_decode(coding, stored, n - 1, more, TORPOR_MAX_BLOCK_BYTES));
}

/* Elements of every size, and a rest that is none. */
static void
test_shuffle(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    static const gsize sizes[] = {0, 1, 2, 3, 4, 8, 16, 17, 300};
    const gsize length = 200003;
    g_autofree guint8 *stored = g_malloc(length);
    g_autofree guint8 *out = g_malloc(length);
    gboolean was_shuffled = FALSE;
    guint32 x = 1;
    for (guint i = 0; i < 30000; i++) { /* the same exponent in all */
        x = x * 1664525u + 1013904223u;
        fixture->values[i] = 1 + (double)(x >> 8) * 0x1p-24;
    }
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(TorporCompressor) compressor = torpor_compressor_new(3);
        TorporCoding coding;
        gsize n =
            torpor_compressor_run(compressor, fixture->values, length, sizes[i], stored, &coding);
        g_assert_cmpuint(n, >, 0);
        g_assert_true(torpor_coding_is_known(coding));
        was_shuffled = was_shuffled || coding > 1;
        g_assert_true(torpor_coding_decode(coding, stored, n, out, length));
        g_assert_true(memcmp(out, fixture->values, length) == 0);
    }
    g_assert_true(was_shuffled);
}

/* Words that are zero are left out; the rest of the block, which is no word, stays. */
static void
test_zero_words(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    for (gsize length = 4096; length < 200000; length = length * 3 + 1) {
        g_autofree guint8 *stored = g_malloc(length);
        g_autofree guint8 *out = g_malloc(length);
        g_autofree guint8 *bytes = g_malloc(length);
        memcpy(bytes, fixture->values, length);
        TorporCoding coding;
        g_assert_cmpuint(torpor_coding_leave_out_zeros(bytes, length, stored, &coding), ==, 0);
        g_assert_true(coding == TORPOR_CODING_PLAIN);
        gsize n_zero = 0;
        for (gsize i = 0; i < length / 8; i++)
            if (i % 7 < 3 && ++n_zero > 0)
                memset(bytes + i * 8, 0, 8);
        gsize n = torpor_coding_leave_out_zeros(bytes, length, stored, &coding);
        g_assert_cmpuint(n, ==, (length / 8 + 7) / 8 + length - n_zero * 8);
        g_assert_true(torpor_coding_is_known(coding));
        g_assert_false(torpor_coding_is_known(coding | 8 << 8));
        g_assert_true(torpor_coding_decode(coding, stored, n, out, length));
        g_assert_true(memcmp(out, bytes, length) == 0);
        g_assert_false(torpor_coding_decode(coding, stored, n - 1, out, length));
        g_assert_false(torpor_coding_decode(coding, stored, n - 8, out, length));
        g_assert_false(torpor_coding_decode(coding, stored, 3, out, length));
        stored[0] ^= 1;
        g_assert_false(torpor_coding_decode(coding, stored, n, out, length));
    }
}

/* As many zeros as there can be, and bits of words that are none. */
static void
test_only_zeros(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    (void)fixture;
    const gsize length = 8 * 1021 + 5;
    g_autofree guint8 *zeros = g_malloc0(length);
    g_autofree guint8 *stored = g_malloc(length);
    g_autofree guint8 *out = g_malloc(length);
    TorporCoding coding;
    gsize n = torpor_coding_leave_out_zeros(zeros, length, stored, &coding);
    g_assert_cmpuint(n, ==, 128 + 5);
    memset(out, 0x55, length);
    g_assert_true(torpor_coding_decode(coding, stored, n, out, length));
    g_assert_true(memcmp(out, zeros, length) == 0);
    stored[127] = 1 << 5;
    g_assert_false(torpor_coding_decode(coding, stored, n + 8, out, length));
}

/* Rows of which one half is zero, whatever their length and number. */
static void
test_zero_half_rows(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    static const gsize rows[] = {30, 31, 32, 64};
    g_autofree guint8 *stored = g_malloc(512 * 64 * 8);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize length = 512 * rows[i] * 8;
        g_autofree double *values = g_malloc(length);
        for (gsize k = 0; k < 512 * rows[i]; k++)
            values[k] = k % rows[i] < rows[i] / 2 ? fixture->values[k] : 0;
        TorporCoding coding;
        gsize n = torpor_coding_leave_out_zeros(values, length, stored, &coding);
        g_assert_cmpuint(n, >, 0);
        g_assert_cmpuint(n, <, length * 6 / 10);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)
    ADD("/packed/read/same-bytes", test_reads);
    ADD("/packed/flipped/noticed", test_flipped);
    ADD("/packed/two-reasons/first-named", test_two_reasons);
    ADD("/packed/cut-off/noticed", test_cut_off);
    ADD("/packed/table/checked-before-trusted", test_tables);
    ADD("/packed/table/checksum", test_checksum_in_table);
    ADD("/packed/block/unpacks-to-its-length-only", test_bomb);
    ADD("/packed/block/shuffled-and-back", test_shuffle);
    ADD("/packed/block/zero-words-left-out", test_zero_words);
    ADD("/packed/block/only-zeros", test_only_zeros);
    ADD("/packed/block/zero-half-rows", test_zero_half_rows);
    return g_test_run();
}
