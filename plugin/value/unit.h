/* Units: symbol <-> (dim, scale, base, factor) as saiunit has them; conversion between them. */
#ifndef TORPOR_VALUE_UNIT_H
#define TORPOR_VALUE_UNIT_H

#include "value/unit_numbers.h"

G_BEGIN_DECLS

/* The unit of a symbol. Cached for the life of the process; thread-safe. The table of the field's
 * own names comes first, UDUNITS-2 (loaded lazily, once, silent) after. TORPOR_STATUS_UNIT for an
 * unknown one, naming it and what is close. */
const TorporUnit *torpor_unit_lookup(const char *symbol, GError **error);

/* The unit of these numbers, as found in a file; its symbol is NULL. Cached and thread-safe
 * likewise. TORPOR_STATUS_UNIT if they mean nothing (base or factor not finite and positive). */
const TorporUnit *torpor_unit_from_numbers(const gint64 dim[7], gint64 scale, double base,
                                           double factor, GError **error);

/* Do both give a number the same meaning? */
gboolean torpor_unit_equal(const TorporUnit *a, const TorporUnit *b);
gboolean torpor_unit_same_dimension(const TorporUnit *a, const TorporUnit *b);

/* x [from] * multiply / divide = x [to]; one of the two is 1 where that is exact, so that powers of
 * ten are as exact as a double can be (mV to V divides by 1000). TORPOR_STATUS_UNIT naming both if
 * dimensions differ, or if one is an offset unit that is not the other. */
gboolean torpor_unit_conversion(const TorporUnit *from, const TorporUnit *to, double *multiply,
                                double *divide, GError **error);

/* The symbol, or "10^-3 m^2 kg s^-3 A^-1" where there is none. Where there is a usual symbol for
 * these numbers ("mV"), that. torpor_unit_lookup reads what this writes. Transfer full. */
char *torpor_unit_to_text(const TorporUnit *unit);

G_END_DECLS

#endif
