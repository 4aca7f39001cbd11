#include "checkpoint/joined_references.h"

#include <string.h>

#include "host/section_names.h"
#include "msgpack/stored.h"

/* Indices that are read at once. */
#define BATCH_BYTES ((gsize)16 << 10)

typedef struct {
    const TorporFile *file;
    const TorporArray *indices;
    const TorporRowMap *map; /* of the objects that refer */
    const TorporPopulationRows *target;
    const char *path;
    guint64 item_size;
    guint64 per_row; /* references of an object */
} References;

/* The largest number of its size stands for none, see FORMAT.md. */
static guint64
load(const guint8 *from, guint64 item_size)
{
    guint32 small;
    guint64 large;
    if (item_size == sizeof large) {
        memcpy(&large, from, sizeof large);
        return large;
    }
    memcpy(&small, from, sizeof small);
    return small == G_MAXUINT32 ? G_MAXUINT64 : small;
}

static void
store(guint8 *to, guint64 item_size, guint64 index)
{
    guint32 small = (guint32)index;
    memcpy(to, item_size == sizeof index ? (void *)&index : (void *)&small, item_size);
}

static gboolean
translate_one(const References *references, guint64 place, guint8 *value, GError **error)
{
    const TorporPopulationRows *target = references->target;
    guint32 part = references->map->parts[place];
    guint64 index = load(value, references->item_size);
    if (index == G_MAXUINT64)
        return TRUE;
    if (index >= target->part_rows[part]) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "%s: the object of key %" G_GUINT64_FORMAT
                    " refers to object %" G_GUINT64_FORMAT
                    " of \"%s\", of which rank %u had %" G_GUINT64_FORMAT,
                    references->path, references->map->keys[place], index, target->parts.path, part,
                    target->part_rows[part]);
        return FALSE;
    }
    guint64 object = torpor_row_map_at(target->map, part, index);
    if (object == target->map->n) {
        g_set_error(
            error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
            "%s: the object of key %" G_GUINT64_FORMAT " refers to object %" G_GUINT64_FORMAT
            " that rank %u had of \"%s\", which is now on another rank: keep an object and "
            "those that it refers to on one rank",
            references->path, references->map->keys[place], index, part, target->parts.path);
        return FALSE;
    }
    store(value, references->item_size, object);
    return TRUE;
}

/* Any bytes: those at the ends may be of a part of an index. */
static gboolean
produce(gpointer data, guint64 offset, gsize length, void *out, GError **error)
{
    const References *references = data;
    guint64 size = references->item_size;
    guint8 batch[BATCH_BYTES];
    for (guint8 *to = out; length > 0;) {
        guint64 first = offset / size;
        gsize skip = (gsize)(offset % size);
        gsize n = (gsize)MIN((skip + length + size - 1) / size, BATCH_BYTES / size);
        gsize piece = MIN(length, n * size - skip);
        if (!torpor_array_read(references->file, references->indices, first * size, n * size, batch,
                               error))
            return FALSE;
        for (gsize i = 0; i < n; i++)
            if (!translate_one(references, (first + i) / references->per_row, batch + i * size,
                               error))
                return FALSE;
        memcpy(to, batch + skip, piece);
        to += piece;
        offset += piece;
        length -= piece;
    }
    return TRUE;
}

TorporArray *
torpor_joined_references_new(TorporTree *tree, const TorporArray *indices,
                             const TorporPopulationRows *rows, TorporPopulationRows *target,
                             const char *path, GError **error)
{
    if (rows->axis == 1) {
        torpor_population_rows_refuse(
            rows, "it has references, which cannot be divided along an axis", error);
        return NULL;
    }
    if (indices->dtype->id != TORPOR_DTYPE_UINT64 && indices->dtype->id != TORPOR_DTYPE_UINT32) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "expected references of uint64 or uint32, found %s", indices->dtype_name);
        return NULL;
    }
    References *references = torpor_tree_alloc(tree, sizeof *references);
    *references = (References){.file = rows->join->shards->file,
                               .indices = indices,
                               .map = rows->map,
                               .target = target,
                               .path = torpor_tree_strdup(tree, path, strlen(path)),
                               .item_size = indices->dtype->size,
                               .per_row = 1};
    for (guint32 k = 1; k < indices->rank; k++)
        references->per_row *= indices->shape[k];
    TorporArray *array = torpor_tree_alloc(tree, sizeof *array);
    *array = *indices;
    if (array->byte_length == 0)
        return array;
    array->data = NULL;
    array->produce = produce;
    array->produce_data = references;
    return array;
}
