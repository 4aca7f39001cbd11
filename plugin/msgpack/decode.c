/* A walk over headers. msgpack-c's unpacker does not serve here: it wants all payloads in memory,
 * stops at depth 32, and allocates whatever a header announces.
 *
 * Open containers are on a stack of our own, so that depth costs nothing of the host's stack. */
#include "msgpack/decode.h"

#include <string.h>

#include "base/error.h"
#include "msgpack/compound.h"
#include "msgpack/format.h"
#include "msgpack/payload.h"
#include "msgpack/token.h"
#include "msgpack/trailer.h"

/* A file of many small Quantities repeats few units. Their bytes, from `scale` to the end of the
 * map, are compared at once with those seen before. */
#define N_CACHED_UNITS 16u
#define MAX_UNIT_BYTES ((gsize)256)

typedef struct {
    const TorporUnit *unit;
    guint64 count; /* entries of the map */
    gsize length;
    guint8 bytes[MAX_UNIT_BYTES];
} CachedUnit;

typedef struct {
    TorporNode *node;     /* MAP or LIST */
    guint64 count;        /* entries announced */
    guint64 remaining;    /* entries still to come */
    guint64 second_place; /* of the key of the second entry of a map */
} Level;

typedef struct {
    TorporReader reader;
    TorporTree *tree;
    GHashTable *symbols; /* of units */
    TorporNode *child;   /* being decoded below the innermost level */
    guint depth;         /* containers that are open */
    guint n_units;       /* ever cached: the oldest makes room */
    CachedUnit units[N_CACHED_UNITS];
    Level levels[TORPOR_MAX_DEPTH];
} Decoder;

static gboolean
no_memory(GError **error, guint64 length)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                "no memory for %" G_GUINT64_FORMAT " bytes of a tree", length);
    return FALSE;
}

static TorporNode *
new_node(Decoder *decoder, GError **error)
{
    TorporNode *node = torpor_tree_try_alloc(decoder->tree, sizeof *node);
    if (node == NULL) {
        no_memory(error, sizeof *node);
        return NULL;
    }
    *node = (TorporNode){.kind = TORPOR_NODE_NIL};
    return node;
}

/* ---- keys ---- */

/* The next `length` bytes, NUL-terminated, in the tree's memory. */
static char *
keep_text(Decoder *decoder, guint64 length, GError **error)
{
    char *text = torpor_tree_try_alloc(decoder->tree, (gsize)length + 1);
    if (text == NULL) {
        no_memory(error, length);
        return NULL;
    }
    if (!torpor_reader_copy(&decoder->reader, text, (gsize)length, error))
        return NULL;
    text[length] = '\0';
    return text;
}

static gboolean
read_key(Decoder *decoder, TorporNode *child, GError **error)
{
    TorporToken token;
    if (!torpor_reader_next(&decoder->reader, &token, error))
        return FALSE;
    if (token.kind != TORPOR_TOKEN_TEXT) {
        torpor_damage_set(error, token.place, "expected the key of a map (a text), found %s",
                          torpor_token_kind_name(token.kind));
        return FALSE;
    }
    const char *key = keep_text(decoder, token.value.length, error);
    if (key == NULL)
        return FALSE;
    if (!torpor_utf8_is_valid(key, (gsize)token.value.length)) {
        torpor_damage_set(error, token.place, "a key that is not UTF-8");
        return FALSE;
    }
    child->key = key;
    child->key_length = (guint32)token.value.length;
    return TRUE;
}

static gboolean
check_keys(const TorporNode *map, GError **error)
{
    const TorporNode *duplicate;
    if (!torpor_map_find_duplicate(map, &duplicate, error))
        return FALSE;
    if (duplicate == NULL)
        return TRUE;
    g_autofree char *key = g_utf8_make_valid(duplicate->key, MIN(duplicate->key_length, 100));
    torpor_damage_set(error, duplicate->place, "key \"%s\" is there twice", key);
    return FALSE;
}

/* ---- values ---- */

