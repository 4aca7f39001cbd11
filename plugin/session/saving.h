/* A session's saves: into the folder when due, elsewhere when asked, and what follows each. */
#ifndef TORPOR_SESSION_SAVING_H
#define TORPOR_SESSION_SAVING_H

#include "session/session.h"

G_BEGIN_DECLS

/* From this point of simulated time on, checkpoints come due. */
gboolean torpor_saving_begin(TorporSession *session, GError **error);

/* A save for whatever reason, with what follows it in every run alike. path NULL: into the folder.
 * On return the state is captured; in mode sync, and for the save before a stop, it is durable. */
gboolean torpor_saving_save(TorporSession *session, const char *path, GError **error);

/* Save to exactly this file, durable at the return, and nothing else of what a checkpoint brings.
 */
gboolean torpor_saving_write(TorporSession *session, const char *path, GError **error);

/* Wait for the save in flight; its failure is logged and kept until somebody asks. */
void torpor_saving_settle(TorporSession *session);

/* Log, and keep until somebody asks. Takes the failure. */
void torpor_saving_keep_failure(TorporSession *session, const char *what, GError *failure);

G_END_DECLS

#endif
