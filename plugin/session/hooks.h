/* The hooks: what a host calls at each step, to save, to restore and to stop. See torpor_hooks in
 * host.h. */
#ifndef TORPOR_SESSION_HOOKS_H
#define TORPOR_SESSION_HOOKS_H

#include "session/session.h"

G_BEGIN_DECLS

/* path NULL: the folder. */
gint32 torpor_session_step(TorporSession *session, guint64 step, double time);
/* At `step`: must the host call torpor_session_step at `next_step`, the next that it can? */
gboolean torpor_session_due_next(TorporSession *session, guint64 step, double time,
                                 guint64 next_step, double next_time);
/* Infinity before the run has begun. */
double torpor_session_due_time(const TorporSession *session, double time);
gboolean torpor_session_save(TorporSession *session, const char *path, GError **error);
gboolean torpor_session_restore(TorporSession *session, const char *path, gboolean *resumed,
                                GError **error);
void torpor_session_stop(TorporSession *session);
gboolean torpor_session_begin_run(TorporSession *session, guint64 run, GError **error);
/* The two go on with the same script; `session` forgets what it knew of another. */
gboolean torpor_session_share_origin(TorporSession *session, const TorporSession *with,
                                     GError **error);
/* Wait for the save in flight, and describe the last one in `out` (may be NULL), as far as its
 * struct_size has room. FALSE with the failure of a save that was not reported before, and that no
 * later checkpoint has made good. */
gboolean torpor_session_outcome(TorporSession *session, struct torpor_outcome *out, GError **error);
const char *torpor_session_report(const TorporSession *session);

G_END_DECLS

#endif
