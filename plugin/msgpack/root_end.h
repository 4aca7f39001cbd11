/* The last entry of a file's root map. Its key says whether the file has an index: bytes at the end
 * that merely look like one are a value of the user's, unless their checksum is right. */
#ifndef TORPOR_MSGPACK_ROOT_END_H
#define TORPOR_MSGPACK_ROOT_END_H

#include "base/file.h"

G_BEGIN_DECLS

typedef struct {
    gboolean is_complete; /* the file is one msgpack object, from its first byte to its last */
    gboolean is_index;    /* the last key of the root map is TORPOR_INDEX_KEY */
} TorporRootEnd;

/* Walk over the headers of the file; payloads are not read. A damaged structure is no error: it is
 * not complete. */
gboolean torpor_root_end_find(const TorporFile *file, TorporRootEnd *out, GError **error);

G_END_DECLS

#endif