static gboolean
read_bytes(Decoder *decoder, TorporNode *node, TorporNodeKind kind, const TorporToken *token,
           GError **error)
{
    TorporReader *reader = &decoder->reader;
    guint64 length = token->value.length;
    node->kind = kind;
    node->value.bytes.length = length;
    node->value.bytes.place = reader->place;
    node->value.bytes.ext_type = token->ext_type;
    if (reader->file != NULL && length > TORPOR_INLINE_BYTES) {
        torpor_reader_skip(reader, length);
        return TRUE;
    }
    const char *data = keep_text(decoder, length, error);
    if (data == NULL)
        return FALSE;
    node->value.bytes.data = data;
    if (kind == TORPOR_NODE_TEXT && !torpor_utf8_is_valid(data, (gsize)length)) {
        torpor_damage_set(error, token->place, "a text that is not UTF-8");
        return FALSE;
    }
    return TRUE;
}

static gboolean
read_array(Decoder *decoder, TorporNode *node, TorporNodeKind kind, const TorporToken *token,
           GError **error)
{
    node->kind = kind;
    node->value.array =
        torpor_payload_read_array(&decoder->reader, decoder->tree, token->value.length, error);
    if (node->value.array == NULL)
        return FALSE;
    if (kind == TORPOR_NODE_ARRAY || node->value.array->rank == 0)
        return TRUE;
    torpor_damage_set(error, token->place, "a numpy scalar of %u dimensions",
                      node->value.array->rank);
    return FALSE;
}

static gboolean
read_extension(Decoder *decoder, TorporNode *node, const TorporToken *token, GError **error)
{
    switch (token->ext_type) {
    case TORPOR_EXT_ARRAY:
        return read_array(decoder, node, TORPOR_NODE_ARRAY, token, error);
    case TORPOR_EXT_SCALAR:
        return read_array(decoder, node, TORPOR_NODE_SCALAR, token, error);
    case TORPOR_EXT_COMPLEX:
        node->kind = TORPOR_NODE_COMPLEX;
        return torpor_payload_read_complex(&decoder->reader, token->value.length,
                                           node->value.complex, error);
    default:
        return read_bytes(decoder, node, TORPOR_NODE_EXT, token, error);
    }
}

static gboolean
open_container(Decoder *decoder, TorporNode *node, TorporNodeKind kind, const TorporToken *token,
               GError **error)
{
    node->kind = kind;
    if (decoder->depth == TORPOR_MAX_DEPTH) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "byte %" G_GUINT64_FORMAT
                    ": maps and lists within each other more than %u deep",
                    token->place, TORPOR_MAX_DEPTH);
        return FALSE;
    }
    decoder->levels[decoder->depth++] =
        (Level){.node = node, .count = token->value.length, .remaining = token->value.length};
    decoder->child = NULL;
    return TRUE;
}

/* Read a leaf, or open a container. */
static gboolean
read_value(Decoder *decoder, TorporNode *node, GError **error)
{
    TorporToken token;
    if (!torpor_reader_next(&decoder->reader, &token, error))
        return FALSE;
    node->place = token.place;
    switch (token.kind) {
    case TORPOR_TOKEN_NIL:
        node->kind = TORPOR_NODE_NIL;
        return TRUE;
    case TORPOR_TOKEN_BOOL:
        node->kind = TORPOR_NODE_BOOL;
        node->value.boolean = token.value.boolean;
        return TRUE;
    case TORPOR_TOKEN_INT:
        node->kind = TORPOR_NODE_INT;
        node->value.integer = token.value.integer;
        return TRUE;
    case TORPOR_TOKEN_UINT:
        node->kind = TORPOR_NODE_UINT;
        node->value.unsigned_integer = token.value.unsigned_integer;
        return TRUE;
    case TORPOR_TOKEN_FLOAT:
        node->kind = TORPOR_NODE_FLOAT;
        node->value.real = token.value.real;
        return TRUE;
    case TORPOR_TOKEN_TEXT:
        return read_bytes(decoder, node, TORPOR_NODE_TEXT, &token, error);
    case TORPOR_TOKEN_BYTES:
        return read_bytes(decoder, node, TORPOR_NODE_BYTES, &token, error);
    case TORPOR_TOKEN_EXT:
        return read_extension(decoder, node, &token, error);
    case TORPOR_TOKEN_MAP:
        return open_container(decoder, node, TORPOR_NODE_MAP, &token, error);
    default: /* LIST */
        return open_container(decoder, node, TORPOR_NODE_LIST, &token, error);
    }
}

/* ---- repeated units ---- */

/* If the map's mantissa was just read, and the bytes of a unit seen before follow, the map is
 * complete. */
