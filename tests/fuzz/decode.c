/* Whatever the bytes are, decoding ends with a tree or an error. A tree can be read through, and
 * what can be written of it decodes again. From a file the outcome is the same. */
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "msgpack/decode.h"
#include "msgpack/encode.h"
#include "msgpack/stored.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

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
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("torpor-fuzz", MFD_CLOEXEC);
    g_assert(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, bytes, length, 0) == (ssize_t)length);
    char name[] = "fuzz";
    TorporFile file = {.fd = fd, .length = length, .path = name};
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_file(&file, &error);
    if (tree == NULL)
        g_error("read from memory, but not from a file: %s", error->message);
    read_through(&file, torpor_tree_root(tree));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_memory(bytes, length, "fuzz", &error);
    g_assert((tree == NULL) == (error != NULL));
    if (tree == NULL)
        return 0;
    read_through(NULL, torpor_tree_root(tree));
    decode_from_file(bytes, length);
    TorporSink *sink = torpor_memory_sink_new();
    gboolean encoded = torpor_encode(tree, NULL, sink, NULL, NULL);
    g_autoptr(GByteArray) again = torpor_memory_sink_free(sink, TRUE);
    if (!encoded)
        return 0;
    g_autoptr(TorporTree) same = torpor_decode_memory(again->data, again->len, "again", &error);
    if (same == NULL)
        g_error("written, but not read: %s", error->message);
    return 0;
}
