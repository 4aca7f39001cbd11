#include "encode.h"

#include <msgpack/pack.h>
#include <string.h>
#include <xxhash.h>

#include "compound.h"
#include "decode.h"
#include "error.h"
#include "file.h"
#include "payload.h"

G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN); /* array bytes are the machine's */

enum { EXT_ARRAY = 1, EXT_COMPLEX = 2, EXT_SCALAR = 3 };

/* Leaves may be maps in maps themselves (a chunked mantissa): they must be readable as well. */
#define DEEPEST_MAP (TORPOR_MAX_DEPTH - 4)

/* A decoded tree may have a unit for each quantity. */
#define MAX_KEPT_UNITS 256u

/* Of a payload in memory, before it is told how far it is. Whole blocks: ranges stay as they are.
 */
#define PROGRESS_BYTES (16 * TORPOR_BLOCK_BYTES)

typedef struct {
    TorporSink *sink;
    TorporPlaces *places; /* NULL: not wanted */
    const TorporEncodeOptions *options;
    guint64 chunk_bytes;
    guint64 begin;         /* place in the sink */
    GString *path;         /* of the node being written; after a failure, where it was */
    GError *error;         /* the failure */
    msgpack_packer packer; /* to the sink */
    GByteArray *header;    /* an array's bytes before its payload */
    msgpack_packer to_header;
    GHashTable *units; /* const TorporUnit -> GByteArray: what follows a mantissa of that unit */
} Encoder;

static gboolean encode_value(Encoder *encoder, const TorporNode *node, guint depth);

static gboolean
fail(Encoder *encoder, gint status, const char *message)
{
    g_set_error_literal(&encoder->error, TORPOR_ERROR, status, message);
    return FALSE;
}

static int
write_to_sink(void *data, const char *bytes, size_t length)
{
    Encoder *encoder = data;
    TorporSink *sink = encoder->sink;
    return sink->klass->append(sink, bytes, length, &encoder->error) ? 0 : -1;
}

static int
write_to_header(void *data, const char *bytes, size_t length)
{
    g_byte_array_append(data, (const guint8 *)bytes, (guint)length);
    return 0;
}

/* ---- words and payloads ---- */

static gboolean
encode_word(Encoder *encoder, const char *word)
{
    return msgpack_pack_str_with_body(&encoder->packer, word, strlen(word)) == 0;
}

static gboolean
encode_key(Encoder *encoder, const char *key, gsize length)
{
    if (!torpor_utf8_is_valid(key, length))
        return fail(encoder, TORPOR_STATUS_INVALID, "the key is not valid UTF-8");
    if (!encoder->options->any_key && length == strlen(TORPOR_CHUNK_MARKER) &&
        memcmp(key, TORPOR_CHUNK_MARKER, length) == 0)
        return fail(encoder, TORPOR_STATUS_INVALID,
                    "this key marks an array in chunks, the map could not be read; rename it");
    return msgpack_pack_str_with_body(&encoder->packer, key, length) == 0;
}

static gboolean
encode_number_key(Encoder *encoder, guint64 number)
{
    char digits[24];
    g_snprintf(digits, sizeof digits, "%" G_GUINT64_FORMAT, number);
    return encode_word(encoder, digits);
}

static gboolean
encode_boundary(Encoder *encoder, guint64 payload_length)
{
    TorporSink *sink = encoder->sink;
    return payload_length < TORPOR_LARGE_BYTES || sink->klass->boundary(sink, &encoder->error);
}

static void
tell_progress(const Encoder *encoder)
{
    const TorporSink *sink = encoder->sink;
    if (encoder->options->progress == NULL || sink->expected <= encoder->begin)
        return;
    guint64 total = sink->expected - encoder->begin;
    guint64 done = sink->place - encoder->begin;
    encoder->options->progress(encoder->options->progress_data, MIN(done, total), total);
}

/* At once, unless it is to be told how far it is. */
static gboolean
append_payload(Encoder *encoder, const char *bytes, guint64 length)
{
    TorporSink *sink = encoder->sink;
    guint64 at_once = encoder->options->progress == NULL ? length : PROGRESS_BYTES;
    do {
        guint64 piece = MIN(length, at_once);
        if (!sink->klass->append_payload(sink, bytes, piece, &encoder->error))
            return FALSE;
        if (piece >= TORPOR_LARGE_BYTES)
            tell_progress(encoder);
        bytes += piece;
        length -= piece;
    } while (length > 0);
    return TRUE;
}

