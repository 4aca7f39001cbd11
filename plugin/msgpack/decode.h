/* msgpack -> tree. Large payloads stay in the file; see stored.h. Nothing in the file is trusted:
 * counts are compared with the bytes that are left, shapes and dtypes with the lengths of payloads,
 * the depth with TORPOR_MAX_DEPTH; a key that a map has twice is refused. */
#ifndef TORPOR_MSGPACK_DECODE_H
#define TORPOR_MSGPACK_DECODE_H

#include "base/file.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* The whole file as a tree. A map with the five or six keys of a Quantity becomes one; an array in
 * chunks becomes one array; __torpor_index__ is left out of the root. Errors name file, path and
 * place, what was expected and what was found. */
TorporTree *torpor_decode_file(const TorporFile *file, GError **error);
/* The same from memory, which the tree's arrays borrow. `name` is for messages. */
TorporTree *torpor_decode_memory(const void *bytes, gsize length, const char *name, GError **error);

G_END_DECLS

#endif
