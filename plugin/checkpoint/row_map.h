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
    guint64 *by_row; /* the same by part and row; NULL: nobody asked */
} TorporRowMap;

/* Read the keys of a column of integers: `array` has one for each object. Transfer full, guint64.
 * TORPOR_STATUS_MISMATCH if it is no such column. */
GArray *torpor_keys_read(const TorporFile *file, const TorporArray *array, GError **error);
/* For these wanted keys, none of which is found yet. TORPOR_STATUS_EXISTS if a key is there twice.
 */
TorporRowMap *torpor_row_map_new(const GArray *wanted, GError **error);
void torpor_row_map_free(TorporRowMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRowMap, torpor_row_map_free)

/* Look for wanted keys among those of a part; NULL: its n_rows rows have their own numbers as keys.
 * TORPOR_STATUS_DAMAGED names a key that another part has as well. */
gboolean torpor_row_map_look(TorporRowMap *map, guint32 part, const GArray *keys, guint64 n_rows,
                             GError **error);
gboolean torpor_row_map_is_complete(const TorporRowMap *map);
/* Name a wanted key that was not found. */
guint64 torpor_row_map_missing(const TorporRowMap *map);

/* Once all are found, and before torpor_row_map_at: sort them by part and row. */
void torpor_row_map_sort(TorporRowMap *map);
/* The number of the wanted object that is this row of this part; map->n: it is not wanted. threads:
 * any. */
guint64 torpor_row_map_at(const TorporRowMap *map, guint32 part, guint64 row);

/* Are the objects all rows of one part, in its order? */
gboolean torpor_row_map_is_part(const TorporRowMap *map, guint64 n_rows, guint32 *part);

G_END_DECLS

#endif
