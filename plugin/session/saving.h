/* A session's saves: into the folder when due, elsewhere when asked, and what follows each. */
#ifndef TORPOR_SESSION_SAVING_H
#define TORPOR_SESSION_SAVING_H

#include "session/session.h"

G_BEGIN_DECLS

/* A save for whatever reason, with what follows it in every run alike. path NULL: into the folder.
 * On return the state is captured; in mode sync, and for the save before a stop, it is durable. */
gboolean torpor_saving_save(TorporSession *session, const char *path, GError **error);

/* A save that nobody waits for: its failure is logged, and kept until somebody asks. FALSE then. */
gboolean torpor_saving_save_when_due(TorporSession *session);

/* Wait for the save in flight; its failure is logged and kept likewise. */
void torpor_saving_settle(TorporSession *session);

/* Log, and keep until somebody asks. Takes the failure. */
void torpor_saving_keep_failure(TorporSession *session, const char *what, GError *failure);

/* When the budget `maxh` and every_wall=auto want the next save, by the costs seen so far. */
void torpor_saving_plan(TorporSession *session);

G_END_DECLS

#endif