static gboolean
finish_quantity(Decoder *decoder, Level *level)
{
    if (level->remaining != level->count - 1 || level->node->kind != TORPOR_NODE_MAP ||
        !torpor_compound_is_mantissa(level->node->value.map.first))
        return FALSE;
    for (guint i = 0; i < MIN(decoder->n_units, N_CACHED_UNITS); i++) {
        const CachedUnit *cached = &decoder->units[i];
        if (cached->count != level->count)
            continue;
        const guint8 *bytes = torpor_reader_peek(&decoder->reader, cached->length);
        if (bytes == NULL || memcmp(bytes, cached->bytes, cached->length) != 0)
            continue;
        torpor_reader_skip(&decoder->reader, cached->length);
        torpor_compound_make_quantity(level->node, cached->unit);
        return TRUE;
    }
    return FALSE;
}

static void
remember_unit(Decoder *decoder, const Level *level)
{
    TorporReader back = decoder->reader;
    back.place = level->second_place;
    gsize length = (gsize)(decoder->reader.place - level->second_place);
    const guint8 *bytes = length <= MAX_UNIT_BYTES ? torpor_reader_peek(&back, length) : NULL;
    if (bytes == NULL)
        return;
    CachedUnit *cached = &decoder->units[decoder->n_units++ % N_CACHED_UNITS];
    cached->unit = level->node->value.quantity.unit;
    cached->count = level->count;
    cached->length = length;
    memcpy(cached->bytes, bytes, length);
}

/* ---- the walk ---- */

/* All entries of the innermost container have been read. */
static gboolean
close_container(Decoder *decoder, GError **error)
{
    Level *level = &decoder->levels[--decoder->depth];
    decoder->child = level->node;
    if (level->node->kind == TORPOR_NODE_LIST)
        return TRUE;
    torpor_map_index(decoder->tree, level->node);
    if (!check_keys(level->node, error) ||
        !torpor_compound_recognise(decoder->tree, decoder->symbols, level->node, error))
        return FALSE;
    if (level->node->kind == TORPOR_NODE_QUANTITY && !level->node->value.quantity.unit->is_offset)
        remember_unit(decoder, level);
    return TRUE;
}

static gboolean
read_entry(Decoder *decoder, GError **error)
{
    Level *level = &decoder->levels[decoder->depth - 1];
    TorporNode *child = new_node(decoder, error);
    decoder->child = NULL;
    if (child == NULL)
        return FALSE;
    if (level->remaining == level->count - 1)
        level->second_place = decoder->reader.place;
    if (level->node->kind == TORPOR_NODE_MAP && !read_key(decoder, child, error))
        return FALSE;
    torpor_map_append(decoder->tree, level->node, NULL, 0, child);
    decoder->child = child;
    level->remaining--;
    guint depth = decoder->depth;
    if (!read_value(decoder, child, error))
        return FALSE;
    if (decoder->depth == depth && finish_quantity(decoder, level))
        decoder->depth--;
    return TRUE;
}

static gboolean
walk(Decoder *decoder, GError **error)
{
    if (decoder->reader.end == 0) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "the file is empty");
        return FALSE;
    }
    TorporNode *root = new_node(decoder, error);
    if (root == NULL || !read_value(decoder, root, error))
        return FALSE;
    torpor_tree_set_root(decoder->tree, root);
    while (decoder->depth > 0) {
        gboolean complete = decoder->levels[decoder->depth - 1].remaining == 0;
        if (!(complete ? close_container(decoder, error) : read_entry(decoder, error)))
            return FALSE;
    }
    decoder->child = NULL;
    guint64 left = decoder->reader.end - decoder->reader.place;
    if (left == 0)
        return TRUE;
    torpor_damage_set(error, decoder->reader.place,
                      "the object of the file ends here, but %" G_GUINT64_FORMAT " bytes follow",
                      left);
    return FALSE;
}

static gboolean
set_index_damaged(GError **error, const char *name, const char *what)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "'%s': %s", name, what);
    return FALSE;
}

static gboolean
is_index_key(const TorporNode *node)
{
    return torpor_node_has_key(node, TORPOR_INDEX_KEY, strlen(TORPOR_INDEX_KEY));
}

/* The index is no part of the tree. It is there if the root's last key says so, and then a trailer
 * must be there as well. reason: why the trailer cannot be used; NULL if it can, or if none is
 * there. */
