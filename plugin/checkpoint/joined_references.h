/* A column of references that is joined of several files: an index counts in the population of its
 * own part, and becomes that of the same object among those that are wanted. */
#ifndef TORPOR_CHECKPOINT_JOINED_REFERENCES_H
#define TORPOR_CHECKPOINT_JOINED_REFERENCES_H

#include "checkpoint/population_rows.h"

G_BEGIN_DECLS

/* indices: the joined column as it is in the parts, along axis 0 of `rows`. target: the population
 * that they count in, found. path: of the column, for messages. The array reads from what `indices`
 * does.
 *
 * errors, also while values are read: TORPOR_STATUS_MISMATCH for a reference to an object that the
 * host does not list on this rank, _DAMAGED, _UNSUPPORTED along an axis. */
TorporArray *torpor_joined_references_new(TorporTree *tree, const TorporArray *indices,
                                          const TorporPopulationRows *rows,
                                          TorporPopulationRows *target, const char *path,
                                          GError **error);

G_END_DECLS

#endif
