#include "msgpack/encode_payload.h"

#include <string.h>

#include "base/error.h"
#include "msgpack/compound.h"
#include "msgpack/format.h"
#include "msgpack/payload.h"
#include "msgpack/stored.h"

G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN); /* array bytes are the machine's */

/* A payload in memory is given in pieces of this size if somebody wants to see progress. They are
 * whole blocks, so that ranges stay the same. */
#define PROGRESS_BYTES (16 * TORPOR_BLOCK_BYTES)

static gboolean
encode_boundary(TorporEncoder *encoder, guint64 payload_length)
{
    TorporSink *sink = encoder->sink;
    return payload_length < TORPOR_LARGE_BYTES || sink->klass->boundary(sink, &encoder->error);
}

/* At once, unless progress is wanted. */
static gboolean
append_payload(TorporEncoder *encoder, const char *bytes, guint64 length)
{
    TorporSink *sink = encoder->sink;
    guint64 at_once = encoder->options->progress == NULL ? length : PROGRESS_BYTES;
    do {
        guint64 piece = MIN(length, at_once);
        if (!sink->klass->append_payload(sink, bytes, piece, &encoder->error))
            return FALSE;
        if (piece >= TORPOR_LARGE_BYTES)
            torpor_encoder_report_progress(encoder);
        bytes += piece;
        length -= piece;
    } while (length > 0);
    return TRUE;
}

static gboolean
encode_payload(TorporEncoder *encoder, const void *bytes, guint64 length)
{
    return encode_boundary(encoder, length) && append_payload(encoder, bytes, length) &&
           encode_boundary(encoder, length);
}

/* A payload that stayed in the source file: of an array, or bytes. */
typedef struct {
    const TorporEncoder *encoder;
    const TorporArray *array;
    const TorporNode *bytes;
} Source;

static gboolean
produce_from_source(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    const Source *source = produce_data;
    const TorporEncodeOptions *options = source->encoder->options;
    return source->array != NULL
               ? torpor_array_read(options->source, source->array, offset, length, out, error)
               : torpor_file_read(options->source, source->bytes->value.bytes.place + offset, out,
                                  length, error);
}

/* An array whose progress is reported as it produces its values. */
typedef struct {
    const TorporEncoder *encoder;
    const TorporArray *array;
} Reported;

static gboolean
produce_and_report(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    const Reported *reported = produce_data;
    const TorporArray *array = reported->array;
    torpor_encoder_report_progress(reported->encoder);
    return array->produce(array->produce_data, offset, length, out, error);
}

static gboolean
produce_and_check(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    const TorporArray *array = produce_data;
    return array->produce(array->produce_data, offset, length, out, error) &&
           torpor_payload_check_values(array, out, length, offset, TORPOR_STATUS_INVALID, error);
}

static gboolean
encode_produced(TorporEncoder *encoder, const TorporArray *original)
{
    TorporSink *sink = encoder->sink;
    TorporArray checked = *original;
    const TorporArray *array = &checked;
    Reported reported = {encoder, array};
    if (!encoder->options->unchecked && array->dtype->id == TORPOR_DTYPE_BOOL) {
        checked.produce = produce_and_check;
        checked.produce_data = (gpointer)original;
    }
    TorporArray produced = checked;
    if (encoder->options->progress != NULL && array->byte_length >= TORPOR_LARGE_BYTES) {
        produced.produce = produce_and_report;
        produced.produce_data = &reported;
    }
    return encode_boundary(encoder, array->byte_length) &&
           sink->klass->append_produced(sink, &produced, &encoder->error) &&
           encode_boundary(encoder, array->byte_length);
}

