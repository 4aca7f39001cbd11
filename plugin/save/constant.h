/* A save: which columns have rows that are all bitwise equal, and so are stored once. The views are
 * of one population. */
#ifndef TORPOR_SAVE_CONSTANT_H
#define TORPOR_SAVE_CONSTANT_H

#include "host/live_field.h"

G_BEGIN_DECLS

/* constant[i]: are there two rows or more in views[i], and a few of them, here and there, all
 * equal? FALSE for RAGGED and BLOB. */
gboolean torpor_constant_guess(const GPtrArray *views, gboolean *constant, GError **error);
/* Of those that were guessed: are all rows equal? They are looked at in one walk over the objects,
 * by several threads, and each only up to its first difference. */
gboolean torpor_constant_confirm(const GPtrArray *views, gboolean *constant, GError **error);

G_END_DECLS

#endif
