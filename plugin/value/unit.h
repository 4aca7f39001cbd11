/* Looks up units by symbol or by their numbers (dim, scale, base, factor, as saiunit has them), and
 * converts between them. */
#ifndef TORPOR_VALUE_UNIT_H
#define TORPOR_VALUE_UNIT_H

#include "value/unit_numbers.h"

G_BEGIN_DECLS

/* The unit of a symbol. It is cached for the life of the process. The symbols of neuroscience come
 * first, then those of UDUNITS-2, which is loaded when it is first needed. TORPOR_STATUS_UNIT names
 * an unknown symbol and similar ones. threads: any. */
const TorporUnit *torpor_unit_lookup(const char *symbol, GError **error);

/* The unit of these numbers, as a file has them; its symbol is NULL. It is cached too.
 * TORPOR_STATUS_UNIT if base or factor are not finite and positive, or an exponent is too large.
 * threads: any. */
const TorporUnit *torpor_unit_from_numbers(const gint64 dim[7], gint64 scale, double base,
                                           double factor, GError **error);

/* Around a fork: no other thread is then looking a unit up, and the child can do so as well.
 * Release them in both processes. */
void torpor_units_hold(void);
void torpor_units_release(void);

/* Does a number mean the same in both units? */
gboolean torpor_unit_equal(const TorporUnit *a, const TorporUnit *b);
/* The same, except for rounding: to within 1e-9. */
gboolean torpor_unit_nearly_equal(const TorporUnit *a, const TorporUnit *b);
gboolean torpor_unit_same_dimension(const TorporUnit *a, const TorporUnit *b);

/* How to convert numbers: x [from] * multiply / divide = x [to]. Where one of the two can be 1
 * without rounding the other, it is: mV to V divides by 1000, rather than multiply by 0.001.
 * TORPOR_STATUS_UNIT names both units if their dimensions differ, or if one has a zero point of its
 * own and the other is not the same. */
gboolean torpor_unit_conversion(const TorporUnit *from, const TorporUnit *to, double *multiply,
                                double *divide, GError **error);

/* The unit as text: its symbol, else the usual symbol for its numbers ("mV"), else its numbers as
 * "10^-3 m^2 kg s^-3 A^-1". torpor_unit_lookup reads what this writes. Transfer full. */
char *torpor_unit_to_text(const TorporUnit *unit);

G_END_DECLS

#endif
