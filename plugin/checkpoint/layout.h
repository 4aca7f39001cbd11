/* What the section `layout` says of the columns of a checkpoint: how many rows a column that is
 * stored once stands for, which columns people need not see, and which labels rows have. A file
 * without a layout has columns of their stored length, nothing hidden and no labels. */
#ifndef TORPOR_CHECKPOINT_LAYOUT_H
#define TORPOR_CHECKPOINT_LAYOUT_H

#include <glib.h>

#include "value/tree.h"

G_BEGIN_DECLS

typedef struct _TorporLayout TorporLayout;

TorporLayout *torpor_layout_new(TorporTree *tree);
void torpor_layout_free(TorporLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporLayout, torpor_layout_free)

/* The number of rows that the array at this path stands for; 0 for an array of rank 0. */
guint64 torpor_layout_count(const TorporLayout *layout, const char *path, const TorporArray *array);
/* Is what lies at this path shown on request only? */
gboolean torpor_layout_is_hidden(const TorporLayout *layout, const char *path);
/* The labels of the population that the column at `path` belongs to; NULL if it has none. *place is
 * the path of that population in the file. */
const TorporNode *torpor_layout_labels(const TorporLayout *layout, const char *path,
                                       const char **place);

G_END_DECLS

#endif
