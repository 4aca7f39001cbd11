/* The layout of nested types: which type, version and codec the columns of each nested field were
 * saved with. */
#ifndef TORPOR_CHECKPOINT_NESTED_LAYOUT_H
#define TORPOR_CHECKPOINT_NESTED_LAYOUT_H

#include "host/catalogue.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Save: put the map `nested` into a population's entry of the layout. It leads from the path of
 * each nested field to its type and version, and to its codec if it has one. A population without
 * nested fields gets no map. */
void torpor_nested_layout_put(TorporTree *tree, TorporNode *entry, const struct torpor_type *type,
                              const TorporCatalogue *catalogue);

/* Restore: that map; NULL if the entry has none. */
const TorporNode *torpor_nested_layout_of(const TorporNode *entry);

/* Restore: the type or codec (`key`) of one entry of that map; NULL if it has none. */
const char *torpor_nested_layout_text(const TorporNode *nested, const char *key);

G_END_DECLS

#endif
