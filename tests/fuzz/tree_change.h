/* Changes of a tree: what each value may say instead, so that a file is sound by every checksum,
 * and wrong in what it says. */
#ifndef TORPOR_FUZZ_TREE_CHANGE_H
#define TORPOR_FUZZ_TREE_CHANGE_H

#include "random.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* One change of one node, somewhere. The tree may be one that cannot be encoded afterwards, with a
 * key twice for example; it never has a node below itself. */
void fuzz_tree_change(TorporTree *tree, FuzzRandom *random);

G_END_DECLS

#endif
