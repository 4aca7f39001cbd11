/* Types inside types: which ones a population's columns were made by, as its layout says. */
#ifndef TORPOR_CHECKPOINT_NESTED_LAYOUT_H
#define TORPOR_CHECKPOINT_NESTED_LAYOUT_H

#include "host/catalogue.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* `nested` of a population's layout: path of each nested field -> type and version, and the codec
 * where one serves it; none, no entry. */
void torpor_nested_layout_put(TorporTree *tree, TorporNode *entry, const struct torpor_type *type,
                              const TorporCatalogue *catalogue);

/* That map of a population's layout; NULL: it has none. */
const TorporNode *torpor_nested_layout_of(const TorporNode *entry);

/* `type` or `codec` of one of its entries; NULL: it has none. */
const char *torpor_nested_layout_text(const TorporNode *nested, const char *key);

G_END_DECLS

#endif
