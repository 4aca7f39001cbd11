/* A save: which columns have rows that are all bitwise equal, and so are stored once. */
#ifndef TORPOR_CORE_CONSTANT_H
#define TORPOR_CORE_CONSTANT_H

#include "view.h"

G_BEGIN_DECLS

/* constant[i]: are there two rows or more in views[i], and all of them equal? FALSE for RAGGED and
 * BLOB. The views are of one population: all columns are looked at in one walk over its objects,
 * by several threads, and each only up to its first difference. */
gboolean torpor_constant_find(const GPtrArray *views, gboolean *constant, GError **error);
/* The same of a few rows here and there: FALSE is certain, TRUE is not. */
gboolean torpor_constant_guess(const GPtrArray *views, gboolean *constant, GError **error);

G_END_DECLS

#endif
