/* Reads payloads of a decoded tree, wherever the decoder left them: in the file or in memory. */
#ifndef TORPOR_MSGPACK_STORED_H
#define TORPOR_MSGPACK_STORED_H

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Bytes [offset, offset + length) of an array, in C order. threads: any. An array that is joined of
 * several files has a `produce` that gives any bytes, in any order, to any thread. */
gboolean torpor_array_read(const TorporFile *file, const TorporArray *array, guint64 offset,
                           gsize length, void *out, GError **error);
/* The same, and the XXH3 of these bytes, which are hashed while they are in the cache. xxh3 may be
 * NULL. */
gboolean torpor_array_read_hashed(const TorporFile *file, const TorporArray *array, guint64 offset,
                                  gsize length, void *out, guint64 *xxh3, GError **error);
/* Bring the bytes of an array of a manifest into the tree's memory, if they stayed in the file. */
gboolean torpor_array_bring(TorporTree *tree, const TorporFile *file, TorporArray *array,
                            GError **error);
/* The content of a TEXT, BYTES or EXT node. Transfer full, NUL-terminated. */
char *torpor_bytes_read(const TorporFile *file, const TorporNode *node, GError **error);
/* The same of a TEXT that will be taken to end at its first NUL. TORPOR_STATUS_DAMAGED: it ends
 * later. */
char *torpor_text_read(const TorporFile *file, const TorporNode *node, GError **error);

G_END_DECLS

#endif