/* A text is read in one piece, since all of it has to be checked before any of it is written. */
static gboolean
encode_bytes_from_source(TorporEncoder *encoder, const TorporNode *node)
{
    Source source = {encoder, NULL, node};
    guint64 length = node->value.bytes.length;
    const TorporArray bytes = {.dtype = torpor_dtype_by_id(TORPOR_DTYPE_UINT8),
                               .byte_length = length,
                               .produce = produce_from_source,
                               .produce_data = &source};
    g_autofree char *text = NULL;
    switch (node->kind) {
    case TORPOR_NODE_TEXT:
        text = torpor_bytes_read(encoder->options->source, node, &encoder->error);
        return text != NULL && msgpack_pack_str(&encoder->packer, length) == 0 &&
               encode_payload(encoder, text, length);
    case TORPOR_NODE_BYTES:
        return msgpack_pack_bin(&encoder->packer, length) == 0 && encode_produced(encoder, &bytes);
    default:
        return msgpack_pack_ext(&encoder->packer, length, node->value.bytes.ext_type) == 0 &&
               encode_produced(encoder, &bytes);
    }
}

gboolean
torpor_encode_text_or_bytes(TorporEncoder *encoder, const TorporNode *node)
{
    const char *data = node->value.bytes.data;
    guint64 length = node->value.bytes.length;
    if (length > G_MAXUINT32)
        return torpor_encoder_fail(
            encoder, TORPOR_STATUS_LIMIT,
            "text or bytes of 4 GiB and more do not fit; make it an array of uint8");
    if (data == NULL && length > 0)
        return encoder->options->source != NULL
                   ? encode_bytes_from_source(encoder, node)
                   : torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID,
                                         "the bytes are still in their file");
    if (node->kind == TORPOR_NODE_EXT)
        return msgpack_pack_ext(&encoder->packer, length, node->value.bytes.ext_type) == 0 &&
               encode_payload(encoder, data, length);
    if (node->kind == TORPOR_NODE_BYTES)
        return msgpack_pack_bin(&encoder->packer, length) == 0 &&
               encode_payload(encoder, data, length);
    if (!torpor_utf8_is_valid(data, length))
        return torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID, "the text is not valid UTF-8");
    return msgpack_pack_str(&encoder->packer, length) == 0 && encode_payload(encoder, data, length);
}

/* ---- arrays ---- */

static gboolean
leave_gap(TorporEncoder *encoder, TorporGap *gap, guint64 length)
{
    encoder->gap_bytes += gap->blocks == NULL ? length : 0;
    g_free(gap->path);
    gap->path = g_strdup(encoder->path->str);
    return torpor_gap_append(gap, encoder->sink, length, &encoder->error);
}

static gboolean
encode_array_payload(TorporEncoder *encoder, const TorporArray *array, TorporGap *gap)
{
    if (gap != NULL)
        return leave_gap(encoder, gap, array->byte_length);
    if (array->data != NULL)
        return (encoder->options->unchecked ||
                torpor_payload_check_values(array, array->data, array->byte_length, 0,
                                            TORPOR_STATUS_INVALID, &encoder->error)) &&
               encode_payload(encoder, array->data, array->byte_length);
    if (array->produce == NULL)
        return torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID,
                                   "the array's values are still in their file");
    return encode_produced(encoder, array);
}

static gboolean
encode_array_values(TorporEncoder *encoder, const TorporArray *array, TorporGap *gap)
{
    if (array->byte_length == 0)
        return TRUE;
    encoder->sink->item_bytes = array->dtype->size;
    gboolean is_encoded = encode_array_payload(encoder, array, gap);
    encoder->sink->item_bytes = 0;
    return is_encoded;
}

