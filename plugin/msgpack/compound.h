/* Recognises decoded maps that stand for one value: a Quantity, or an array in chunks. */
#ifndef TORPOR_MSGPACK_COMPOUND_H
#define TORPOR_MSGPACK_COMPOUND_H

#include "value/tree.h"

G_BEGIN_DECLS

/* Turn a map that was decoded completely into a QUANTITY or ARRAY node, if it means one; leave
 * other maps alone. FALSE if it has the form of one but contradicts itself.
 *
 * symbols: from torpor_compound_symbols_new, one for each file. It remembers which unit each text
 * of the file means (text -> const TorporUnit *, NULL for a text that means none). */
gboolean torpor_compound_recognise(TorporTree *tree, GHashTable *symbols, TorporNode *map,
                                   GError **error);
GHashTable *torpor_compound_symbols_new(void);

/* Will this map, which is not empty, be read as a QUANTITY? */
gboolean torpor_compound_is_quantity(GHashTable *symbols, const TorporNode *map);

/* The unit of a map that has the form of a Quantity. FALSE: it has not. Its text stays the map's.
 */
gboolean torpor_compound_read_unit(const TorporNode *map, TorporUnit *unit);

/* The numbers of a unit count. If its text is that of a known unit, it must mean the same, except
 * for rounding: else a quantity of this unit cannot be read, and what is wrong is returned
 * (transfer full). */
char *torpor_compound_contradiction(GHashTable *symbols, const TorporUnit *unit);

/* Can this node be the mantissa of a Quantity? */
gboolean torpor_compound_is_mantissa(const TorporNode *node);
/* Turn the map into a QUANTITY. Its first entry is the mantissa; the unit is borrowed. */
void torpor_compound_make_quantity(TorporNode *map, const TorporUnit *unit);

G_END_DECLS

#endif
