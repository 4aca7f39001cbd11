/* Descriptors to read from, and positioned reads of them. */
#ifndef TORPOR_BASE_READ_AT_H
#define TORPOR_BASE_READ_AT_H

#include <glib.h>

G_BEGIN_DECLS

/* Open a name in a folder, however often the system is interrupted; -1 with errno. It never waits,
 * and what it opens need not be a regular file. */
int torpor_open_to_read(int folder, const char *name);
/* Read up to `length` bytes from `place` on, however often the system is interrupted or gives
 * fewer. *done: how many there were, fewer than `length` at the end of the file only. FALSE with
 * errno if it failed after these. threads: any. */
gboolean torpor_read_at(int fd, guint64 place, void *out, gsize length, gsize *done);

G_END_DECLS

#endif
