/* Do two nodes say the same, bit for bit? For what several ranks have in common. */
#ifndef TORPOR_CHECKPOINT_SAME_NODE_H
#define TORPOR_CHECKPOINT_SAME_NODE_H

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Both are of trees whose values are in `file` or in memory. *same is FALSE too if a map has its
 * keys in another order. FALSE if a value cannot be read. */
gboolean torpor_node_same(const TorporFile *file, const TorporNode *one, const TorporNode *other,
                          gboolean *same, GError **error);

G_END_DECLS

#endif
