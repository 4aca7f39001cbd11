#include "compare/groups.h"

#include <string.h>

#include "msgpack/stored.h"

/* Counts that are read at a time. */
#define BLOCK_COUNTS 1024u

/* Return TRUE to stop. */
typedef gboolean (*GroupFunc)(gpointer data, guint64 group, guint64 count);

/* Call func for each group in turn. FALSE if it never stopped, or counts cannot be read. */
static gboolean
find(const TorporFile *file, const TorporArray *counts, GroupFunc func, gpointer data)
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
            if (func(data, first + i, count))
                return TRUE;
        }
    }
    return FALSE;
}

typedef struct {
    guint64 row; /* what is left of it */
    guint64 group;
} Row;

static gboolean
has_row(gpointer data, guint64 group, guint64 count)
{
    Row *row = data;
    row->group = group;
    if (row->row < count)
        return TRUE;
    row->row -= count;
    return FALSE;
}

gboolean
torpor_groups_find(const TorporFile *file, const TorporArray *counts, guint64 row, guint64 *group)
{
    Row wanted = {.row = row};
    gboolean found = find(file, counts, has_row, &wanted);
    if (found)
        *group = wanted.group;
    return found;
}

typedef struct {
    guint64 group;
    guint64 first;
    guint64 count;
} Span;

static gboolean
is_group(gpointer data, guint64 group, guint64 count)
{
    Span *span = data;
    span->count = count;
    if (group == span->group)
        return TRUE;
    span->first += count;
    return FALSE;
}

gboolean
torpor_groups_span(const TorporFile *file, const TorporArray *counts, guint64 group, guint64 *first,
                   guint64 *count)
{
    gboolean is_one_for_all = counts->shape[0] == 1;
    Span span = {.group = is_one_for_all ? 0 : group};
    if (!find(file, counts, is_group, &span))
        return FALSE;
    *first = is_one_for_all ? group * span.count : span.first;
    *count = span.count;
    return TRUE;
}
