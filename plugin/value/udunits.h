/* UDUNITS-2, for unit names that unit_symbols.h does not have. */
#ifndef TORPOR_VALUE_UDUNITS_H
#define TORPOR_VALUE_UDUNITS_H

#include "value/unit_numbers.h"

G_BEGIN_DECLS

/* The unit of a text according to UDUNITS-2; `out` has no symbol. FALSE if UDUNITS-2 does not know
 * it, or if seven dimensions cannot express it. Its table is loaded at the first call. Nothing is
 * printed, and numbers are read as in the C locale. The caller holds a lock, since UDUNITS-2 has
 * none. */
gboolean torpor_udunits_find(const char *text, TorporUnit *out);

/* FALSE if its table could not be loaded. TRUE before the first call. */
gboolean torpor_udunits_is_available(void);

G_END_DECLS

#endif
