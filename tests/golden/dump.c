/* dump [--memory] FILE: the tree of a file as JSON, in the node types of the golden files. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "msgpack/decode.h"
#include "msgpack/stored.h"

static void
put_hex(const void *bytes, gsize length)
{
    putchar('"');
    for (gsize i = 0; i < length; i++)
        printf("%02x", ((const guint8 *)bytes)[i]);
    putchar('"');
}

static void
put_text(const char *text, gsize length)
{
    putchar('"');
    for (gsize i = 0; i < length; i++) {
        guint8 c = (guint8)text[i];
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void
put_float(const char *name, double value)
{
    guint64 bits;
    memcpy(&bits, &value, sizeof bits);
    printf("\"%s\": \"%016" G_GINT64_MODIFIER "x\"", name, bits);
}

static void
put_int(gint64 value)
{
    printf("{\"t\": \"int\", \"v\": \"%" G_GINT64_FORMAT "\"}", value);
}

static gboolean
put_bytes(const TorporFile *file, const TorporNode *node, const char *type, const char *name,
          GError **error)
{
    g_autofree char *bytes = torpor_bytes_read(file, node, error);
    if (bytes == NULL)
        return FALSE;
    printf("{\"t\": \"%s\", \"%s\": ", type, name);
    put_hex(bytes, (gsize)node->value.bytes.length);
    if (node->kind == TORPOR_NODE_EXT)
        printf(", \"code\": %d", node->value.bytes.ext_type);
    putchar('}');
    return TRUE;
}

static gboolean
put_array(const TorporFile *file, const TorporNode *node, GError **error)
{
    const TorporArray *array = node->value.array;
    g_autofree guint8 *bytes = g_malloc((gsize)array->byte_length + 1);
    if (!torpor_array_read(file, array, 0, (gsize)array->byte_length, bytes, error))
        return FALSE;
    gboolean is_scalar = node->kind == TORPOR_NODE_SCALAR;
    printf("{\"t\": \"%s\", \"dtype\": \"%s\", ", is_scalar ? "npscalar" : "ndarray",
           array->dtype_name);
    if (!is_scalar) {
        printf("\"shape\": [");
        for (guint32 i = 0; i < array->rank; i++)
            printf("%s%" G_GUINT64_FORMAT, i > 0 ? ", " : "", array->shape[i]);
        printf("], ");
    }
    printf("\"hex\": ");
    put_hex(bytes, (gsize)array->byte_length);
    putchar('}');
    return TRUE;
}

static gboolean put_node(const TorporFile *file, const TorporNode *node, GError **error);

/* The map that braintools returns. */
static gboolean
put_quantity(const TorporFile *file, const TorporNode *node, GError **error)
{
    const TorporUnit *unit = node->value.quantity.unit;
    printf("{\"t\": \"map\", \"v\": [[\"mantissa\", ");
    if (!put_node(file, node->value.quantity.mantissa, error))
        return FALSE;
    printf("], [\"scale\", ");
    put_int(unit->scale);
    printf("], [\"base\", {\"t\": \"float\", ");
    put_float("be_hex", unit->base);
    printf("}], [\"dim\", {\"t\": \"ndarray\", \"dtype\": \"int64\", \"shape\": [7], \"hex\": ");
    put_hex(unit->dim, sizeof unit->dim);
    printf("}], [\"factor\", {\"t\": \"float\", ");
    put_float("be_hex", unit->factor);
    printf("}]]}");
    return TRUE;
}

static gboolean
put_entries(const TorporFile *file, const TorporNode *node, GError **error)
{
    gboolean is_map = node->kind == TORPOR_NODE_MAP;
    printf("{\"t\": \"%s\", \"v\": [", is_map ? "map" : "array");
    for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next) {
        if (child != node->value.map.first)
            printf(", ");
        if (is_map) {
            putchar('[');
            put_text(child->key, child->key_length);
            printf(", ");
        }
        if (!put_node(file, child, error))
            return FALSE;
        if (is_map)
            putchar(']');
    }
    printf("]}");
    return TRUE;
}

static gboolean
put_node(const TorporFile *file, const TorporNode *node, GError **error)
{
    switch (node->kind) {
    case TORPOR_NODE_NIL:
        printf("{\"t\": \"nil\"}");
        return TRUE;
    case TORPOR_NODE_BOOL:
        printf("{\"t\": \"bool\", \"v\": %s}", node->value.boolean ? "true" : "false");
        return TRUE;
    case TORPOR_NODE_INT:
        put_int(node->value.integer);
        return TRUE;
    case TORPOR_NODE_UINT:
        printf("{\"t\": \"int\", \"v\": \"%" G_GUINT64_FORMAT "\"}", node->value.unsigned_integer);
        return TRUE;
    case TORPOR_NODE_FLOAT:
        printf("{\"t\": \"float\", ");
        put_float("be_hex", node->value.real);
        putchar('}');
        return TRUE;
    case TORPOR_NODE_COMPLEX:
        printf("{\"t\": \"complex\", ");
        put_float("re_be_hex", node->value.complex[0]);
        printf(", ");
        put_float("im_be_hex", node->value.complex[1]);
        putchar('}');
        return TRUE;
    case TORPOR_NODE_TEXT:
        return put_bytes(file, node, "str", "utf8_hex", error);
    case TORPOR_NODE_BYTES:
        return put_bytes(file, node, "bytes", "hex", error);
    case TORPOR_NODE_EXT:
        return put_bytes(file, node, "ext", "hex", error);
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        return put_array(file, node, error);
    case TORPOR_NODE_QUANTITY:
        return put_quantity(file, node, error);
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        return put_entries(file, node, error);
    }
    return FALSE;
}

int
main(int argc, char **argv)
{
    gboolean from_memory = argc == 3 && strcmp(argv[1], "--memory") == 0;
    if (argc != 2 && !from_memory) {
        fprintf(stderr, "usage: dump [--memory] FILE\n");
        return 2;
    }
    const char *path = argv[argc - 1];
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_autofree char *bytes = NULL;
    g_autoptr(TorporTree) tree = NULL;
    if (file != NULL && from_memory) {
        bytes = g_malloc((gsize)file->length + 1);
        if (torpor_file_read(file, 0, bytes, (gsize)file->length, &error))
            tree = torpor_decode_memory(bytes, (gsize)file->length, path, &error);
    } else if (file != NULL) {
        tree = torpor_decode_file(file, &error);
    }
    if (tree == NULL || !put_node(from_memory ? NULL : file, torpor_tree_root(tree), &error)) {
        fprintf(stderr, "dump: %s\n", error->message);
        return 1;
    }
    putchar('\n');
    return 0;
}
