/* Finds the children of maps and lists by number. A tree may have several readers at a time, so
 * what one of them remembers for that is not in the tree. */
#ifndef TORPOR_VALUE_CHILDREN_H
#define TORPOR_VALUE_CHILDREN_H

#include "value/node.h"

G_BEGIN_DECLS

/* To find many of them, in a time that does not grow with their number. It is for nodes to which
 * nothing is added, and from which nothing is taken away, as long as it lives. */
typedef GHashTable TorporChildren;

TorporChildren *torpor_children_new(void);
void torpor_children_free(TorporChildren *children);

/* Child `number` of a map or a list; NULL if there are not so many. children: NULL to find one. */
TorporNode *torpor_children_at(TorporChildren *children, const TorporNode *node, guint64 number);

G_END_DECLS

#endif
