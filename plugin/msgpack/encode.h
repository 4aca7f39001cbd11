/* Tree -> msgpack, with braintools' bytes (shared by every kind of save). Payloads are not copied.
 */
#ifndef TORPOR_MSGPACK_ENCODE_H
#define TORPOR_MSGPACK_ENCODE_H

#include "msgpack/encode_options.h"
#include "msgpack/places.h"
#include "msgpack/sink.h"
#include "value/tree.h"

G_BEGIN_DECLS

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
