/* msgpack -> tree, leaving large payloads in the file. Nothing is trusted: no count above the bytes
 * left, depth at most TORPOR_MAX_DEPTH, shapes and dtypes checked against payload lengths,
 * duplicate keys refused. */
#ifndef TORPOR_MSGPACK_DECODE_H
#define TORPOR_MSGPACK_DECODE_H

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

#define TORPOR_MAX_DEPTH 512u

/* Payloads up to this many bytes are read into the tree at once; larger ones stay in the file. */
#define TORPOR_INLINE_BYTES ((guint64)4 << 10)

/* The whole file as a tree. Quantities are recognised by their five (or six) keys; the chunk map
 * becomes one array;
 * __torpor_index__ is left out of the root. Errors name file, path, place, expected and found. */
TorporTree *torpor_decode_file(const TorporFile *file, GError **error);
/* The same from memory (borrowed by the tree's arrays); `name` is for messages. */
TorporTree *torpor_decode_memory(const void *bytes, gsize length, const char *name, GError **error);

/* Bytes [offset, offset + length) of an array's C-order bytes, from memory or from the file.
 * threads: any. */
gboolean torpor_array_read(const TorporFile *file, const TorporArray *array, guint64 offset,
                           gsize length, void *out, GError **error);
/* The same, with the XXH3 of these bytes (xxh3 may be NULL), hashed while they are in the cache. */
gboolean torpor_array_read_hashed(const TorporFile *file, const TorporArray *array, guint64 offset,
                                  gsize length, void *out, guint64 *xxh3, GError **error);
/* TEXT, BYTES or EXT content, read if it stayed in the file. Transfer full, NUL-terminated. */
char *torpor_bytes_read(const TorporFile *file, const TorporNode *node, GError **error);

G_END_DECLS

#endif
