/* Encodes the values that have payloads: texts, bytes and arrays. */
#ifndef TORPOR_MSGPACK_ENCODE_PAYLOAD_H
#define TORPOR_MSGPACK_ENCODE_PAYLOAD_H

#include "msgpack/encoder.h"

G_BEGIN_DECLS

gboolean torpor_encode_text_or_bytes(TorporEncoder *encoder, const TorporNode *node);
/* In chunks, if it is larger than encoder->chunk_bytes. */
gboolean torpor_encode_array(TorporEncoder *encoder, const TorporArray *array);
/* In one msgpack extension of this type, without chunks. */
gboolean torpor_encode_whole_array(TorporEncoder *encoder, const TorporArray *array,
                                   gint8 ext_type);

G_END_DECLS

#endif
