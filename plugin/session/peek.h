/* Show a checkpoint to the host without restoring it. */
#ifndef TORPOR_SESSION_PEEK_H
#define TORPOR_SESSION_PEEK_H

#include <torpor/plugin.h>

#include "session/session.h"

G_BEGIN_DECLS

/* Call `look` with the checkpoint at `path`; path NULL: the one that a restore would take, whatever
 * its model. *found is FALSE, and `look` is not called, if there is none. Takes no lock, writes
 * nothing, and asks nothing of the live model. Errors are those of opening a checkpoint for a
 * restore, or what `look` returns. */
gboolean torpor_session_peek(TorporSession *session, const char *path, torpor_look_fn look,
                             void *look_data, gboolean *found, GError **error);

G_END_DECLS

#endif
