/* Labels: which object a row stands for, "node 18" or "segment soma[3](0.5)". They come from
 * `trees/labels` of a checkpoint, see FORMAT.md. */
#ifndef TORPOR_COMPARE_LABELS_H
#define TORPOR_COMPARE_LABELS_H

#include "base/file.h"
#include "checkpoint/layout.h"

G_BEGIN_DECLS

typedef struct {
    char *name;
    char *value; /* a number, as text, or a name */
    gboolean is_name;
} TorporLabel;

/* The labels of a row of the column at `path`, as an array of TorporLabel in the file's order. It
 * is empty if rows have no labels. file: NULL if all is in memory. Transfer full. */
GArray *torpor_labels_of(TorporTree *tree, const TorporFile *file, const TorporLayout *layout,
                         const char *path, guint64 row);
/* The labels as one text; "" without labels. Transfer full. */
char *torpor_labels_text(const GArray *labels);

G_END_DECLS

#endif
