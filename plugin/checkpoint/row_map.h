/* Where the objects of a population are, in a checkpoint of several files: each wanted object has a
 * key, which is the same on every rank, and is found in one of the parts. */
#ifndef TORPOR_CHECKPOINT_ROW_MAP_H
#define TORPOR_CHECKPOINT_ROW_MAP_H

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

typedef struct {
    guint64 n;
    guint64 *keys;  /* of the wanted objects, in their order */
    guint32 *parts; /* which part has the object */
    guint64 *rows;  /* the object's row there */
    guint64 n_found;
    guint64 *order;  /* numbers of the wanted objects by ascending key; NULL: that is their order */
    guint64 *by_row; /* those that are found, part by part in ascending order of their rows */
    guint64 *begins; /* of each part in by_row, and where it ends */
    guint64 *ends;
    guint64 near; /* place in ascending order beside that of the last key that was looked for */
} TorporRowMap;

/* Keys that are read at once. */
#define TORPOR_KEYS_AT_ONCE ((guint64)8192)

/* Read keys [first, first + n) of a column of integers. n: at most TORPOR_KEYS_AT_ONCE.
 * TORPOR_STATUS_MISMATCH if it is no such column. */
gboolean torpor_keys_read(const TorporFile *file, const TorporArray *array, guint64 first,
                          guint64 n, guint64 *out, GError **error);
/* For these n wanted keys, none of which is found yet, in n_parts parts. Takes the keys, also if it
 * fails. TORPOR_STATUS_EXISTS if a key is there twice. */
TorporRowMap *torpor_row_map_new(guint64 *keys, guint64 n, guint32 n_parts, GError **error);
void torpor_row_map_free(TorporRowMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRowMap, torpor_row_map_free)

/* Look for wanted keys among those of rows [first, first + n) of a part, which follow the rows of
 * the call before; parts come one after the other. TORPOR_STATUS_DAMAGED names a key that another
 * row has as well. */
gboolean torpor_row_map_look(TorporRowMap *map, guint32 part, guint64 first, const guint64 *keys,
                             guint64 n, GError **error);
gboolean torpor_row_map_is_complete(const TorporRowMap *map);
/* A wanted key that was not found; there is one. */
guint64 torpor_row_map_missing(const TorporRowMap *map);

/* The number of the wanted object that is this row of this part; map->n: it is not wanted. threads:
 * any. */
guint64 torpor_row_map_at(const TorporRowMap *map, guint32 part, guint64 row);

G_END_DECLS

#endif
