/* What a session resumes from, and the restore itself. */
#ifndef TORPOR_SESSION_RESUMING_H
#define TORPOR_SESSION_RESUMING_H

#include "session/session.h"

G_BEGIN_DECLS

/* Restore this file; path NULL: what option `resume` says of the folder. *resumed is FALSE if the
 * run starts fresh. Checkpoints come due from here on. */
gboolean torpor_resuming_restore(TorporSession *session, const char *path, gboolean *resumed,
                                 GError **error);

/* Restore exactly this file, and nothing else of what a resume brings. */
gboolean torpor_resuming_read(TorporSession *session, const char *path, gint32 mismatch,
                              GError **error);

G_END_DECLS

#endif
