/* Match the populations of a file with the live ones: each live field finds its column. Where one
 * is missing or differs, the mismatch policy decides. Nothing live is written. */
#ifndef TORPOR_RESTORE_MATCH_POPULATION_H
#define TORPOR_RESTORE_MATCH_POPULATION_H

#include "restore/match.h"

G_BEGIN_DECLS

/* Match all populations. TORPOR_STATUS_MISMATCH, _UNIT or _VERSION where the policy refuses a
 * difference. An error that the host reports always fails. */
gboolean torpor_match_populations(TorporMatch *match, GError **error);

G_END_DECLS

#endif