/* gap: of the array, or of the one that it is a chunk of; NULL: none. */
static gboolean
encode_extension(TorporEncoder *encoder, const TorporArray *array, TorporGap *gap, gint8 ext_type)
{
    GByteArray *header = encoder->header;
    msgpack_packer *to_header = &encoder->to_header;
    g_byte_array_set_size(header, 0);
    msgpack_pack_array(to_header, 3);
    msgpack_pack_array(to_header, array->rank);
    for (guint32 i = 0; i < array->rank; i++)
        msgpack_pack_uint64(to_header, array->shape[i]);
    msgpack_pack_str_with_body(to_header, array->dtype_name, strlen(array->dtype_name));
    msgpack_pack_bin(to_header, array->byte_length);
    if (array->byte_length > G_MAXUINT32 - header->len)
        return torpor_encoder_fail(encoder, TORPOR_STATUS_LIMIT,
                                   "an array of 4 GiB and more must be chunked");
    return msgpack_pack_ext(&encoder->packer, header->len + array->byte_length, ext_type) == 0 &&
           torpor_encoder_write(encoder, (const char *)header->data, header->len) == 0 &&
           encode_array_values(encoder, array, gap);
}

gboolean
torpor_encode_whole_array(TorporEncoder *encoder, const TorporArray *array, gint8 ext_type)
{
    return encode_extension(encoder, array, NULL, ext_type);
}

/* A piece of an array; rows may begin and end anywhere in it. */
typedef struct {
    TorporRows *rows;
    guint64 start;
} Chunk;

static gboolean
produce_chunk(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    const Chunk *chunk = produce_data;
    return torpor_rows_produce(chunk->rows, chunk->start + offset, length, out, error);
}

static gboolean
encode_chunks(TorporEncoder *encoder, const TorporArray *array, TorporGap *gap)
{
    guint64 item_bytes = array->dtype->size;
    guint64 piece_bytes = MAX(encoder->chunk_bytes / item_bytes, 1) * item_bytes;
    guint64 n_chunks = (array->byte_length - 1) / piece_bytes + 1;
    g_auto(TorporRows) rows = {.array = array};
    if (msgpack_pack_map(&encoder->packer, n_chunks) != 0)
        return FALSE;
    for (guint64 i = 0; i < n_chunks; i++) {
        guint64 start = i * piece_bytes;
        guint64 length = MIN(piece_bytes, array->byte_length - start);
        guint64 n_items = length / item_bytes;
        Chunk produced = {&rows, start};
        TorporArray chunk = {.dtype = array->dtype,
                             .dtype_name = array->dtype_name,
                             .rank = 1,
                             .shape = &n_items,
                             .byte_length = length};
        if (array->data != NULL) {
            chunk.data = (const char *)array->data + start;
        } else if (array->produce != NULL) {
            chunk.produce = produce_chunk;
            chunk.produce_data = &produced;
        }
        if (!torpor_encode_number_key(encoder, i) ||
            !encode_extension(encoder, &chunk, gap, TORPOR_EXT_ARRAY))
            return FALSE;
    }
    return TRUE;
}

gboolean
torpor_encode_array(TorporEncoder *encoder, const TorporArray *array)
{
    Source source = {encoder, array, NULL};
    TorporArray produced = *array;
    TorporGaps *gaps = encoder->options->gaps;
    TorporGap *gap = gaps == NULL ? NULL : torpor_gaps_find(gaps, array);
    if (array->data == NULL && array->produce == NULL && encoder->options->source != NULL) {
        produced.produce = produce_from_source;
        produced.produce_data = &source;
        array = &produced;
    }
    if (array->byte_length <= encoder->chunk_bytes)
        return encode_extension(encoder, array, gap, TORPOR_EXT_ARRAY);
    msgpack_packer *packer = &encoder->packer;
    if (msgpack_pack_map(packer, 3) != 0 || !torpor_encode_word(encoder, TORPOR_CHUNK_MARKER) ||
        msgpack_pack_true(packer) != 0 || !torpor_encode_word(encoder, "shape") ||
        msgpack_pack_map(packer, array->rank) != 0)
        return FALSE;
    for (guint32 i = 0; i < array->rank; i++)
        if (!torpor_encode_number_key(encoder, i) ||
            msgpack_pack_uint64(packer, array->shape[i]) != 0)
            return FALSE;
    return torpor_encode_word(encoder, "chunks") && encode_chunks(encoder, array, gap);
}
