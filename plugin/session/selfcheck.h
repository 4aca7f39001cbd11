/* Certify an adapter: what it saves and restores is all that its future depends on. */
#ifndef TORPOR_SESSION_SELFCHECK_H
#define TORPOR_SESSION_SELFCHECK_H

#include <torpor/plugin.h>

#include "session/session.h"

G_BEGIN_DECLS

/* Save, advance n_steps, save; restore the first, advance n_steps, save; compare the last two;
 * restore the first. TORPOR_STATUS_MISMATCH names the first field that differs, and bytes of
 * objects that change though no field covers them. */
gboolean torpor_selfcheck(TorporSession *session, torpor_advance_fn advance, guint64 n_steps,
                          GError **error);

G_END_DECLS

#endif
