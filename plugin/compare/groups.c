#include "compare/groups.h"

#include <string.h>

#include "msgpack/stored.h"

/* Counts that are read at a time. */
#define BLOCK_COUNTS 1024u

gboolean
torpor_groups_find(const TorporFile *file, const TorporArray *counts, guint64 row, guint64 *group)
{
    guint8 block[BLOCK_COUNTS * sizeof(guint64)];
    guint32 size = counts->dtype->size;
    guint64 n = counts->shape[0];
    for (guint64 first = 0; first < n; first += BLOCK_COUNTS) {
        gsize n_read = (gsize)MIN(n - first, BLOCK_COUNTS);
        if (!torpor_array_read(file, counts, first * size, n_read * size, block, NULL))
            return FALSE;
        for (gsize i = 0; i < n_read; i++) {
            guint64 count = 0; /* the machine is little-endian, as the file is */
            memcpy(&count, block + i * size, size);
            if (row < count) {
                *group = first + i;
                return TRUE;
            }
            row -= count;
        }
    }
    return FALSE;
}
