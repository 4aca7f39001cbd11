#include "msgpack/encode.h"

#include <string.h>

#include "base/error.h"
#include "base/xxh3.h"
#include "msgpack/compound.h"
#include "msgpack/encode_payload.h"
#include "msgpack/format.h"
#include "msgpack/payload.h"
#include "msgpack/trailer.h"

/* A leaf may consist of nested maps itself (a mantissa in chunks), which the decoder must accept,
 * too. */
#define DEEPEST_MAP (TORPOR_MAX_DEPTH - 4)

/* Units whose bytes are kept. A tree that was decoded may have one for each quantity. */
#define MAX_KEPT_UNITS 256u

static gboolean encode_value(TorporEncoder *encoder, const TorporNode *node, guint depth);

static int
write_to_header(void *data, const char *bytes, size_t length)
{
    g_byte_array_append(data, (const guint8 *)bytes, (guint)length);
    return 0;
}

static gboolean
encode_key(TorporEncoder *encoder, const char *key, gsize length)
{
    if (!torpor_utf8_is_valid(key, length))
        return torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID, "the key is not valid UTF-8");
    if (!encoder->options->unchecked && length == strlen(TORPOR_CHUNK_MARKER) &&
        memcmp(key, TORPOR_CHUNK_MARKER, length) == 0)
        return torpor_encoder_fail(
            encoder, TORPOR_STATUS_INVALID,
            "this key marks an array in chunks, the map could not be read; rename it");
    return msgpack_pack_str_with_body(&encoder->packer, key, length) == 0;
}

static gboolean
encode_complex(TorporEncoder *encoder, const double parts[2])
{
    msgpack_packer *packer = &encoder->packer;
    return msgpack_pack_ext(packer, 1 + 2 * 9, TORPOR_EXT_COMPLEX) == 0 &&
           msgpack_pack_array(packer, 2) == 0 && msgpack_pack_double(packer, parts[0]) == 0 &&
           msgpack_pack_double(packer, parts[1]) == 0;
}

/* ---- quantities ---- */

static gboolean
encode_unit_entries(TorporEncoder *encoder, const TorporUnit *unit)
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
    return torpor_encode_word(encoder, "scale") && msgpack_pack_int64(packer, unit->scale) == 0 &&
           torpor_encode_word(encoder, "base") && msgpack_pack_double(packer, unit->base) == 0 &&
           torpor_encode_word(encoder, "dim") && torpor_encode_array(encoder, &dim) &&
           torpor_encode_word(encoder, "factor") &&
           msgpack_pack_double(packer, unit->factor) == 0 &&
           (unit->symbol == NULL ||
            (torpor_encode_word(encoder, "unit") && torpor_encode_word(encoder, unit->symbol)));
}

static gboolean
check_unit(TorporEncoder *encoder, const TorporUnit *unit)
{
    if (encoder->options->unchecked)
        return TRUE;
    g_autofree char *contradiction = torpor_compound_contradiction(encoder->symbols, unit);
    if (contradiction == NULL)
        return TRUE;
    g_autofree char *why =
        g_strconcat(contradiction, "; it could not be read: correct one of them", NULL);
    return torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID, why);
}

/* The bytes of a unit's entries, which are kept for the next quantity of that unit. NULL on
 * failure. */
static const GByteArray *
unit_bytes(TorporEncoder *encoder, const TorporUnit *unit)
{
    GByteArray *bytes = g_hash_table_lookup(encoder->units, unit);
    if (bytes != NULL)
        return bytes;
    if (g_hash_table_size(encoder->units) >= MAX_KEPT_UNITS)
        g_hash_table_remove_all(encoder->units);
    if (!check_unit(encoder, unit))
        return NULL;
    TorporSink *sink = encoder->sink;
    encoder->sink = torpor_memory_sink_new();
    gboolean encoded = encode_unit_entries(encoder, unit);
    bytes = torpor_memory_sink_free(encoder->sink, TRUE);
    encoder->sink = sink;
    g_hash_table_insert(encoder->units, (gpointer)unit, bytes);
    return encoded ? bytes : NULL;
}

static gboolean
encode_quantity(TorporEncoder *encoder, const TorporNode *node, guint depth)
{
    const TorporUnit *unit = node->value.quantity.unit;
    const TorporNode *mantissa = node->value.quantity.mantissa;
    msgpack_packer *packer = &encoder->packer;
    if (unit->symbol != NULL && !g_utf8_validate(unit->symbol, -1, NULL))
        return torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID, "the unit is not valid UTF-8");
    if (unit->is_offset)
        return msgpack_pack_map(packer, 2) == 0 && torpor_encode_word(encoder, "value") &&
               encode_value(encoder, mantissa, depth) && torpor_encode_word(encoder, "unit") &&
               torpor_encode_word(encoder, unit->symbol);
    const GByteArray *entries = unit_bytes(encoder, unit);
    return entries != NULL && msgpack_pack_map(packer, unit->symbol == NULL ? 5 : 6) == 0 &&
           torpor_encode_word(encoder, "mantissa") && encode_value(encoder, mantissa, depth) &&
           torpor_encoder_write(encoder, (const char *)entries->data, entries->len) == 0;
}

