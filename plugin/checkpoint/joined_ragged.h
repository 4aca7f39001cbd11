/* A ragged field that is joined of several files: the values of each wanted object, from the part
 * that has it. */
#ifndef TORPOR_CHECKPOINT_JOINED_RAGGED_H
#define TORPOR_CHECKPOINT_JOINED_RAGGED_H

#include "checkpoint/joined.h"
#include "checkpoint/population_rows.h"

G_BEGIN_DECLS

/* values, counts: what the parts have of the objects in `rows`, along axis 0. Both arrays are in
 * the tree and give any bytes to any thread; everything that they refer to must live as long. It
 * takes 24 bytes of memory for each wanted object.
 *
 * errors: TORPOR_STATUS_MISMATCH for parts that do not fit together, _DAMAGED for counts that do
 * not add up to the number of values, _NO_MEMORY, those of reading. */
gboolean torpor_joined_ragged_new(const TorporPopulationRows *rows, const TorporColumnParts *values,
                                  const TorporColumnParts *counts, TorporArray **joined_values,
                                  TorporArray **joined_counts, GError **error);

G_END_DECLS

#endif
