#include "msgpack/encoder.h"

#include <string.h>

#include "base/error.h"

gboolean
torpor_encoder_fail(TorporEncoder *encoder, gint status, const char *message)
{
    g_set_error_literal(&encoder->error, TORPOR_ERROR, status, message);
    return FALSE;
}

int
torpor_encoder_write(void *data, const char *bytes, size_t length)
{
    TorporEncoder *encoder = data;
    TorporSink *sink = encoder->sink;
    return sink->klass->append(sink, bytes, length, &encoder->error) ? 0 : -1;
}

gboolean
torpor_encode_word(TorporEncoder *encoder, const char *word)
{
    return msgpack_pack_str_with_body(&encoder->packer, word, strlen(word)) == 0;
}

gboolean
torpor_encode_number_key(TorporEncoder *encoder, guint64 number)
{
    char digits[TORPOR_NUMBER_BYTES];
    return torpor_encode_word(encoder, torpor_number_key(number, digits));
}

void
torpor_encoder_report_progress(const TorporEncoder *encoder)
{
    const TorporSink *sink = encoder->sink;
    if (encoder->options->progress == NULL || sink->expected <= encoder->begin)
        return;
    guint64 total = sink->expected - encoder->begin;
    guint64 done = sink->place - encoder->begin - encoder->gap_bytes;
    encoder->options->progress(encoder->options->progress_data, MIN(done, total), total);
}
