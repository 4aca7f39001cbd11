#ifndef TORPOR_BASE_COPY_BYTES_H
#define TORPOR_BASE_COPY_BYTES_H

#include <glib.h>

G_BEGIN_DECLS

/* Write all bytes of the file `from` to `to`, where that one is, and make them durable. FALSE with
 * errno: some may have been written. */
gboolean torpor_copy_bytes(int from, int to);

G_END_DECLS

#endif
