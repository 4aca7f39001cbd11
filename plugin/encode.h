/* Tree -> msgpack, with braintools' bytes (shared by every kind of save). Payloads are not copied.
 */
#ifndef TORPOR_CORE_ENCODE_H
#define TORPOR_CORE_ENCODE_H

#include "index.h"
#include "sink.h"
#include "tree.h"

G_BEGIN_DECLS

#define TORPOR_CHUNK_BYTES                                                                         \
    ((guint64)1 << 30) /* arrays above this are chunked, as braintools does */
#define TORPOR_LARGE_BYTES                                                                         \
    ((guint64)64 << 10) /* leaves from here on have index ranges of their own */
#define TORPOR_BLOCK_BYTES ((guint64)4 << 20) /* hashed and written at once */

typedef struct {
    guint64 chunk_bytes; /* 0: TORPOR_CHUNK_BYTES */
    gboolean index;      /* append __torpor_index__ to the root map, which must not have that key */
} TorporEncodeOptions;

/* Encode the whole tree. With options->index the places of leaves are noted, and the index's key,
 * but not its value, is the last thing written: torpor_index_append follows once the ranges' hashes
 * are known. */
gboolean torpor_encode(TorporTree *tree, const TorporEncodeOptions *options, TorporSink *sink,
                       TorporPlaces *places, GError **error);

G_END_DECLS

#endif
