/* Rows that belong together, as a list of counts: values of one object, objects of one label. */
#ifndef TORPOR_COMPARE_RUNS_H
#define TORPOR_COMPARE_RUNS_H

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Which run a row is in: `counts` (uint32 or uint64, rank 1) has the rows of each. FALSE, *run
 * untouched: in none, or they cannot be read. `file` may be NULL if all is in memory. */
gboolean torpor_runs_find(const TorporFile *file, const TorporArray *counts, guint64 row,
                          guint64 *run);

G_END_DECLS

#endif