static gboolean
encode_payload(Encoder *encoder, const void *bytes, guint64 length)
{
    return encode_boundary(encoder, length) && append_payload(encoder, bytes, length) &&
           encode_boundary(encoder, length);
}

/* A payload that stayed in the source file: of an array, or bytes. */
typedef struct {
    const Encoder *encoder;
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

/* What an array produces, told as it goes. */
typedef struct {
    const Encoder *encoder;
    const TorporArray *array;
} Told;

static gboolean
produce_and_tell(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    const Told *told = produce_data;
    tell_progress(told->encoder);
    return told->array->produce(told->array->produce_data, offset, length, out, error);
}

/* The first range ends where one of the whole array's does, of which this may be a later chunk. */
static gboolean
encode_gap(Encoder *encoder, const TorporArray *array)
{
    TorporSink *sink = encoder->sink;
    TorporGap *gap = array->gap;
    TorporExtent extent = {sink->place, array->byte_length};
    guint64 first_bytes = gap->range_bytes - gap->byte_length % gap->range_bytes;
    if (!sink->klass->append_gap(sink, extent.length, first_bytes, gap->range_bytes,
                                 &encoder->error))
        return FALSE;
    g_array_append_val(gap->extents, extent);
    gap->byte_length += extent.length;
    return gap->byte_length < gap->whole_length ||
           encoder->options->fill(gap->gather, sink, encoder->options, &encoder->error);
}

static gboolean
encode_produced(Encoder *encoder, const TorporArray *array)
{
    TorporSink *sink = encoder->sink;
    if (array->gap != NULL && encoder->options->fill != NULL)
        return encode_gap(encoder, array);
    Told told = {encoder, array};
    TorporArray produced = *array;
    if (encoder->options->progress != NULL && array->byte_length >= TORPOR_LARGE_BYTES) {
        produced.produce = produce_and_tell;
        produced.produce_data = &told;
    }
    return encode_boundary(encoder, array->byte_length) &&
           sink->klass->append_produced(sink, &produced, &encoder->error) &&
           encode_boundary(encoder, array->byte_length);
}

/* A text is read at once, since it has to be checked as a whole. */
static gboolean
encode_bytes_from_source(Encoder *encoder, const TorporNode *node)
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

static gboolean
encode_text_or_bytes(Encoder *encoder, const TorporNode *node)
{
    const char *data = node->value.bytes.data;
    guint64 length = node->value.bytes.length;
    if (length > G_MAXUINT32)
        return fail(encoder, TORPOR_STATUS_LIMIT,
                    "text or bytes of 4 GiB and more do not fit; make it an array of uint8");
    if (data == NULL && length > 0)
        return encoder->options->source != NULL
                   ? encode_bytes_from_source(encoder, node)
                   : fail(encoder, TORPOR_STATUS_INVALID, "the bytes are still in their file");
    if (node->kind == TORPOR_NODE_EXT)
        return msgpack_pack_ext(&encoder->packer, length, node->value.bytes.ext_type) == 0 &&
               encode_payload(encoder, data, length);
    if (node->kind == TORPOR_NODE_BYTES)
        return msgpack_pack_bin(&encoder->packer, length) == 0 &&
               encode_payload(encoder, data, length);
    if (!torpor_utf8_is_valid(data, length))
        return fail(encoder, TORPOR_STATUS_INVALID, "the text is not valid UTF-8");
    return msgpack_pack_str(&encoder->packer, length) == 0 && encode_payload(encoder, data, length);
}

static gboolean
encode_complex(Encoder *encoder, const double parts[2])
{
    msgpack_packer *packer = &encoder->packer;
    return msgpack_pack_ext(packer, 1 + 2 * 9, EXT_COMPLEX) == 0 &&
           msgpack_pack_array(packer, 2) == 0 && msgpack_pack_double(packer, parts[0]) == 0 &&
           msgpack_pack_double(packer, parts[1]) == 0;
}

/* ---- arrays ---- */

static gboolean
encode_array_payload(Encoder *encoder, const TorporArray *array)
{
    if (array->byte_length == 0)
        return TRUE;
    if (array->data != NULL)
        return encode_payload(encoder, array->data, array->byte_length);
    if (array->produce == NULL)
        return fail(encoder, TORPOR_STATUS_INVALID, "the array's values are still in their file");
    return encode_produced(encoder, array);
}

static gboolean
encode_whole_array(Encoder *encoder, const TorporArray *array, gint8 ext_type)
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
        return fail(encoder, TORPOR_STATUS_LIMIT, "an array of 4 GiB and more must be chunked");
    return msgpack_pack_ext(&encoder->packer, header->len + array->byte_length, ext_type) == 0 &&
           write_to_sink(encoder, (const char *)header->data, header->len) == 0 &&
           encode_array_payload(encoder, array);
}

