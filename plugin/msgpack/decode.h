/* msgpack -> tree, leaving large payloads in the file. Nothing is trusted: no count above the bytes
 * left, depth at most TORPOR_MAX_DEPTH, shapes and dtypes checked against payload lengths,
 * duplicate keys refused. */
#ifndef TORPOR_MSGPACK_DECODE_H
#define TORPOR_MSGPACK_DECODE_H

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* The whole file as a tree. Quantities are recognised by their five (or six) keys; the chunk map
 * becomes one array;
 * __torpor_index__ is left out of the root. Errors name file, path, place, expected and found. */
TorporTree *torpor_decode_file(const TorporFile *file, GError **error);
/* The same from memory (borrowed by the tree's arrays); `name` is for messages. */
TorporTree *torpor_decode_memory(const void *bytes, gsize length, const char *name, GError **error);

G_END_DECLS

#endif
