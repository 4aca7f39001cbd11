/* A column that is joined of the columns of several files: its rows come from the parts in the
 * order of a row map, and are read when they are needed. */
#ifndef TORPOR_CHECKPOINT_JOINED_H
#define TORPOR_CHECKPOINT_JOINED_H

#include "checkpoint/row_map.h"

G_BEGIN_DECLS

/* What the parts have of one column. All have the same dtype and the same shape but for one
 * dimension, the axis that the keys name: 0, the objects, or 1. */
typedef struct {
    const TorporFile *file; /* of all of them (not owned) */
    const TorporArray *
        *parts; /* by the number of the part; NULL where it has none of the objects */
    guint n_parts;
    const TorporRowMap *map; /* along the axis (not owned) */
    guint32 axis;
    const guint64 *part_rows; /* of each part, along the axis (not owned) */
    guint64 count;            /* axis 1: objects, the same in all parts */
    gboolean never_once;      /* equal values of two parts mean different things */
} TorporColumnParts;

/* The first part that there is, if all fit together; else TORPOR_STATUS_MISMATCH. */
const TorporArray *torpor_column_parts_first(const TorporColumnParts *column, GError **error);

/* An array of the tree with the dtype and rank of `part`, this shape, and values that `produce`
 * gives. TORPOR_STATUS_LIMIT: it is too large. */
TorporArray *torpor_joined_array_new(TorporTree *tree, const TorporArray *part,
                                     const guint64 *shape, TorporProduceFunc produce,
                                     gpointer produce_data, GError **error);

/* The joined column, in the tree, with a `produce` that gives any bytes to any thread. A column
 * whose rows are all equal is one row, as in a file. Everything that it refers to must live as long
 * as the tree. errors: TORPOR_STATUS_MISMATCH for parts that do not fit together; those of reading.
 */
TorporArray *torpor_joined_new(TorporTree *tree, const TorporColumnParts *column, GError **error);

G_END_DECLS

#endif
