/* Whatever the bytes are, decoding ends with a tree or an error. A tree can be read through, and
 * what can be written of it decodes again. From a file the outcome is the same. */
#include "msgpack/decode.h"
#include "bytes_file.h"
#include "check.h"
#include "limits.h"
#include "msgpack/encode.h"
#include "msgpack/stored.h"
#include "seal.h"
#include "target.h"

size_t
LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t max_length, unsigned int seed)
{
    return fuzz_change_file(bytes, length, max_length, seed);
}

static void
read_through(const TorporFile *file, const TorporNode *node)
{
    g_autofree char *content = NULL;
    switch (node->kind) {
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        content = torpor_bytes_read(file, node, NULL);
        g_assert(content != NULL);
        break;
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        content = g_malloc(node->value.array->byte_length + 1);
        g_assert(torpor_array_read(file, node->value.array, 0, node->value.array->byte_length,
                                   content, NULL));
        break;
    case TORPOR_NODE_QUANTITY:
        read_through(file, node->value.quantity.mantissa);
        break;
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next)
            read_through(file, child);
        break;
    default:
        break;
    }
}

/* What was decoded from memory, through the window onto a file. */
static void
decode_from_file(const uint8_t *bytes, size_t length)
{
    g_autoptr(GError) error = NULL;
    const TorporFile *file = fuzz_bytes_file(0, bytes, length);
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    if (tree == NULL)
        fuzz_fail("read from memory, but not from a file: %s", error->message);
    read_through(file, torpor_tree_root(tree));
}

static void
decode(const uint8_t *bytes, size_t length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_memory(bytes, length, "fuzz", &error);
    g_assert((tree == NULL) == (error != NULL));
    if (tree == NULL)
        return;
    read_through(NULL, torpor_tree_root(tree));
    decode_from_file(bytes, length);
    TorporSink *sink = torpor_memory_sink_new();
    gboolean encoded = torpor_encode(tree, NULL, sink, NULL, NULL);
    g_autoptr(GByteArray) again = torpor_memory_sink_free(sink, TRUE);
    if (!encoded)
        return;
    g_autoptr(TorporTree) same = torpor_decode_memory(again->data, again->len, "again", &error);
    if (same == NULL)
        fuzz_fail("written, but not read: %s", error->message);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    fuzz_limits_begin(length);
    decode(bytes, length);
    fuzz_limits_end();
    return 0;
}
