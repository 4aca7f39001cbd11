#include "host/tree_writer.h"

static const char lent[] = "Cell[0].soma(0)\0Cell[0].soma(0.5)";

/* What the writer made of the bytes that it was lent. `late`: NULL as in a migration. */
static const TorporNode *
lend(TorporTree *tree, GPtrArray *late, const void *bytes, guint64 length, GError **error)
{
    g_auto(TorporTreeWriter) writer = {0};
    torpor_tree_writer_init(&writer, tree, torpor_tree_root(tree), "trees/model", late);
    gint32 status = writer.slots.lend_bytes(&writer, "names", bytes, length);
    const struct torpor_error none = {.struct_size = sizeof none};
    if (!torpor_tree_writer_finish(&writer, status, &none, error))
        return NULL;
    const TorporNode *node = torpor_map_find(torpor_tree_root(tree), "names", 5);
    g_assert_cmpint(node->kind, ==, TORPOR_NODE_BYTES);
    g_assert_cmpmem(node->value.bytes.data, node->value.bytes.length, bytes, length);
    return node;
}

static void
test_lent(gconstpointer is_save)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_tree_new();
    g_autoptr(GPtrArray) late = is_save == NULL ? NULL : g_ptr_array_new();
    const TorporNode *node = lend(tree, late, lent, sizeof lent, &error);
    g_assert_no_error(error);
    g_assert_true((node->value.bytes.data == lent) == (is_save != NULL));
}

static void
test_no_bytes(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) late = g_ptr_array_new();
    g_autoptr(TorporTree) tree = torpor_tree_new();
    g_assert_null(lend(tree, late, NULL, 1, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    g_assert_cmpstr(error->message, ==, "trees/model/names: its bytes are at NULL");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/tree-writer/lent/save", lent, test_lent);
    g_test_add_data_func("/tree-writer/lent/migration", NULL, test_lent);
    g_test_add_func("/tree-writer/lent/null", test_no_bytes);
    return g_test_run();
}
