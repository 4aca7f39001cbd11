/* Does a shard hold what one rank of a host lists now? Then it can be restored as it is, and
 * nothing has to be joined. */
#ifndef TORPOR_CHECKPOINT_OWN_SHARD_H
#define TORPOR_CHECKPOINT_OWN_SHARD_H

#include "base/file.h"
#include "host/population.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* *is_own: it has the same populations with the same keys, object by object in the same order.
 * file: of this shard alone, whose bytes are known to be intact. */
gboolean torpor_own_shard_check(const TorporFile *file, TorporTree *shard,
                                const TorporPopulations *live, gboolean *is_own, GError **error);

G_END_DECLS

#endif
