/* A shard that neighbouring ranks share. The first of them writes it; the others send it their
 * bytes, one after the other. Each stages its own, in any mode; so a save takes as much memory as
 * in mode async, and the rank that writes one block more, however many ranks it writes for. */
#ifndef TORPOR_SESSION_SHARED_SHARD_H
#define TORPOR_SESSION_SHARED_SHARD_H

#include "session/session.h"

G_BEGIN_DECLS

/* Called by all ranks together: what each has captured goes into the file of its shard. capture:
 * taken; NULL: this rank has none, because of *failure. path: of the file, on a rank that writes.
 * What goes wrong on this rank is put into *failure. Returns whether this rank has written the
 * file: it does not if a rank of the shard has nothing to give. With mode async, and waits FALSE,
 * the file is made durable in the background; its bytes are written before this returns. */
gboolean torpor_shared_shard_write(TorporSession *session, TorporCapture *capture, const char *path,
                                   gboolean waits, const TorporFollow *follow, GError **failure);

G_END_DECLS

#endif
