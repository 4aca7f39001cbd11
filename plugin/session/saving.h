/* The saves of a session: into its folder or to a given path, and what follows each save. */
#ifndef TORPOR_SESSION_SAVING_H
#define TORPOR_SESSION_SAVING_H

#include "session/session.h"

G_BEGIN_DECLS

/* Lock the outputs before the first step, so that a run that could never save, or that another run
 * would mix its output into, does not begin. Saves and restores lock them by themselves. */
gboolean torpor_saving_hold_outputs(TorporSession *session, GError **error);
/* The run starts fresh: hold the outputs, and make them empty. A host that has made steps before
 * has its reasons: its files stay as they are. All ranks call it; own_failure: why this one cannot
 * go on. It is taken. */
gboolean torpor_saving_begin_outputs(TorporSession *session, GError *own_failure, GError **error);

/* Start the schedule at this point of simulated time: from here on checkpoints become due. */
gboolean torpor_saving_begin(TorporSession *session, GError **error);

/* Save to `path`; NULL: into the folder. On return the state is captured. In mode sync, and before
 * a stop, it is also durable. What follows a save in every run, follows here too, whatever the
 * reason for the save. */
gboolean torpor_saving_save(TorporSession *session, const char *path, GError **error);

/* Write this file only, durable at the return. Nothing of what follows a checkpoint happens: it is
 * neither scheduled nor pruned nor reported. */
gboolean torpor_saving_write(TorporSession *session, const char *path, GError **error);

/* Wait for the save in flight. Its failure is logged and kept until torpor_session_outcome. */
void torpor_saving_settle(TorporSession *session);

/* Log a failure and keep it until torpor_session_outcome, or until a later checkpoint in the folder
 * makes it good. Takes it. `what` begins the message. */
void torpor_saving_keep_failure(TorporSession *session, const char *what, GError *failure);

G_END_DECLS

#endif
