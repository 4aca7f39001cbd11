/* Groups of neighbouring rows, stored as a list of their sizes: the values of each object, the
 * objects of each label. */
#ifndef TORPOR_COMPARE_GROUPS_H
#define TORPOR_COMPARE_GROUPS_H

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Find the group that a row is in. `counts` (uint32 or uint64, rank 1): the rows of each group.
 * FALSE if it is in none, or `counts` cannot be read. `file` may be NULL if all is in memory. */
gboolean torpor_groups_find(const TorporFile *file, const TorporArray *counts, guint64 row,
                            guint64 *group);

/* Where the rows of a group begin, and how many they are; `counts` of one element holds for all
 * groups. FALSE as above. */
gboolean torpor_groups_span(const TorporFile *file, const TorporArray *counts, guint64 group,
                            guint64 *first, guint64 *count);

G_END_DECLS

#endif
