/* Reads unit expressions: "mA/cm2", "S cm-2", "1/(mM ms)", "ohm-cm", "10^-3 m^2 kg". */
#ifndef TORPOR_VALUE_UNIT_PARSE_H
#define TORPOR_VALUE_UNIT_PARSE_H

#include "value/unit_numbers.h"

G_BEGIN_DECLS

/* The meaning of an expression. As in saiunit, scales are added and factors multiplied. Products
 * are written with a blank, `*`, `.`, `·` or `-` before a letter, powers with `^`, `**` or digits
 * alone. `/` divides by the next term only. Each term is looked up in unit_symbols.h first, since
 * UDUNITS-2 takes the M of "mM/ms" for something else.
 *
 * FALSE if it is not understood; *unknown (transfer full) is the term that is unknown, or NULL if
 * the syntax is wrong. The caller holds the lock of UDUNITS-2. */
gboolean torpor_unit_parse(const char *text, TorporUnit *out, char **unknown);

G_END_DECLS

#endif