/* ---- maps ---- */

static gboolean
check_depth(TorporEncoder *encoder, guint depth)
{
    if (depth < DEEPEST_MAP)
        return TRUE;
    g_set_error(&encoder->error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                "maps nested deeper than %u cannot be saved; keep them flatter", DEEPEST_MAP);
    return FALSE;
}

/* After a failure, the encoder's path names the key. */
static gboolean
check_keys(TorporEncoder *encoder, const TorporNode *map)
{
    const TorporNode *duplicate;
    if (!torpor_map_find_duplicate(map, &duplicate, &encoder->error))
        return FALSE;
    if (duplicate == NULL)
        return TRUE;
    torpor_path_append(encoder->path, duplicate->key, duplicate->key_length);
    return torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID, "the map has this key twice");
}

/* A map that will be read as a quantity is one leaf, too. */
static gboolean
is_leaf(const TorporEncoder *encoder, const TorporNode *node)
{
    return (node->kind != TORPOR_NODE_MAP && node->kind != TORPOR_NODE_LIST) ||
           node->value.map.count == 0 ||
           (node->kind == TORPOR_NODE_MAP && torpor_compound_is_quantity(encoder->symbols, node));
}

static gboolean
encode_child(TorporEncoder *encoder, const TorporNode *child, guint depth)
{
    if (encoder->is_in_leaf || !is_leaf(encoder, child))
        return encode_value(encoder, child, depth);
    TorporSink *sink = encoder->sink;
    if (encoder->places != NULL)
        torpor_places_add(encoder->places, encoder->path->str, encoder->path->len, sink->place);
    if (sink->klass->begin_leaf != NULL)
        sink->klass->begin_leaf(sink, encoder->path->str);
    encoder->is_in_leaf = TRUE;
    if (!encode_value(encoder, child, depth))
        return FALSE;
    encoder->is_in_leaf = FALSE;
    if (sink->klass->end_leaf != NULL)
        sink->klass->end_leaf(sink);
    return TRUE;
}

static gboolean
encode_map_entries(TorporEncoder *encoder, const TorporNode *map, guint depth)
{
    if (!check_depth(encoder, depth) || !check_keys(encoder, map))
        return FALSE;
    gsize parent = encoder->path->len;
    for (const TorporNode *child = map->value.map.first; child != NULL; child = child->next) {
        torpor_path_append(encoder->path, child->key, child->key_length);
        if (!encode_key(encoder, child->key, child->key_length) ||
            !encode_child(encoder, child, depth + 1))
            return FALSE;
        g_string_truncate(encoder->path, parent);
    }
    return TRUE;
}

static gboolean
encode_map(TorporEncoder *encoder, const TorporNode *map, guint depth)
{
    TorporUnit unit;
    return (!torpor_compound_read_unit(map, &unit) || check_unit(encoder, &unit)) &&
           msgpack_pack_map(&encoder->packer, map->value.map.count) == 0 &&
           encode_map_entries(encoder, map, depth);
}

/* As braintools does: a map numbered from "0". */
static gboolean
encode_list(TorporEncoder *encoder, const TorporNode *list, guint depth)
{
    gboolean as_array = encoder->options->list_arrays;
    guint64 count = list->value.map.count;
    if (!check_depth(encoder, depth) || (as_array ? msgpack_pack_array(&encoder->packer, count)
                                                  : msgpack_pack_map(&encoder->packer, count)) != 0)
        return FALSE;
    gsize parent = encoder->path->len;
    guint64 number = 0;
    for (const TorporNode *child = list->value.map.first; child != NULL; child = child->next) {
        torpor_path_append_child(encoder->path, child, number);
        if ((!as_array && !torpor_encode_number_key(encoder, number)) ||
            !encode_child(encoder, child, depth + 1))
            return FALSE;
        number++;
        g_string_truncate(encoder->path, parent);
    }
    return TRUE;
}

static gboolean
encode_value(TorporEncoder *encoder, const TorporNode *node, guint depth)
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
        return torpor_encode_text_or_bytes(encoder, node);
    case TORPOR_NODE_ARRAY:
        return torpor_encode_array(encoder, node->value.array);
    case TORPOR_NODE_SCALAR:
        return torpor_encode_whole_array(encoder, node->value.array, TORPOR_EXT_SCALAR);
    case TORPOR_NODE_QUANTITY:
        return encode_quantity(encoder, node, depth);
    case TORPOR_NODE_MAP:
        return encode_map(encoder, node, depth);
    case TORPOR_NODE_LIST:
        return encode_list(encoder, node, depth);
    }
    return torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID, "a node of no known kind");
}

/* ---- the whole tree ---- */

/* The bytes of all payloads: most of the file, but less than all of it. */
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

/* A reader would take the value of this key for an index. A last value that is one in all but its
 * key is hardly meant, either. */
