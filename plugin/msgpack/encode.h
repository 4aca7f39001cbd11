/* Tree -> msgpack, the same bytes as braintools writes. Payloads are not copied. */
#ifndef TORPOR_MSGPACK_ENCODE_H
#define TORPOR_MSGPACK_ENCODE_H

#include "msgpack/encode_options.h"
#include "msgpack/places.h"
#include "msgpack/sink.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Encode the whole tree. The place of each leaf is noted in `places`, which may be NULL. With
 * options->index, the key of the index is written last. The caller appends its value, by
 * torpor_index_encode, once the hashes of all ranges are known. options NULL: all zero.
 *
 * errors: TORPOR_STATUS_LIMIT (nested too deep; a text or bytes of 2^32 bytes or more), _INVALID (a
 * text that is not UTF-8, a key that a map has twice, a root that cannot take the index, a payload
 * that is still in a file other than options->source), and whatever the sink or a produce function
 * reports. All name the path. */
gboolean torpor_encode(TorporTree *tree, const TorporEncodeOptions *options, TorporSink *sink,
                       TorporPlaces *places, GError **error);

G_END_DECLS

#endif
