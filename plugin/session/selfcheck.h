/* The self-check certifies an adapter: it saves all that the future of the model depends on. */
#ifndef TORPOR_SESSION_SELFCHECK_H
#define TORPOR_SESSION_SELFCHECK_H

#include <torpor/plugin.h>

#include "session/session.h"

G_BEGIN_DECLS

/* Save, advance by n_steps, save. Restore the first save, advance by n_steps, save. Compare the
 * last two saves. Then restore the first one again.
 *
 * TORPOR_STATUS_MISMATCH names the first field that differs, and bytes of objects that change
 * though no field describes them. */
gboolean torpor_selfcheck(TorporSession *session, torpor_advance_fn advance, guint64 n_steps,
                          GError **error);

G_END_DECLS

#endif
