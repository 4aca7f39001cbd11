/* Values with payloads: text, bytes, and arrays, whole or in chunks. */
#ifndef TORPOR_MSGPACK_ENCODE_PAYLOAD_H
#define TORPOR_MSGPACK_ENCODE_PAYLOAD_H

#include "msgpack/encoder.h"

G_BEGIN_DECLS

gboolean torpor_encode_text_or_bytes(TorporEncoder *encoder, const TorporNode *node);
/* In chunks, if it is a large one. */
gboolean torpor_encode_array(TorporEncoder *encoder, const TorporArray *array);
gboolean torpor_encode_whole_array(TorporEncoder *encoder, const TorporArray *array,
                                   gint8 ext_type);

G_END_DECLS

#endif
