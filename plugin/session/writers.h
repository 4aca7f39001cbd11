/* Which ranks write, by option `writers`. Neighbouring ranks share a shard; the first of them
 * writes it. */
#ifndef TORPOR_SESSION_WRITERS_H
#define TORPOR_SESSION_WRITERS_H

#include "session/session.h"

G_BEGIN_DECLS

/* How many shards a checkpoint has: one per rank, or fewer. */
guint torpor_writers_n(const TorporSession *session);
/* Fewer than ranks? */
gboolean torpor_writers_are_few(const TorporSession *session);
/* The first rank of a shard, which writes it; shard n: the number of ranks. */
guint torpor_writers_first(const TorporSession *session, guint shard);
/* The shard that this rank's state goes to. */
guint torpor_writers_shard(const TorporSession *session);
/* Does this rank write it? */
gboolean torpor_writers_is_one(const TorporSession *session);

G_END_DECLS

#endif
