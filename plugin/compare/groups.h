/* Groups of neighbouring rows, as a list of their sizes: values of one object, objects of one
 * label. */
#ifndef TORPOR_COMPARE_GROUPS_H
#define TORPOR_COMPARE_GROUPS_H

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Which group a row is in: `counts` (uint32 or uint64, rank 1) has the rows of each. FALSE, *group
 * untouched: in none, or they cannot be read. `file` may be NULL if all is in memory. */
gboolean torpor_groups_find(const TorporFile *file, const TorporArray *counts, guint64 row,
                            guint64 *group);

G_END_DECLS

#endif
