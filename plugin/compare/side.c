#include "compare/side.h"

#include <string.h>

#include "value/element.h"

/* The bytes of a text that are shown, and how many of them come before the difference. */
#define SHOWN_BYTES 60u
#define SHOWN_BEFORE 20u

static char *
array_text(const TorporSide *side, const char *path, const TorporArray *array)
{
    GString *text = g_string_new(array->dtype_name);
    for (guint32 i = 0; i < array->rank; i++)
        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i > 0 ? ", " : " [",
                               i > 0 ? array->shape[i]
                                     : torpor_layout_count(side->layout, path, array));
    g_string_append(text, array->rank > 0 ? "]" : "");
    return g_string_free(text, FALSE);
}

gboolean
torpor_side_read_bytes(const TorporSide *side, const TorporNode *node, guint64 offset, gsize length,
                       char *out, GError **error)
{
    if (node->value.bytes.data == NULL)
        return torpor_file_read(side->file, node->value.bytes.place + offset, out, length, error);
    memcpy(out, node->value.bytes.data + offset, length);
    return TRUE;
}

static gboolean
is_inside_character(char c)
{
    return ((guint8)c & 0xc0) == 0x80;
}

/* The text, or if it is long the piece around its byte `at`. */
static char *
text_around(const TorporSide *side, const TorporNode *node, guint64 at)
{
    char shown[SHOWN_BYTES + 1];
    guint64 length = node->value.bytes.length;
    guint64 start = length <= SHOWN_BYTES || at < SHOWN_BEFORE ? 0 : at - SHOWN_BEFORE;
    gsize n = (gsize)MIN(length - start, SHOWN_BYTES);
    gboolean is_cut = start + n < length;
    if (!torpor_side_read_bytes(side, node, start, n + (is_cut ? 1 : 0), shown, NULL))
        return g_strdup("(cannot be read)");
    const char *first = shown;
    while (start > 0 && n > 0 && is_inside_character(*first)) {
        first++;
        n--;
    }
    while (is_cut && n > 0 && is_inside_character(first[n]))
        n--;
    return g_strdup_printf("%s\"%.*s\"%s", start > 0 ? "..." : "", (int)n, first,
                           is_cut ? "..." : "");
}

static char *
byte_text(const TorporSide *side, const TorporNode *node, guint64 at)
{
    guint64 length = node->value.bytes.length;
    char byte = 0;
    if (at >= length || !torpor_side_read_bytes(side, node, at, 1, &byte, NULL))
        return g_strdup_printf("%" G_GUINT64_FORMAT " bytes", length);
    return g_strdup_printf("%" G_GUINT64_FORMAT " bytes, 0x%02x at %" G_GUINT64_FORMAT, length,
                           (guint8)byte, at);
}

char *
torpor_side_text_around(const TorporSide *side, const TorporNode *node, guint64 at)
{
    return node->kind == TORPOR_NODE_TEXT ? text_around(side, node, at) : byte_text(side, node, at);
}

char *
torpor_side_node_text(const TorporSide *side, const char *path, const TorporNode *node)
{
    switch (node->kind) {
    case TORPOR_NODE_BOOL:
        return g_strdup(node->value.boolean ? "true" : "false");
    case TORPOR_NODE_INT:
        return g_strdup_printf("%" G_GINT64_FORMAT, node->value.integer);
    case TORPOR_NODE_UINT:
        return g_strdup_printf("%" G_GUINT64_FORMAT, node->value.unsigned_integer);
    case TORPOR_NODE_FLOAT:
        return torpor_element_text(torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64), &node->value.real);
    case TORPOR_NODE_COMPLEX:
        return torpor_element_text(torpor_dtype_by_id(TORPOR_DTYPE_COMPLEX128),
                                   node->value.complex);
    case TORPOR_NODE_TEXT:
        return text_around(side, node, 0);
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return g_strdup_printf("%" G_GUINT64_FORMAT " bytes", node->value.bytes.length);
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        return array_text(side, path, node->value.array);
    case TORPOR_NODE_QUANTITY: {
        g_autofree char *value = torpor_side_node_text(side, path, node->value.quantity.mantissa);
        g_autofree char *unit = torpor_unit_to_text(node->value.quantity.unit);
        return g_strdup_printf("%s %s", value, unit);
    }
    default:
        return g_strdup(torpor_node_kind_name(node->kind));
    }
}
