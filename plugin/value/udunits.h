/* UDUNITS-2, for unit names that the field's own table does not have. */
#ifndef TORPOR_VALUE_UDUNITS_H
#define TORPOR_VALUE_UDUNITS_H

#include "value/unit_numbers.h"

G_BEGIN_DECLS

/* What UDUNITS-2 makes of this text; `out` has no symbol. FALSE if it does not know it, or if it
 * means something that seven dimensions cannot say. Its table is loaded at the first call; prints
 * nothing; numbers are read as in the C locale. The caller holds a lock: UDUNITS-2 has none. */
gboolean torpor_udunits_find(const char *text, TorporUnit *out);

/* Could its table be loaded? TRUE before the first call. */
gboolean torpor_udunits_is_available(void);

G_END_DECLS

#endif
