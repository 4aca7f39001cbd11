/* A save: which columns of a population are constant, that is, all their rows are bitwise equal.
 * Such a column is stored as one row. */
#ifndef TORPOR_SAVE_CONSTANT_H
#define TORPOR_SAVE_CONSTANT_H

#include "host/live_field.h"

G_BEGIN_DECLS

/* Sample each field (TorporLiveField) to guess whether its column is constant. constant[i] is TRUE
 * if there are two rows or more, and all samples are equal; FALSE for RAGGED and BLOB. */
gboolean torpor_constant_guess(const GPtrArray *live_fields, gboolean *constant, GError **error);
/* Compare all rows of those guessed, and correct constant[i]; or leave that to a gather (guess.h).
 * Several threads walk over the objects once; a column is read up to its first difference. */
gboolean torpor_constant_confirm(const GPtrArray *live_fields, gboolean *constant, GError **error);

G_END_DECLS

#endif
