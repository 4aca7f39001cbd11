/* The syntax of paths. The input is keys, each ended by byte 0xff: nested maps of them, whose paths
 * lead back to each. The bytes of the input as a path lead somewhere or nowhere. */
#include <string.h>

#include "base/error.h"
#include "check.h"
#include "limits.h"
#include "target.h"
#include "value/tree.h"

#define END 0xff
#define MAX_KEYS 16u

static void
check(TorporTree *tree, const char *path, const TorporNode *expected)
{
    g_autoptr(GError) error = NULL;
    const TorporNode *found = torpor_tree_lookup(tree, path, &error);
    if (found != expected)
        fuzz_fail("\"%s\" leads to %s", path, found == NULL ? error->message : "another node");
}

/* Even keys go down a level; odd ones stay on it, as long as no key is there twice. */
static void
build_and_find(TorporTree *tree, const uint8_t *bytes, size_t length)
{
    TorporNode *map = torpor_tree_root(tree);
    g_autoptr(GString) above = g_string_new(NULL);
    const uint8_t *end;
    for (guint n = 0; n < MAX_KEYS && (end = memchr(bytes, END, length)) != NULL; n++) {
        gsize key_length = (gsize)(end - bytes);
        g_autoptr(GString) path = g_string_new(above->str);
        torpor_path_append(path, (const char *)bytes, key_length);
        if (torpor_map_find(map, (const char *)bytes, key_length) == NULL) {
            TorporNode *child = torpor_node_new(tree, TORPOR_NODE_MAP);
            torpor_map_append(tree, map, (const char *)bytes, (gssize)key_length, child);
            g_assert(strlen(path->str) == path->len);
            check(tree, path->str, child);
            if (n % 2 == 0) {
                map = child;
                g_string_assign(above, path->str);
            }
        }
        bytes = end + 1;
        length -= key_length + 1;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    g_autofree char *text = g_strndup((const char *)bytes, length);
    fuzz_limits_begin(length);
    g_autoptr(TorporTree) tree = torpor_tree_new();
    build_and_find(tree, bytes, length);
    g_autoptr(GError) error = NULL;
    const TorporNode *found = torpor_tree_lookup(tree, text, &error);
    g_assert((found == NULL) == (error != NULL));
    g_assert(error == NULL || error->code == TORPOR_STATUS_NOT_FOUND);
    fuzz_limits_end();
    return 0;
}
