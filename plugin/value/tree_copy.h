/* Copies nodes of one tree into another. */
#ifndef TORPOR_VALUE_TREE_COPY_H
#define TORPOR_VALUE_TREE_COPY_H

#include "value/tree.h"

G_BEGIN_DECLS

/* A copy of a node, with all that is below it, that is in no map yet. Texts and bytes are copied,
 * and so are the descriptions of arrays; the values of arrays are not. What stayed in a file stays
 * there, `shift` bytes further on. */
TorporNode *torpor_node_copy(TorporTree *tree, const TorporNode *node, guint64 shift);
TorporArray *torpor_array_copy(TorporTree *tree, const TorporArray *array, guint64 shift);

/* Append copies of all entries of `from` to `map`. */
void torpor_map_copy_entries(TorporTree *tree, TorporNode *map, const TorporNode *from,
                             guint64 shift);

G_END_DECLS

#endif
