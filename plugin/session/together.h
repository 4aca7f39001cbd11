/* A run on several ranks saves as one. Each rank writes its shard; once all are durable, rank 0
 * writes the manifest, whose rename commits. In mode async the shards are written in the
 * background, and the ranks commit at the first meeting at which all of them are done. */
#ifndef TORPOR_SESSION_TOGETHER_H
#define TORPOR_SESSION_TOGETHER_H

#include "session/session.h"

G_BEGIN_DECLS

/* Hold the folder: rank 0 locks it, the others use it with it. */
gboolean torpor_together_lock_folder(TorporSession *session, GError **error);

/* Save; no save may be waiting for its commit. path NULL: into the folder. waits TRUE: it is
 * committed on return, whatever the mode. */
gboolean torpor_together_save(TorporSession *session, const char *path, gboolean waits,
                              GError **error);
/* Wait for the shards of a save that is not committed yet, and commit it. TRUE if there is none. */
gboolean torpor_together_settle(TorporSession *session, GError **error);

G_END_DECLS

#endif
