/* One field of a match: the live field finds its column below the node of its population. */
#ifndef TORPOR_RESTORE_MATCH_FIELD_H
#define TORPOR_RESTORE_MATCH_FIELD_H

#include "restore/match.h"

G_BEGIN_DECLS

/* The node that these keys lead to; NULL: there is none. All nodes on the way are added to `seen`.
 */
const TorporNode *torpor_match_find(char **keys, const TorporNode *population, GHashTable *seen);

/* Add the column of a field to the match, checked as far as it can be before the commit; or report
 * why the live values stay. entry: the population's in the layout; NULL: another version of the
 * type was saved. */
gboolean torpor_match_field(TorporMatch *match, const TorporLiveField *live_field,
                            const TorporNode *population, const TorporNode *entry, GHashTable *seen,
                            GError **error);

G_END_DECLS

#endif
