#include "checkpoint/shards.h"

#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "host/section_names.h"

/* What one rank saves is an ordinary file. A manifest of one rank would make `count` objects of
 * what a file says, without keys that would have to be there. */
static void
test_one_rank(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    g_autoptr(GError) error = NULL;
    const TorporShardInfo info = {.byte_length = 1000, .index_length = 100};
    TorporNode *root = torpor_tree_root(tree);
    TorporNode *format = torpor_map_put_map(tree, root, TORPOR_SECTION_FORMAT);
    torpor_map_put_text(tree, format, TORPOR_KEY_NAME, TORPOR_CHECKPOINT_NAME);
    torpor_shards_put(tree, "ckpt-0000000000000010", &info, 1, NULL);
    g_assert_null(torpor_shards_read(tree, AT_FDCWD, "ckpt-0000000000000010.msgpack", &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, "two ranks"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/shards/manifest-of-one-rank/refused", test_one_rank);
    return g_test_run();
}
