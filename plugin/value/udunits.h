/* UDUNITS-2, which knows the units that the field's own table does not have. */
#ifndef TORPOR_VALUE_UDUNITS_H
#define TORPOR_VALUE_UDUNITS_H

#include "value/unit.h"

G_BEGIN_DECLS

/* The meaning of a text to UDUNITS-2. FALSE if it knows none, or one that the seven dimensions
 * cannot express. The symbol of `out` is NULL. The first call loads its table; nothing is printed;
 * numbers are read as in the C locale. The caller holds a lock, since UDUNITS-2 has none. */
gboolean torpor_udunits_find(const char *text, TorporUnit *out);

/* FALSE once its table could not be loaded. */
gboolean torpor_udunits_is_available(void);

G_END_DECLS

#endif
