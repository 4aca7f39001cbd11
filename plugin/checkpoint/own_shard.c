/* To read all keys again takes longer than all else of a restore but the values themselves. A hash
 * of each range of the file is in its index, and the file is known to be as these say: so ranges of
 * nothing but keys are compared by the hash of what the host has. */
#include "checkpoint/own_shard.h"

#include <string.h>

#include "base/xxh3.h"
#include "checkpoint/section.h"
#include "file/index.h"
#include "host/section_names.h"
#include "msgpack/stored.h"

/* They stay in a cache. */
#define BLOCK_BYTES ((gsize)64 << 10)

typedef struct {
    const TorporFile *file;
    const TorporArray *saved;
    const TorporLiveField *live;
    const char *packed; /* the live keys, if they are one after the other in memory */
    guint8 *blocks;     /* room for two */
} Comparison;

/* Some bytes of the column; whole keys, if the live ones must be gathered. */
static gboolean
compare_bytes(const Comparison *comparison, guint64 at, guint64 length, gboolean *same,
              GError **error)
{
    const TorporLiveField *live = comparison->live;
    guint64 most =
        comparison->packed == NULL ? BLOCK_BYTES - BLOCK_BYTES % live->row_bytes : BLOCK_BYTES;
    for (guint64 done = 0, piece; done < length && *same; done += piece) {
        guint64 from = at + done;
        const void *now = comparison->packed == NULL
                              ? (const char *)comparison->blocks + BLOCK_BYTES
                              : comparison->packed + from;
        piece = MIN(length - done, most);
        if (!torpor_array_read(comparison->file, comparison->saved, from, piece, comparison->blocks,
                               error))
            return FALSE;
        if (comparison->packed == NULL &&
            !torpor_live_field_gather(live, from / live->row_bytes, piece / live->row_bytes,
                                      comparison->blocks + BLOCK_BYTES, error))
            return FALSE;
        *same = memcmp(comparison->blocks, now, piece) == 0;
    }
    return TRUE;
}

/* The last range that begins at or before this place. */
static gsize
find_range(const TorporIndex *index, guint64 place)
{
    gsize low = 0, high = index->n_ranges;
    while (high - low > 1) {
        gsize middle = low + (high - low) / 2;
        if (index->ranges[middle].place <= place)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The bytes of the column from `at` on, which the file has in one stretch. */
static gboolean
compare_extent(const Comparison *comparison, const TorporIndex *index, const TorporExtent *extent,
               guint64 at, gboolean *same, GError **error)
{
    guint64 end = extent->place + extent->length;
    for (gsize i = find_range(index, extent->place);
         i < index->n_ranges && index->ranges[i].place < end && *same; i++) {
        const TorporRange *range = &index->ranges[i];
        guint64 begin = MAX(range->place, extent->place);
        guint64 length = MIN(range->place + range->length, end) - begin;
        guint64 from = at + (begin - extent->place);
        if (length == range->length)
            *same = torpor_xxh3(comparison->packed + from, length) == range->xxh3;
        else if (!compare_bytes(comparison, from, length, same, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
compare_by_hash(const Comparison *comparison, gboolean *same, GError **error)
{
    GError *failure = NULL;
    g_autoptr(TorporIndex) index = torpor_file_read_index(comparison->file, &failure);
    if (failure != NULL)
        g_propagate_error(error, failure);
    if (index == NULL)
        return failure == NULL &&
               compare_bytes(comparison, 0, comparison->saved->byte_length, same, error);
    guint64 at = 0;
    for (guint32 i = 0; i < comparison->saved->n_extents && *same; i++) {
        const TorporExtent *extent = &comparison->saved->extents[i];
        if (!compare_extent(comparison, index, extent, at, same, error))
            return FALSE;
        at += extent->length;
    }
    return TRUE;
}

static gboolean
compare_keys(const TorporFile *file, const TorporArray *saved, const TorporLiveField *live,
             gboolean *same, GError **error)
{
    g_autofree guint8 *blocks = g_malloc(2 * BLOCK_BYTES);
    const Comparison comparison = {file, saved, live, torpor_live_field_packed(live), blocks};
    gboolean is_in_file = saved->data == NULL && saved->produce == NULL;
    return comparison.packed != NULL && is_in_file
               ? compare_by_hash(&comparison, same, error)
               : compare_bytes(&comparison, 0, saved->byte_length, same, error);
}

/* One row, which all objects have. Each of both rows has its own memory: accessors get columns that
 * are aligned. */
static gboolean
compare_row(const TorporFile *file, const TorporArray *saved, const TorporLiveField *live,
            gboolean *same, GError **error)
{
    g_autofree guint8 *row = g_try_malloc(saved->byte_length + 1);
    g_autofree guint8 *now = g_try_malloc(saved->byte_length + 1);
    if (row == NULL || now == NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory for keys");
        return FALSE;
    }
    if (!torpor_array_read(file, saved, 0, saved->byte_length, row, error) ||
        !torpor_live_field_gather(live, 0, 1, now, error))
        return FALSE;
    *same = memcmp(row, now, saved->byte_length) == 0;
    return TRUE;
}

/* *same: so far, the column can be that of these live keys. */
static const TorporArray *
find_keys(const TorporNode *entry, const TorporNode *node, const TorporPopulation *live,
          gboolean *same)
{
    const TorporLiveField *field = live->key_field;
    const TorporNode *named = torpor_map_get(entry, TORPOR_KEY_KEY);
    const char *key =
        named != NULL && named->kind == TORPOR_NODE_TEXT ? named->value.bytes.data : NULL;
    *same = (key == NULL) == (field == NULL);
    if (!*same || key == NULL)
        return NULL;
    const TorporNode *column = torpor_map_get(node, key);
    const TorporArray *array =
        column != NULL && column->kind == TORPOR_NODE_ARRAY ? column->value.array : NULL;
    *same = array != NULL && array->dtype->id == field->dtype && array->rank == field->rank + 1 &&
            (field->rank == 0 ? array->shape[0] == live->listed->count
                              : array->shape[0] == 1 && live->listed->count > 0 &&
                                    array->shape[1] == field->shape[0]);
    return array;
}

static gboolean
has_same_keys(const TorporFile *file, const TorporNode *entry, const TorporNode *node,
              const TorporPopulation *live, gboolean *same, GError **error)
{
    const TorporArray *saved = find_keys(entry, node, live, same);
    if (!*same || saved == NULL)
        return TRUE;
    return live->key_field->rank == 0 ? compare_keys(file, saved, live->key_field, same, error)
                                      : compare_row(file, saved, live->key_field, same, error);
}

gboolean
torpor_own_shard_check(const TorporFile *file, TorporTree *shard, const TorporPopulations *live,
                       gboolean *is_own, GError **error)
{
    const TorporNode *layout = torpor_map_get(torpor_tree_root(shard), TORPOR_SECTION_LAYOUT);
    const TorporNode *section = torpor_map_get(torpor_tree_root(shard), TORPOR_SECTION_POPULATIONS);
    *is_own = layout != NULL && layout->kind == TORPOR_NODE_MAP && section != NULL &&
              layout->value.map.count == live->in_order->len;
    for (guint i = 0; *is_own && i < live->in_order->len; i++) {
        const TorporPopulation *population = live->in_order->pdata[i];
        const TorporNode *entry = torpor_map_get(layout, population->listed->path);
        const TorporNode *node = torpor_section_find(section, population->listed->path);
        if (entry == NULL || node == NULL)
            *is_own = FALSE;
        else if (!has_same_keys(file, entry, node, population, is_own, error))
            return FALSE;
    }
    return TRUE;
}
