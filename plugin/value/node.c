#include "value/node.h"

#include <string.h>

const char *
torpor_node_word(const TorporNode *node)
{
    gboolean is_word = node->kind == TORPOR_NODE_TEXT && node->value.bytes.data != NULL &&
                       strlen(node->value.bytes.data) == node->value.bytes.length;
    return is_word ? node->value.bytes.data : NULL;
}

/* What stands for this character in a path; NULL: itself. */
static const char *
escape(char character)
{
    switch (character) {
    case '~':
        return "~0";
    case '/':
        return "~1";
    case '\0':
        return "~2";
    default:
        return NULL;
    }
}

void
torpor_path_append(GString *path, const char *key, gsize key_length)
{
    if (path->len > 0)
        g_string_append_c(path, '/');
    if (key_length == 0)
        g_string_append(path, "~3");
    gsize plain = 0; /* where those begin that are not appended yet */
    for (gsize i = 0; i < key_length; i++) {
        const char *escaped = escape(key[i]);
        if (escaped == NULL)
            continue;
        g_string_append_len(path, key + plain, (gssize)(i - plain));
        g_string_append_len(path, escaped, 2);
        plain = i + 1;
    }
    g_string_append_len(path, key + plain, (gssize)(key_length - plain));
}

void
torpor_path_append_child(GString *path, const TorporNode *child, guint64 number)
{
    char digits[TORPOR_NUMBER_BYTES];
    const char *key = child->key != NULL ? child->key : torpor_number_key(number, digits);
    torpor_path_append(path, key, child->key != NULL ? child->key_length : strlen(key));
}

const char *
torpor_number_key(guint64 number, char digits[TORPOR_NUMBER_BYTES])
{
    char *first = digits + TORPOR_NUMBER_BYTES - 1;
    *first = '\0';
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return first;
}

const char *
torpor_node_kind_name(TorporNodeKind kind)
{
    switch (kind) {
    case TORPOR_NODE_NIL:
        return "nil";
    case TORPOR_NODE_BOOL:
        return "bool";
    case TORPOR_NODE_INT:
    case TORPOR_NODE_UINT:
        return "integer";
    case TORPOR_NODE_FLOAT:
        return "float";
    case TORPOR_NODE_COMPLEX:
        return "complex";
    case TORPOR_NODE_TEXT:
        return "text";
    case TORPOR_NODE_BYTES:
        return "bytes";
    case TORPOR_NODE_ARRAY:
        return "array";
    case TORPOR_NODE_SCALAR:
        return "numpy scalar";
    case TORPOR_NODE_QUANTITY:
        return "quantity";
    case TORPOR_NODE_MAP:
        return "map";
    case TORPOR_NODE_LIST:
        return "list";
    case TORPOR_NODE_EXT:
        return "extension";
    }
    return "unknown";
}

gboolean
torpor_shape_byte_length(guint32 rank, const guint64 *shape, guint32 item_size, guint64 *out)
{
    guint64 bytes = item_size;
    for (guint32 i = 0; i < rank; i++) {
        if (shape[i] == 0) {
            *out = 0;
            return TRUE;
        }
    }
    for (guint32 i = 0; i < rank; i++)
        if (!g_uint64_checked_mul(&bytes, bytes, shape[i]))
            return FALSE;
    *out = bytes;
    return TRUE;
}
