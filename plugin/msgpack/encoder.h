/* What encode.c and encode_payload.c know of the tree they are encoding. */
#ifndef TORPOR_MSGPACK_ENCODER_H
#define TORPOR_MSGPACK_ENCODER_H

#include <msgpack/pack.h>

#include "msgpack/encode_options.h"
#include "msgpack/places.h"

G_BEGIN_DECLS

typedef struct {
    TorporSink *sink;
    TorporPlaces *places; /* NULL: not wanted */
    const TorporEncodeOptions *options;
    guint64 chunk_bytes;
    guint64 begin;         /* place in the sink */
    guint64 gap_bytes;     /* left open so far */
    GString *path;         /* of the node being written; after a failure, where it was */
    GError *error;         /* the failure */
    msgpack_packer packer; /* to the sink */
    GByteArray *header;    /* an array's bytes before its payload */
    msgpack_packer to_header;
    GHashTable *units; /* const TorporUnit -> GByteArray: what follows a mantissa of that unit */
} TorporEncoder;

/* FALSE, or -1, if and only if encoder->error is set: so do all functions that encode. */

gboolean torpor_encoder_fail(TorporEncoder *encoder, gint status, const char *message);
/* For msgpack's packer: data is the encoder. */
int torpor_encoder_write(void *data, const char *bytes, size_t length);
void torpor_encoder_tell_progress(const TorporEncoder *encoder);

gboolean torpor_encode_word(TorporEncoder *encoder, const char *word);
gboolean torpor_encode_number_key(TorporEncoder *encoder, guint64 number);

G_END_DECLS

#endif
