#include "cli/value.h"

#include <string.h>

#include "base/error.h"
#include "msgpack/stored.h"

/* ---- numbers ---- */

#define PIECE_ELEMENTS ((gsize)16 << 10)

/* Elements one after the other, read in pieces. */
typedef struct {
    const TorporNumbers *numbers;
    guint64 next;
    guint64 piece_first;
    gsize piece_count;
    guint8 *piece;
    GString *text;
} Stream;

static const char *
next_text(Stream *stream, GError **error)
{
    const TorporNumbers *numbers = stream->numbers;
    if (stream->next == stream->piece_first + stream->piece_count) {
        stream->piece_first = stream->next;
        stream->piece_count = (gsize)MIN(numbers->count - stream->next, PIECE_ELEMENTS);
        if (!torpor_numbers_read(numbers, stream->next, stream->piece_count, stream->piece, error))
            return NULL;
    }
    g_string_truncate(stream->text, 0);
    gsize at = (gsize)(stream->next++ - stream->piece_first) * numbers->dtype->size;
    torpor_number_append(stream->text, numbers->dtype, stream->piece + at);
    return stream->text->str;
}

static gboolean
put_dimension(TorporJson *json, const char *key, Stream *stream, guint32 dimension, GError **error)
{
    const TorporNumbers *numbers = stream->numbers;
    if (dimension == numbers->rank) {
        const char *text = next_text(stream, error);
        if (text != NULL)
            torpor_json_raw(json, key, text);
        return text != NULL;
    }
    torpor_json_begin_flat(json, key, '[');
    for (guint64 i = 0; i < numbers->shape[dimension]; i++)
        if (!put_dimension(json, NULL, stream, dimension + 1, error))
            return FALSE;
    torpor_json_end(json, ']');
    return TRUE;
}

gboolean
torpor_json_numbers(TorporJson *json, const char *key, const TorporNumbers *numbers, GError **error)
{
    if (!torpor_dtype_has_text(numbers->dtype)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                    "elements of dtype %s have no text form; use --format raw",
                    numbers->array.dtype_name);
        return FALSE;
    }
    g_autofree guint8 *piece = g_malloc_n(PIECE_ELEMENTS, numbers->dtype->size);
    g_autoptr(GString) text = g_string_new(NULL);
    Stream stream = {.numbers = numbers, .piece = piece, .text = text};
    if (numbers->count > 0 || numbers->rank == 1)
        return put_dimension(json, key, &stream, 0, error);
    torpor_json_raw(json, key, "[]"); /* whatever its other dimensions are */
    return TRUE;
}

/* ---- any value ---- */

static gboolean
put_bytes(TorporJson *json, const char *key, const TorporFile *file, const TorporNode *node,
          GError **error)
{
    gsize length = (gsize)node->value.bytes.length;
    g_autofree char *bytes = torpor_bytes_read(file, node, error);
    if (bytes == NULL)
        return FALSE;
    if (node->kind == TORPOR_NODE_TEXT) {
        torpor_json_text(json, key, bytes, (gssize)length);
        return TRUE;
    }
    g_autoptr(GString) hex = g_string_sized_new(2 * length);
    for (gsize i = 0; i < length; i++)
        g_string_append_printf(hex, "%02x", (guint8)bytes[i]);
    torpor_json_begin_flat(json, key, '{');
    if (node->kind == TORPOR_NODE_EXT) {
        g_autofree char *type = g_strdup_printf("%d", node->value.bytes.ext_type);
        torpor_json_raw(json, "ext", type);
    }
    torpor_json_text(json, "hex", hex->str, (gssize)hex->len);
    torpor_json_end(json, '}');
    return TRUE;
}

static gboolean
put_quantity(TorporJson *json, const char *key, const TorporNumbers *numbers, GError **error)
{
    g_autofree char *unit = torpor_unit_to_text(numbers->unit);
    torpor_json_begin_flat(json, key, '{');
    if (!torpor_json_numbers(json, "value", numbers, error))
        return FALSE;
    torpor_json_text(json, "unit", unit, -1);
    torpor_json_end(json, '}');
    return TRUE;
}

static gboolean
put_entries(TorporJson *json, const char *key, const TorporFile *file, const TorporLayout *layout,
            GString *path, const TorporNode *node, GError **error)
{
    gboolean is_map = node->kind == TORPOR_NODE_MAP;
    gsize parent_length = path->len;
    guint64 number = 0;
    torpor_json_begin(json, key, is_map ? '{' : '[');
    for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next) {
        if (is_map)
            torpor_json_key(json, child->key, child->key_length);
        torpor_path_append_child(path, child, number++);
        if (!torpor_json_value(json, NULL, file, layout, path, child, error))
            return FALSE;
        g_string_truncate(path, parent_length);
    }
    torpor_json_end(json, is_map ? '}' : ']');
    return TRUE;
}

gboolean
torpor_json_value(TorporJson *json, const char *key, const TorporFile *file,
                  const TorporLayout *layout, GString *path, const TorporNode *node, GError **error)
{
    TorporNumbers numbers;
    switch (node->kind) {
    case TORPOR_NODE_NIL:
        torpor_json_raw(json, key, "null");
        return TRUE;
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return put_bytes(json, key, file, node, error);
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        return put_entries(json, key, file, layout, path, node, error);
    default:
        torpor_numbers_init(&numbers, file, layout, path->str, node);
        return numbers.unit != NULL ? put_quantity(json, key, &numbers, error)
                                    : torpor_json_numbers(json, key, &numbers, error);
    }
}
