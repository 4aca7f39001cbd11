/* The self-check certifies an adapter: it saves all that the future of the model depends on. */
#ifndef TORPOR_SESSION_SELFCHECK_H
#define TORPOR_SESSION_SELFCHECK_H

#include <torpor/plugin.h>

#include "session/session.h"

G_BEGIN_DECLS

/* Run n_steps, one more and n_steps more, saving in between; repeat that in three parts, each from
 * one of these saves; and compare. The state ends where it began.
 *
 * TORPOR_STATUS_MISMATCH names the first field that differs, and bytes of objects that change
 * though no field describes them. TORPOR_STATUS_INVALID: nothing changed, so nothing was proved.
 * Warnings in the log name what did not change, and types whose objects have no known size: bytes
 * of theirs are not watched. */
gboolean torpor_selfcheck(TorporSession *session, torpor_advance_fn advance, guint64 n_steps,
                          GError **error);

G_END_DECLS

#endif