/* A piece of an array whose rows may end anywhere in it. */
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
encode_chunks(Encoder *encoder, const TorporArray *array)
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
            chunk.gap = array->gap;
        }
        if (!encode_number_key(encoder, i) || !encode_whole_array(encoder, &chunk, EXT_ARRAY))
            return FALSE;
    }
    return TRUE;
}

static gboolean
encode_array(Encoder *encoder, const TorporArray *array)
{
    Source source = {encoder, array, NULL};
    TorporArray produced = *array;
    if (array->data == NULL && array->produce == NULL && encoder->options->source != NULL) {
        produced.produce = produce_from_source;
        produced.produce_data = &source;
        array = &produced;
    }
    if (array->byte_length <= encoder->chunk_bytes)
        return encode_whole_array(encoder, array, EXT_ARRAY);
    msgpack_packer *packer = &encoder->packer;
    if (msgpack_pack_map(packer, 3) != 0 || !encode_word(encoder, TORPOR_CHUNK_MARKER) ||
        msgpack_pack_true(packer) != 0 || !encode_word(encoder, "shape") ||
        msgpack_pack_map(packer, array->rank) != 0)
        return FALSE;
    for (guint32 i = 0; i < array->rank; i++)
        if (!encode_number_key(encoder, i) || msgpack_pack_uint64(packer, array->shape[i]) != 0)
            return FALSE;
    return encode_word(encoder, "chunks") && encode_chunks(encoder, array);
}

/* ---- quantities ---- */

static gboolean
encode_unit_entries(Encoder *encoder, const TorporUnit *unit)
{
    msgpack_packer *packer = &encoder->packer;
    guint64 n_dimensions = G_N_ELEMENTS(unit->dim);
    const TorporDtype *int64 = torpor_dtype_by_id(TORPOR_DTYPE_INT64);
    TorporArray dim = {.dtype = int64,
                       .dtype_name = int64->name,
                       .rank = 1,
                       .shape = &n_dimensions,
                       .byte_length = sizeof unit->dim,
                       .data = unit->dim};
    return encode_word(encoder, "scale") && msgpack_pack_int64(packer, unit->scale) == 0 &&
           encode_word(encoder, "base") && msgpack_pack_double(packer, unit->base) == 0 &&
           encode_word(encoder, "dim") && encode_array(encoder, &dim) &&
           encode_word(encoder, "factor") && msgpack_pack_double(packer, unit->factor) == 0 &&
           (unit->symbol == NULL ||
            (encode_word(encoder, "unit") && encode_word(encoder, unit->symbol)));
}

/* The bytes of a unit's entries, kept for the next quantity of that unit. NULL on failure. */
static const GByteArray *
unit_bytes(Encoder *encoder, const TorporUnit *unit)
{
    GByteArray *bytes = g_hash_table_lookup(encoder->units, unit);
    if (bytes != NULL)
        return bytes;
    if (g_hash_table_size(encoder->units) >= MAX_KEPT_UNITS)
        g_hash_table_remove_all(encoder->units);
    TorporSink *sink = encoder->sink;
    encoder->sink = torpor_memory_sink_new();
    gboolean encoded = encode_unit_entries(encoder, unit);
    bytes = torpor_memory_sink_free(encoder->sink, TRUE);
    encoder->sink = sink;
    g_hash_table_insert(encoder->units, (gpointer)unit, bytes);
    return encoded ? bytes : NULL;
}

