/* Which object a row stands for: "node 18", "source 3, target 45". From `trees/labels` of a
 * checkpoint, see FORMAT.md. */
#ifndef TORPOR_COMPARE_LABELS_H
#define TORPOR_COMPARE_LABELS_H

#include "base/file.h"
#include "checkpoint/layout.h"

G_BEGIN_DECLS

typedef struct {
    char *name;
    char *value; /* an integer, as text */
} TorporLabel;

/* Of TorporLabel, in the file's order; empty: the object has no name but its row. `file` may be
 * NULL if all is in memory. Transfer full. */
GArray *torpor_labels_of(TorporTree *tree, const TorporFile *file, const TorporLayout *layout,
                         const char *path, guint64 row);
/* "source 3, target 45"; "" without labels. Transfer full. */
char *torpor_labels_text(const GArray *labels);

G_END_DECLS

#endif
