/* A unit as numbers: a value in SI units is mantissa * factor * base^scale. */
#ifndef TORPOR_VALUE_UNIT_NUMBERS_H
#define TORPOR_VALUE_UNIT_NUMBERS_H

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

G_END_DECLS

#endif
