/* Units: symbol <-> (dim, scale, base, factor) as saiunit has them; conversion between them.
 *
 * value in SI = mantissa * factor * base^scale. */
#ifndef TORPOR_CORE_UNIT_H
#define TORPOR_CORE_UNIT_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    gint64 dim[7];      /* exponents of m, kg, s, A, K, mol, cd */
    gint64 scale;       /* mV: -3 */
    double base;        /* 10 */
    double factor;      /* minute: 6 (with scale 1) */
    const char *symbol; /* as asked for; NULL if read from a file without one */
    gboolean is_offset; /* degC: has a zero point of its own; never converted, stored as plain
                           numbers with unit text */
} TorporUnit;

/* The unit of a symbol. Cached for the life of the process; thread-safe. The table of the field's
 * own names comes first, UDUNITS-2 (loaded lazily, once, silent) after. TORPOR_STATUS_UNIT for an
 * unknown one, naming it and what is close. */
const TorporUnit *torpor_unit_lookup(const char *symbol, GError **error);

gboolean torpor_unit_equal(const TorporUnit *a, const TorporUnit *b);
gboolean torpor_unit_same_dimension(const TorporUnit *a, const TorporUnit *b);

/* Factor so that x [from] * factor = x [to]. TORPOR_STATUS_UNIT naming both if dimensions differ or
 * one is an offset unit that is not the other. Powers of ten are exact where a double can be:
 * conversion divides when scale shrinks. */
gboolean torpor_unit_conversion(const TorporUnit *from, const TorporUnit *to, double *multiply,
                                double *divide, GError **error);

/* The symbol, or "10^-3 m^2 kg s^-3 A^-1" where there is none. Where the table has a usual symbol
 * for these numbers
 * ("mV"), that. Transfer full. */
char *torpor_unit_to_text(const TorporUnit *unit);

G_END_DECLS

#endif