static gboolean
check_no_index(TorporEncoder *encoder, const TorporNode *root)
{
    const TorporEncodeOptions *options = encoder->options;
    gboolean is_map =
        root->kind == TORPOR_NODE_MAP || (root->kind == TORPOR_NODE_LIST && !options->list_arrays);
    if (!is_map || (options->unchecked && !options->index))
        return TRUE;
    if (torpor_map_find(root, TORPOR_INDEX_KEY, strlen(TORPOR_INDEX_KEY)) != NULL)
        return torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID,
                                   "the key " TORPOR_INDEX_KEY
                                   " is kept for the index of a file; leave it out or rename it");
    if (root->value.map.last == NULL || !torpor_index_resembles(root->value.map.last))
        return TRUE;
    torpor_path_append_child(encoder->path, root->value.map.last, root->value.map.count - 1);
    return torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID,
                               "the last value looks like the index of a file; leave it out");
}

/* Encode again, and look whether the trailer has the checksum of what it leads to. */
static gboolean
leads_to_index(TorporTree *tree, const TorporEncodeOptions *options, const TorporTrailer *trailer)
{
    TorporEncodeOptions again = *options;
    again.unchecked = TRUE;
    again.progress = NULL;
    TorporSink *sink = torpor_memory_sink_new();
    gboolean encoded = torpor_encode(tree, &again, sink, NULL, NULL);
    g_autoptr(GByteArray) bytes = torpor_memory_sink_free(sink, TRUE);
    return encoded &&
           torpor_xxh3(bytes->data + trailer->place, (gsize)trailer->length) == trailer->xxh3;
}

/* A last value may look like a trailer, wherever it lies, unless a reader would be led to an index
 * by it: then it was made on purpose, or was that of another file and its key was changed. */
static gboolean
check_no_trailer(TorporEncoder *encoder, TorporTree *tree)
{
    static const char head[] = TORPOR_TRAILER_HEAD;
    const TorporNode *last = torpor_tree_root(tree);
    if (encoder->options->unchecked || encoder->options->index)
        return TRUE;
    while ((last->kind == TORPOR_NODE_MAP || last->kind == TORPOR_NODE_LIST) &&
           last->value.map.last != NULL) {
        guint64 number = last->value.map.count - 1;
        last = last->value.map.last;
        torpor_path_append_child(encoder->path, last, number);
    }
    if (last->kind != TORPOR_NODE_BYTES || last->value.bytes.length != TORPOR_TRAILER_BYTES ||
        !torpor_node_has_key(last, "trailer", strlen("trailer")))
        return TRUE;
    guint8 tail[TORPOR_TAIL_BYTES];
    TorporTrailer trailer;
    memcpy(tail, head, sizeof head - 1);
    memcpy(tail + sizeof head - 1, last->value.bytes.data, TORPOR_TRAILER_BYTES);
    (void)torpor_trailer_parse(tail, sizeof tail, encoder->sink->place, "", &trailer, NULL);
    return trailer.length == 0 || !leads_to_index(tree, encoder->options, &trailer) ||
           torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID,
                               "the last value looks like the index of a file; leave it out");
}

static gboolean
encode_root_with_index(TorporEncoder *encoder, const TorporNode *root)
{
    if (root->kind != TORPOR_NODE_MAP)
        return torpor_encoder_fail(encoder, TORPOR_STATUS_INVALID,
                                   "an index needs a map at the root; save without one");
    return msgpack_pack_map(&encoder->packer, root->value.map.count + 1) == 0 &&
           encode_map_entries(encoder, root, 0) && torpor_encode_word(encoder, TORPOR_INDEX_KEY);
}

gboolean
torpor_encode(TorporTree *tree, const TorporEncodeOptions *options, TorporSink *sink,
              TorporPlaces *places, GError **error)
{
    const TorporNode *root = torpor_tree_root(tree);
    static const TorporEncodeOptions usual = {0};
    options = options != NULL ? options : &usual;
    g_autoptr(GString) path = g_string_sized_new(256);
    g_autoptr(GByteArray) header = g_byte_array_sized_new(128);
    g_autoptr(GHashTable) symbols = torpor_compound_symbols_new();
    g_autoptr(GHashTable) units =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_byte_array_unref);
    TorporEncoder encoder = {.sink = sink,
                             .places = places,
                             .options = options,
                             .chunk_bytes = options->chunk_bytes > 0 ? options->chunk_bytes
                                                                     : TORPOR_CHUNK_BYTES,
                             .path = path,
                             .header = header,
                             .units = units,
                             .symbols = symbols};
    msgpack_packer_init(&encoder.packer, &encoder, torpor_encoder_write);
    msgpack_packer_init(&encoder.to_header, header, write_to_header);
    encoder.begin = sink->place;
    sink->expected = sink->place + payload_bytes(root);

    gboolean encoded = check_no_index(&encoder, root) &&
                       (options->index ? encode_root_with_index(&encoder, root)
                                       : encode_value(&encoder, root, 0)) &&
                       check_no_trailer(&encoder, tree);
    if (!encoded) {
        g_prefix_error(&encoder.error, "at \"%s\": ", path->str);
        g_propagate_error(error, encoder.error);
        return FALSE;
    }
    torpor_encoder_report_progress(&encoder);
    return TRUE;
}