static gboolean
take_index_out(Decoder *decoder, const TorporTrailer *trailer, GError **reason, const char *name,
               GError **error)
{
    TorporNode *root = torpor_tree_root(decoder->tree);
    TorporNode *last = root->kind == TORPOR_NODE_MAP ? root->value.map.last : NULL;
    if (last == NULL || !is_index_key(last))
        return torpor_trailer_check_is_value(trailer, &decoder->reader, name, error);
    gboolean is_at_trailer = trailer->length > 0 && trailer->place == last->place;
    if (*reason != NULL) {
        g_propagate_error(error, g_steal_pointer(reason));
        return FALSE;
    }
    if (!is_at_trailer)
        return set_index_damaged(error, name,
                                 trailer->length == 0
                                     ? TORPOR_INDEX_KEY " does not end with a trailer"
                                     : TORPOR_INDEX_KEY " is not where the trailer says");
    torpor_map_remove(root, last);
    return TRUE;
}

/* The path of where the walk is. */
static char *
path_text(const Decoder *decoder)
{
    g_autoptr(GString) path = g_string_new(NULL);
    for (guint i = 0; i < decoder->depth; i++) {
        const TorporNode *parent = decoder->levels[i].node;
        const TorporNode *child =
            i + 1 < decoder->depth ? decoder->levels[i + 1].node : decoder->child;
        if (child == NULL)
            break;
        torpor_path_append_child(path, child, parent->value.map.count - 1);
        if (path->len > 300) {
            g_string_truncate(path, 300);
            g_string_append(path, "...");
            break;
        }
    }
    return g_utf8_make_valid(path->str, (gssize)path->len);
}

/* The last bytes of the file, which may be a trailer. */
typedef struct {
    guint8 bytes[TORPOR_TAIL_BYTES];
    gsize length;
} Tail;

/* Name the place, and the file unless the reason does. */
static void
add_place(const Decoder *decoder, const char *name, GError **reason)
{
    g_autofree char *path = path_text(decoder);
    if (path[0] != '\0')
        g_prefix_error(reason, "in \"%s\": ", path);
    if ((*reason)->code != TORPOR_STATUS_IO)
        g_prefix_error(reason, "'%s': ", name);
}

static TorporTree *
decode(Decoder *decoder, const Tail *tail, const char *name, GError **error)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    g_autoptr(GHashTable) symbols = torpor_compound_symbols_new();
    decoder->tree = tree;
    decoder->symbols = symbols;
    TorporTrailer trailer;
    g_autoptr(GError) of_trailer = NULL;
    g_autoptr(GError) of_walk = NULL;
    (void)torpor_trailer_parse(tail->bytes, tail->length, decoder->reader.end, name, &trailer,
                               &of_trailer);
    if (walk(decoder, &of_walk))
        return take_index_out(decoder, &trailer, &of_trailer, name, error) ? g_steal_pointer(&tree)
                                                                           : NULL;
    if (of_trailer != NULL && of_walk->code == TORPOR_STATUS_DAMAGED) {
        g_propagate_error(error, g_steal_pointer(&of_trailer)); /* explains it best */
        return NULL;
    }
    add_place(decoder, name, &of_walk);
    g_propagate_error(error, g_steal_pointer(&of_walk));
    return NULL;
}

/* The stack and the units, 21 KiB, are set when they are used. */
static Decoder *
decoder_new(void)
{
    Decoder *decoder = g_new(Decoder, 1);
    decoder->child = NULL;
    decoder->depth = 0;
    decoder->n_units = 0;
    return decoder;
}

TorporTree *
torpor_decode_file(const TorporFile *file, GError **error)
{
    Tail tail = {.length = (gsize)MIN(file->length, TORPOR_TAIL_BYTES)};
    g_autofree Decoder *decoder = decoder_new();
    if (!torpor_file_read(file, file->length - tail.length, tail.bytes, tail.length, error) ||
        !torpor_reader_init_file(&decoder->reader, file, error))
        return NULL;
    TorporTree *tree = decode(decoder, &tail, file->path, error);
    torpor_reader_clear(&decoder->reader);
    return tree;
}

TorporTree *
torpor_decode_memory(const void *bytes, gsize length, const char *name, GError **error)
{
    Tail tail = {.length = MIN(length, TORPOR_TAIL_BYTES)};
    if (tail.length > 0)
        memcpy(tail.bytes, (const guint8 *)bytes + (length - tail.length), tail.length);
    g_autofree Decoder *decoder = decoder_new();
    torpor_reader_init_memory(&decoder->reader, bytes, length);
    return decode(decoder, &tail, name, error);
}
