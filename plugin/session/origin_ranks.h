/* Have the scripts of all ranks built the same model? What has a key is divided among them; of the
 * rest, each says what it has when a run begins. */
#ifndef TORPOR_SESSION_ORIGIN_RANKS_H
#define TORPOR_SESSION_ORIGIN_RANKS_H

#include "session/session.h"

G_BEGIN_DECLS

/* All ranks meet, since run number `run` of the script begins; as torpor_ranks_meet, with
 * own_failure. TORPOR_STATUS_MISMATCH names a rank that begins another run, or begins it at another
 * step, or has a type of another version. Whatever else differs may be of a rank: the log says so,
 * once, since it can go on on as many ranks only. */
gboolean torpor_origin_ranks_begin(TorporSession *session, guint run, GError *own_failure,
                                   GError **error);

G_END_DECLS

#endif
