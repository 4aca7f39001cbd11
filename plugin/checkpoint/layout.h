/* What `layout` of a checkpoint says of its columns: how often one that is stored once stands, and
 * which are not meant for people (nor is itself). Other files have no layout; then
 * nothing is said. */
#ifndef TORPOR_CHECKPOINT_LAYOUT_H
#define TORPOR_CHECKPOINT_LAYOUT_H

#include <glib.h>

#include "value/tree.h"

G_BEGIN_DECLS

typedef struct _TorporLayout TorporLayout;

TorporLayout *torpor_layout_new(TorporTree *tree);
void torpor_layout_free(TorporLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporLayout, torpor_layout_free)

/* Rows of the array at this path: of the file, or more if it is stored once. 0 for rank 0. */
guint64 torpor_layout_count(const TorporLayout *layout, const char *path, const TorporArray *array);
gboolean torpor_layout_is_hidden(const TorporLayout *layout, const char *path);
/* What `trees/labels` says of the population whose columns `path` is one of, and that population's
 * path in the file; NULL: nothing. */
const TorporNode *torpor_layout_labels(const TorporLayout *layout, const char *path,
                                       const char **place);

G_END_DECLS

#endif