static gboolean
encode_quantity(Encoder *encoder, const TorporNode *node, guint depth)
{
    const TorporUnit *unit = node->value.quantity.unit;
    const TorporNode *mantissa = node->value.quantity.mantissa;
    msgpack_packer *packer = &encoder->packer;
    if (unit->symbol != NULL && !g_utf8_validate(unit->symbol, -1, NULL))
        return fail(encoder, TORPOR_STATUS_INVALID, "the unit is not valid UTF-8");
    if (unit->is_offset)
        return msgpack_pack_map(packer, 2) == 0 && encode_word(encoder, "value") &&
               encode_value(encoder, mantissa, depth) && encode_word(encoder, "unit") &&
               encode_word(encoder, unit->symbol);
    const GByteArray *entries = unit_bytes(encoder, unit);
    return entries != NULL && msgpack_pack_map(packer, unit->symbol == NULL ? 5 : 6) == 0 &&
           encode_word(encoder, "mantissa") && encode_value(encoder, mantissa, depth) &&
           write_to_sink(encoder, (const char *)entries->data, entries->len) == 0;
}

/* ---- maps ---- */

static guint
hash_key(gconstpointer data)
{
    const TorporNode *node = data;
    return (guint)XXH3_64bits(node->key, node->key_length);
}

static gboolean
same_key(gconstpointer a, gconstpointer b)
{
    const TorporNode *one = a;
    const TorporNode *other = b;
    return one->key_length == other->key_length &&
           memcmp(one->key, other->key, one->key_length) == 0;
}

static gboolean
check_depth(Encoder *encoder, guint depth)
{
    if (depth < DEEPEST_MAP)
        return TRUE;
    g_set_error(&encoder->error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                "maps nested deeper than %u cannot be saved; keep them flatter", DEEPEST_MAP);
    return FALSE;
}

/* The second child of a key that an earlier one has, NULL if there is none. */
static const TorporNode *
find_duplicate(const TorporNode *map)
{
    const guint64 few = 12;
    g_autoptr(GHashTable) seen =
        map->value.map.count > few ? g_hash_table_new(hash_key, same_key) : NULL;
    for (TorporNode *child = map->value.map.first; child != NULL; child = child->next) {
        if (seen != NULL) {
            if (!g_hash_table_add(seen, child))
                return child;
            continue;
        }
        for (TorporNode *earlier = map->value.map.first; earlier != child; earlier = earlier->next)
            if (same_key(earlier, child))
                return child;
    }
    return NULL;
}

static gboolean
encode_child(Encoder *encoder, const TorporNode *child, guint depth)
{
    if (encoder->places != NULL &&
        ((child->kind != TORPOR_NODE_MAP && child->kind != TORPOR_NODE_LIST) ||
         child->value.map.count == 0))
        torpor_places_add(encoder->places, encoder->path->str, encoder->path->len,
                          encoder->sink->place);
    return encode_value(encoder, child, depth);
}

static gboolean
encode_map_entries(Encoder *encoder, const TorporNode *map, guint depth)
{
    if (!check_depth(encoder, depth))
        return FALSE;
    gsize parent = encoder->path->len;
    const TorporNode *duplicate = find_duplicate(map);
    if (duplicate != NULL) {
        torpor_path_append(encoder->path, duplicate->key, duplicate->key_length);
        return fail(encoder, TORPOR_STATUS_INVALID, "the map has this key twice");
    }
    for (const TorporNode *child = map->value.map.first; child != NULL; child = child->next) {
        torpor_path_append(encoder->path, child->key, child->key_length);
        if (!encode_key(encoder, child->key, child->key_length) ||
            !encode_child(encoder, child, depth + 1))
            return FALSE;
        g_string_truncate(encoder->path, parent);
    }
    return TRUE;
}

/* As braintools does: a map numbered from "0". */
static gboolean
encode_list(Encoder *encoder, const TorporNode *list, guint depth)
{
    gboolean as_array = encoder->options->list_arrays;
    guint64 count = list->value.map.count;
    if (!check_depth(encoder, depth) || (as_array ? msgpack_pack_array(&encoder->packer, count)
                                                  : msgpack_pack_map(&encoder->packer, count)) != 0)
        return FALSE;
    gsize parent = encoder->path->len;
    guint64 number = 0;
    for (const TorporNode *child = list->value.map.first; child != NULL; child = child->next) {
        g_string_append_printf(encoder->path,
                               parent > 0 ? "/%" G_GUINT64_FORMAT : "%" G_GUINT64_FORMAT, number);
        if ((!as_array && !encode_number_key(encoder, number)) ||
            !encode_child(encoder, child, depth + 1))
            return FALSE;
        number++;
        g_string_truncate(encoder->path, parent);
    }
    return TRUE;
}

