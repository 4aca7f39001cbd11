/* The state of an encoding, shared by encode.c (maps and small values) and encode_payload.c. */
#ifndef TORPOR_MSGPACK_ENCODER_H
#define TORPOR_MSGPACK_ENCODER_H

#include <msgpack/pack.h>

#include "msgpack/encode_options.h"
#include "msgpack/places.h"

G_BEGIN_DECLS

typedef struct {
    TorporSink *sink;
    TorporPlaces *places; /* NULL: nobody wants them */
    const TorporEncodeOptions *options;
    guint64 chunk_bytes;
    guint64 begin;         /* of the tree, in the sink */
    guint64 gap_bytes;     /* left open so far */
    GString *path;         /* of the node being written; after a failure, where it was */
    GError *error;         /* the failure */
    msgpack_packer packer; /* to the sink */
    GByteArray *header;    /* an array's bytes before its payload */
    msgpack_packer to_header;
    GHashTable *units;   /* const TorporUnit -> GByteArray: its encoded entries of a Quantity */
    GHashTable *symbols; /* of torpor_compound_symbols_new */
    gboolean is_in_leaf;
} TorporEncoder;

/* All functions that encode return FALSE, or -1, if and only if encoder->error is set. */

gboolean torpor_encoder_fail(TorporEncoder *encoder, gint status, const char *message);
/* The callback of msgpack's packer; `data` is the encoder. */
int torpor_encoder_write(void *data, const char *bytes, size_t length);
/* Call options->progress, if there is one. */
void torpor_encoder_report_progress(const TorporEncoder *encoder);

gboolean torpor_encode_word(TorporEncoder *encoder, const char *word);
gboolean torpor_encode_number_key(TorporEncoder *encoder, guint64 number);

G_END_DECLS

#endif
