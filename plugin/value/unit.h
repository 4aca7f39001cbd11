/* Units, in the numbers of saiunit: dimension, scale, base, factor; and conversion between them.
 *
 * value in SI = mantissa * factor * base^scale. */
#ifndef TORPOR_VALUE_UNIT_H
#define TORPOR_VALUE_UNIT_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    gint64 dim[7];      /* exponents of m, kg, s, A, K, mol, cd */
    gint64 scale;       /* mV: -3 */
    double base;        /* 10 */
    double factor;      /* minute: 6 (with scale 1) */
    const char *symbol; /* as it was asked for; NULL if a file gave the numbers only */
    gboolean is_offset; /* has a zero point of its own, as degC: never converted, and stored as
                           plain numbers beside the symbol */
} TorporUnit;

/* The unit of a symbol, looked up in the table of the field's own symbols first, then in UDUNITS-2,
 * which is loaded at its first use. Valid for the life of the process. TORPOR_STATUS_UNIT for an
 * unknown symbol names it and similar ones. threads: any. */
const TorporUnit *torpor_unit_lookup(const char *symbol, GError **error);

/* The unit of the numbers in a file; its symbol is NULL. Valid for the life of the process.
 * TORPOR_STATUS_UNIT if base or factor is not finite and positive. threads: any. */
const TorporUnit *torpor_unit_from_numbers(const gint64 dim[7], gint64 scale, double base,
                                           double factor, GError **error);

/* Does a number mean the same in both? */
gboolean torpor_unit_equal(const TorporUnit *a, const TorporUnit *b);
gboolean torpor_unit_same_dimension(const TorporUnit *a, const TorporUnit *b);

/* How to convert: x [to] = x [from] * multiply / divide. Where it is exact, one of the two is 1, so
 * that powers of ten are as exact as a double can be (mV to V divides by 1000). TORPOR_STATUS_UNIT
 * names both: if their dimensions differ, or if they are different and one is an offset unit. */
gboolean torpor_unit_conversion(const TorporUnit *from, const TorporUnit *to, double *multiply,
                                double *divide, GError **error);

/* Its symbol; without one, the usual symbol of these numbers ("mV"); else "10^-3 m^2 kg s^-3 A^-1".
 * torpor_unit_lookup understands all of these. Transfer full. */
char *torpor_unit_to_text(const TorporUnit *unit);

G_END_DECLS

#endif
