/* The index and the trailer of a file, whatever they say. Of a file that verifies against its index
 * no bit can change unnoticed. */
#include <string.h>

#include "base/error.h"
#include "bytes_file.h"
#include "check.h"
#include "file/verify.h"
#include "limits.h"
#include "seal.h"
#include "target.h"

size_t
LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t max_length, unsigned int seed)
{
    return fuzz_change_file(bytes, length, max_length, seed);
}

/* Is the file intact, as `torpor verify` sees it? TRUE with has_index FALSE: it has no checksums.
 */
static gboolean
is_intact(const TorporFile *file, gboolean *has_index)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &error);
    *has_index = index != NULL;
    if (error != NULL)
        return FALSE;
    for (gsize i = 0; index != NULL && i < index->n_paths; i++) {
        g_assert(g_utf8_validate(index->paths[i], -1, NULL));
        g_assert(index->places[i] < index->place);
    }
    gboolean intact = torpor_file_verify(file, index, 1, NULL, NULL, NULL, &error);
    g_assert(intact == (error == NULL));
    return intact;
}

static void
check_every_bit_counts(const uint8_t *bytes, size_t length)
{
    g_autofree uint8_t *changed = g_memdup2(bytes, length);
    guint32 bit = 0; /* one that depends on the input, so that it is the same at each run */
    for (size_t i = 0; i < length; i++)
        bit = bit * 31 + bytes[i];
    for (guint n = 0; n < 4; n++, bit = bit * 1664525 + 1013904223) {
        size_t place = (bit >> 3) % length;
        changed[place] ^= (uint8_t)(1u << (bit & 7));
        gboolean has_index;
        if (is_intact(fuzz_bytes_file(1, changed, length), &has_index))
            fuzz_fail("bit %u of byte %zu was changed, and nobody noticed%s", bit & 7, place,
                      has_index ? "" : ": the file has no index any more");
        changed[place] = bytes[place];
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    gboolean has_index;
    fuzz_limits_begin(length);
    if (is_intact(fuzz_bytes_file(0, bytes, length), &has_index) && has_index)
        check_every_bit_counts(bytes, length);
    fuzz_limits_end();
    return 0;
}
