/* Tree -> msgpack, with braintools' bytes (shared by every kind of save). Payloads are not copied.
 */
#ifndef TORPOR_MSGPACK_ENCODE_H
#define TORPOR_MSGPACK_ENCODE_H

#include "base/file.h"
#include "file/index.h"
#include "msgpack/sink.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Arrays above this are chunked, as braintools does. */
#define TORPOR_CHUNK_BYTES ((guint64)1 << 30)

typedef struct _TorporEncodeOptions TorporEncodeOptions;
struct _TorporEncodeOptions {
    guint64 chunk_bytes;  /* 0: TORPOR_CHUNK_BYTES */
    gboolean list_arrays; /* LIST as a msgpack array instead of a map numbered from "0" */
    gboolean any_key;     /* also the marker of chunks, with which no file can be read */
    gboolean index; /* append __torpor_index__ to the root map, which must not have that key */
    /* (optional) The file that the tree was decoded from: what stayed there is copied in pieces. */
    const TorporFile *source;
    /* (optional) Bytes of payloads that were given to the sink; done grows to total. */
    void (*progress)(gpointer data, guint64 done, guint64 total);
    gpointer progress_data;
    /* (optional) Arrays that have a gap get room in the sink, which must take gaps. Called whenever
     * one has it all; fills those of its gather when each has. */
    gboolean (*fill)(gpointer gather, TorporSink *sink, const TorporEncodeOptions *options,
                     GError **error);
};

/* Encode the whole tree. With options->index the places of leaves are noted in `places`, and the
 * index's key, but not its value, is the last thing written: the bytes of torpor_index_encode
 * follow once the ranges' hashes are known. Without, `places` may be NULL. options NULL: no index.
 *
 * errors: TORPOR_STATUS_LIMIT (too deep, or text or bytes of 2^32 bytes and more), _INVALID (text
 * that is not UTF-8, a key twice in a map, a root that cannot take the index, a payload that is
 * still in a file that is not `source`), and what the sink or a produce function reports. All name
 * the path. */
gboolean torpor_encode(TorporTree *tree, const TorporEncodeOptions *options, TorporSink *sink,
                       TorporPlaces *places, GError **error);

G_END_DECLS

#endif
