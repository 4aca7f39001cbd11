/* What a host calls through its table of hooks. */
#ifndef TORPOR_SESSION_HOOKS_H
#define TORPOR_SESSION_HOOKS_H

#include "session/session.h"

G_BEGIN_DECLS

/* The hooks, see torpor_hooks in host.h. path NULL: the folder. */
gint32 torpor_session_step(TorporSession *session, guint64 step, double time);
gboolean torpor_session_save(TorporSession *session, const char *path, GError **error);
gboolean torpor_session_restore(TorporSession *session, const char *path, gboolean *resumed,
                                GError **error);
void torpor_session_stop(TorporSession *session);
/* Copies what `out` has room for. FALSE with the error of a save that was not told yet. */
gboolean torpor_session_outcome(TorporSession *session, struct torpor_outcome *out, GError **error);
const char *torpor_session_report(const TorporSession *session);

G_END_DECLS

#endif