static gboolean
encode_value(Encoder *encoder, const TorporNode *node, guint depth)
{
    msgpack_packer *packer = &encoder->packer;
    switch (node->kind) {
    case TORPOR_NODE_NIL:
        return msgpack_pack_nil(packer) == 0;
    case TORPOR_NODE_BOOL:
        return (node->value.boolean ? msgpack_pack_true(packer) : msgpack_pack_false(packer)) == 0;
    case TORPOR_NODE_INT:
        return msgpack_pack_int64(packer, node->value.integer) == 0;
    case TORPOR_NODE_UINT:
        return msgpack_pack_uint64(packer, node->value.unsigned_integer) == 0;
    case TORPOR_NODE_FLOAT:
        return msgpack_pack_double(packer, node->value.real) == 0;
    case TORPOR_NODE_COMPLEX:
        return encode_complex(encoder, node->value.complex);
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return encode_text_or_bytes(encoder, node);
    case TORPOR_NODE_ARRAY:
        return encode_array(encoder, node->value.array);
    case TORPOR_NODE_SCALAR:
        return encode_whole_array(encoder, node->value.array, EXT_SCALAR);
    case TORPOR_NODE_QUANTITY:
        return encode_quantity(encoder, node, depth);
    case TORPOR_NODE_MAP:
        return msgpack_pack_map(packer, node->value.map.count) == 0 &&
               encode_map_entries(encoder, node, depth);
    case TORPOR_NODE_LIST:
        return encode_list(encoder, node, depth);
    }
    return fail(encoder, TORPOR_STATUS_INVALID, "a node of no known kind");
}

/* ---- the whole tree ---- */

/* Bytes of all payloads: less than the file will have, but most of it. */
static guint64
payload_bytes(const TorporNode *node)
{
    guint64 bytes = 0;
    switch (node->kind) {
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return node->value.bytes.length;
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        return node->value.array->byte_length;
    case TORPOR_NODE_QUANTITY:
        return payload_bytes(node->value.quantity.mantissa);
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next)
            bytes += payload_bytes(child);
        return bytes;
    default:
        return 0;
    }
}

static gboolean
encode_root_with_index(Encoder *encoder, const TorporNode *root)
{
    if (root->kind != TORPOR_NODE_MAP)
        return fail(encoder, TORPOR_STATUS_INVALID,
                    "an index needs a map at the root; save without one");
    if (torpor_map_find(root, TORPOR_INDEX_KEY, strlen(TORPOR_INDEX_KEY)) != NULL)
        return fail(encoder, TORPOR_STATUS_INVALID,
                    "the key " TORPOR_INDEX_KEY " is taken; rename it or save without an index");
    return msgpack_pack_map(&encoder->packer, root->value.map.count + 1) == 0 &&
           encode_map_entries(encoder, root, 0) && encode_word(encoder, TORPOR_INDEX_KEY);
}

gboolean
torpor_encode(TorporTree *tree, const TorporEncodeOptions *options, TorporSink *sink,
              TorporPlaces *places, GError **error)
{
    const TorporNode *root = torpor_tree_root(tree);
    static const TorporEncodeOptions usual = {0};
    options = options != NULL ? options : &usual;
    g_autoptr(GString) path = g_string_new(NULL);
    g_autoptr(GByteArray) header = g_byte_array_new();
    g_autoptr(GHashTable) units =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_byte_array_unref);
    Encoder encoder = {.sink = sink,
                       .places = options->index ? places : NULL,
                       .options = options,
                       .chunk_bytes =
                           options->chunk_bytes > 0 ? options->chunk_bytes : TORPOR_CHUNK_BYTES,
                       .path = path,
                       .header = header,
                       .units = units};
    msgpack_packer_init(&encoder.packer, &encoder, write_to_sink);
    msgpack_packer_init(&encoder.to_header, header, write_to_header);
    encoder.begin = sink->place;
    sink->expected = sink->place + payload_bytes(root);

    gboolean encoded =
        options->index ? encode_root_with_index(&encoder, root) : encode_value(&encoder, root, 0);
    if (!encoded) {
        g_prefix_error(&encoder.error, "at \"%s\": ", path->str);
        g_propagate_error(error, encoder.error);
        return FALSE;
    }
    tell_progress(&encoder);
    return TRUE;
}
