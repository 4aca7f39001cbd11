/* The comparison of two files: the first four bytes are the length of the first. */
#include <string.h>

#include "base/error.h"
#include "bytes_file.h"
#include "check.h"
#include "compare/compare.h"
#include "limits.h"
#include "msgpack/decode.h"
#include "seal.h"
#include "target.h"

#define HEAD sizeof(guint32)

static guint32
length_of_a(const uint8_t *bytes, size_t length)
{
    guint32 a;
    if (length < HEAD)
        return 0;
    memcpy(&a, bytes, HEAD);
    a = GUINT32_FROM_LE(a);
    return MIN(a, (guint32)(length - HEAD));
}

/* Change one of the two files, or make the second one a changed copy of the first. */
size_t
LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t max_length, unsigned int seed)
{
    if (length <= HEAD || max_length < HEAD + 64)
        return LLVMFuzzerMutate(bytes, length, max_length);
    guint32 a = length_of_a(bytes, length);
    gsize room = (max_length - HEAD) / 2;
    gsize lengths[2] = {MIN(a, room), MIN(length - HEAD - a, room)};
    g_autofree uint8_t *copy = g_malloc(2 * room);
    uint8_t *files[2] = {copy, copy + room};
    memcpy(files[0], bytes + HEAD, lengths[0]);
    memcpy(files[1], bytes + HEAD + a, lengths[1]);
    guint which = seed % 2;
    if (seed % 8 == 1) {
        memcpy(files[1], files[0], lengths[0]);
        lengths[1] = lengths[0];
    }
    lengths[which] = fuzz_change_file(files[which], lengths[which], room, seed / 8);
    guint32 head = GUINT32_TO_LE((guint32)lengths[0]);
    memcpy(bytes, &head, HEAD);
    memcpy(bytes + HEAD, files[0], lengths[0]);
    memcpy(bytes + HEAD + lengths[0], files[1], lengths[1]);
    return HEAD + lengths[0] + lengths[1];
}

static gboolean
take(const TorporDifference *difference, G_GNUC_UNUSED gpointer data)
{
    g_autofree char *text = torpor_difference_to_text(difference, TRUE);
    g_assert(text[0] != '\0');
    for (guint i = 0; i < difference->n_rows; i++) {
        g_autofree char *row = torpor_difference_row_text(difference, i);
        g_assert(row[0] != '\0');
    }
    return TRUE;
}

static gint64
differences(const TorporFile *a_file, TorporTree *a, const TorporFile *b_file, TorporTree *b,
            const TorporSame *same)
{
    const TorporCompareOptions options = {.with_provenance = TRUE, .max_rows = 3, .same = same};
    g_autoptr(GError) error = NULL;
    gint64 n = torpor_compare(a_file, a, b_file, b, &options, take, NULL, &error);
    if (n < 0)
        fuzz_fail("two trees cannot be compared: %s", error->message);
    return n;
}

/* If both files are intact, the pass that finds equal bytes changes nothing. */
static void
compare_as_files(const TorporFile *files[2], TorporTree *trees[2], gint64 expected)
{
    g_autoptr(TorporIndex) a = torpor_file_read_index(files[0], NULL);
    g_autoptr(TorporIndex) b = torpor_file_read_index(files[1], NULL);
    if (a == NULL || b == NULL)
        return;
    g_autoptr(TorporSame) same = torpor_same_new(files[0], a, files[1], b, NULL, NULL, NULL);
    if (same == NULL)
        return;
    gint64 found = differences(files[0], trees[0], files[1], trees[1], same);
    if (found != expected)
        fuzz_fail("%" G_GINT64_FORMAT " differences, but %" G_GINT64_FORMAT
                  " when equal bytes are passed over",
                  expected, found);
}

static void
compare(const uint8_t *bytes, size_t length)
{
    guint32 a_length = length_of_a(bytes, length);
    const TorporFile *files[2] = {
        fuzz_bytes_file(0, bytes + MIN(length, HEAD), a_length),
        fuzz_bytes_file(1, bytes + MIN(length, HEAD) + a_length,
                        length - MIN(length, HEAD) - a_length),
    };
    g_autoptr(TorporTree) a = torpor_decode_file(files[0], NULL);
    g_autoptr(TorporTree) b = torpor_decode_file(files[1], NULL);
    if (a == NULL || b == NULL)
        return;
    g_assert(differences(files[0], a, files[0], a, NULL) == 0);
    gint64 n = differences(files[0], a, files[1], b, NULL);
    g_assert((n == 0) == (differences(files[1], b, files[0], a, NULL) == 0));
    compare_as_files(files, (TorporTree *[]){a, b}, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    fuzz_limits_begin(length);
    compare(bytes, length);
    fuzz_limits_end();
    return 0;
}
