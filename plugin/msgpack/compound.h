/* Maps that mean one value: a Quantity, an array in chunks. */
#ifndef TORPOR_MSGPACK_COMPOUND_H
#define TORPOR_MSGPACK_COMPOUND_H

#include "value/tree.h"

G_BEGIN_DECLS

/* Turn a complete map as it was decoded into a QUANTITY or ARRAY node if it is one; else leave it.
 * FALSE if it claims to be one and contradicts itself.
 *
 * symbols: the units that texts of this file mean, as found so far (text -> const TorporUnit *,
 * NULL for a text that is no unit here); from torpor_compound_symbols_new. */
gboolean torpor_compound_recognise(TorporTree *tree, GHashTable *symbols, TorporNode *map,
                                   GError **error);
GHashTable *torpor_compound_symbols_new(void);

/* Can this node be the mantissa of a Quantity? */
gboolean torpor_compound_is_mantissa(const TorporNode *node);
/* Make a QUANTITY of the map, whose first entry is the mantissa. The unit is borrowed. */
void torpor_compound_make_quantity(TorporNode *map, const TorporUnit *unit);

G_END_DECLS

#endif
