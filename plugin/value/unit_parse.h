/* Unit expressions: "mA/cm2", "S cm-2", "1/(mM ms)", "ohm-cm", "10^-3 m^2 kg". */
#ifndef TORPOR_VALUE_UNIT_PARSE_H
#define TORPOR_VALUE_UNIT_PARSE_H

#include "value/unit_numbers.h"

G_BEGIN_DECLS

/* The meaning of an expression; scales add and factors multiply as in saiunit. Products are written
 * with a blank, `*`, `.`, `·` or `-` before a letter, powers with `^`, `**` or digits alone; `/`
 * takes the next term only. Every term is looked up in the field's own table first and in UDUNITS-2
 * after, so that "mM/ms" never means what UDUNITS makes of M.
 *
 * FALSE: not understood; *unknown (transfer full) is the term that nothing knows, or NULL if it is
 * the syntax. The caller holds the lock of UDUNITS-2. */
gboolean torpor_unit_parse(const char *text, TorporUnit *out, char **unknown);

G_END_DECLS

#endif
