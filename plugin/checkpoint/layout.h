/* What the section `layout` says of the columns of a checkpoint: how many rows a column that is
 * stored once stands for, which columns people need not see, and which labels rows have. A file
 * without a layout has columns of their stored length, nothing hidden and no labels. */
#ifndef TORPOR_CHECKPOINT_LAYOUT_H
#define TORPOR_CHECKPOINT_LAYOUT_H

#include <glib.h>

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

typedef struct _TorporLayout TorporLayout;

TorporLayout *torpor_layout_new(TorporTree *tree);
void torpor_layout_free(TorporLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporLayout, torpor_layout_free)

/* The number of rows that the array at this path stands for; 0 for an array of rank 0. */
guint64 torpor_layout_count(const TorporLayout *layout, const char *path, const TorporArray *array);
/* The path of the population that what lies at this path belongs to; NULL if it is of none. */
const char *torpor_layout_population(const TorporLayout *layout, const char *path);
/* Is there a population at this path? *count: its objects. */
gboolean torpor_layout_is_population(const TorporLayout *layout, const char *path, guint64 *count);
/* Is what lies at this path shown on request only? */
gboolean torpor_layout_is_hidden(const TorporLayout *layout, const char *path);
/* The labels of the population that the column at `path` belongs to; NULL if it has none. *place is
 * the path of that population in the file. */
const TorporNode *torpor_layout_labels(const TorporLayout *layout, const char *path,
                                       const char **place);
/* The texts in the bytes at `path` of `tree`, each of which a NUL ends; they are read once. NULL:
 * there are no bytes, or they cannot be read. file: NULL if all is in memory. threads: one. (not
 * owned) */
const GPtrArray *torpor_layout_names(const TorporLayout *layout, TorporTree *tree,
                                     const TorporFile *file, const char *path);

G_END_DECLS

#endif
