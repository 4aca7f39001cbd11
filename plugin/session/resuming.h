/* The restores of a session: it finds the checkpoint to resume from, and restores it. */
#ifndef TORPOR_SESSION_RESUMING_H
#define TORPOR_SESSION_RESUMING_H

#include "session/session.h"

G_BEGIN_DECLS

/* The checkpoint that option `resume` selects, opened and verified. *out is NULL without error if
 * there is none, or if option `checkpoints` is no. any_model: one of another model will do. Needs
 * no lock. */
gboolean torpor_resuming_find(TorporSession *session, gboolean any_model,
                              TorporCheckpointFile **out, GError **error);

/* Restore the file at `path`; NULL: the one that option `resume` selects. *resumed is FALSE if the
 * run starts fresh. Starts the schedule. */
gboolean torpor_resuming_restore(TorporSession *session, const char *path, gboolean *resumed,
                                 GError **error);

/* Restore this file only. Nothing of what follows a resume happens. */
gboolean torpor_resuming_read(TorporSession *session, const char *path, gint32 mismatch,
                              GError **error);

G_END_DECLS

#endif
