/* What the shards of a save refer to, by the steps of the checkpoints that have it. The manifest
 * says so, for all shards at once. */
#ifndef TORPOR_SESSION_SHARD_NEEDS_H
#define TORPOR_SESSION_SHARD_NEEDS_H

#include "session/session.h"

G_BEGIN_DECLS

/* Of one shard (transfer full: an array of guint64). */
GArray *torpor_shard_needs_of(const TorporFile *shard);
/* Those of all ranks, each once, ascending (transfer full). own: of this rank; NULL: it writes no
 * shard. All ranks call it. */
GArray *torpor_shard_needs_gather(TorporSession *session, const GArray *own, GError **error);

G_END_DECLS

#endif
