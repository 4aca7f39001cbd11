/* checkpoint/population_rows.c: a file of one rank, without keys, whose rows several ranks share by
 * their numbers. What tests/ranks does with whole checkpoints is not done again. */
#include "checkpoint/population_rows.h"

#include "base/error.h"
#include "host/section_names.h"

#define N_CELLS 3u

typedef struct {
    guint64 key;
} Cell;

static gint32
describe(void *data, const struct torpor_description *description, struct torpor_error *error)
{
    const struct torpor_population population = {
        TORPOR_POPULATION_INIT, .path = "cells",       .count = N_CELLS,
        .key = "key",           .type = "cell",        .layout = TORPOR_LAYOUT_CONTIGUOUS,
        .base = data,           .stride = sizeof(Cell)};
    (void)error;
    return description->add_population(description->data, &population);
}

/* Find cells of these keys in a file that says it has so many. The rows that were found in *rows.
 */
static gboolean
find(const guint64 *keys, gint64 count, guint64 *found, GError **error)
{
    static const struct torpor_field fields[] = {TORPOR_FIELD(Cell, key, NULL)};
    static const struct torpor_type type = {TORPOR_TYPE_INIT, .name = "cell",
                                            .version = 1,     .fields = fields,
                                            .n_fields = 1,    .object_size = sizeof(Cell)};
    static const struct torpor_host table = {TORPOR_HOST_INIT, .name = "cells", .version = "1",
                                             .describe = describe};
    Cell cells[N_CELLS];
    for (guint i = 0; i < N_CELLS; i++)
        cells[i].key = keys[i];
    const TorporHost host = {&table, cells};
    g_autoptr(TorporCatalogue) catalogue = torpor_catalogue_new();
    g_assert_true(torpor_catalogue_add_type(catalogue, &type, NULL));
    g_autoptr(TorporDescription) description = torpor_description_new(&host, NULL);
    g_autoptr(TorporPopulations) live = torpor_populations_new(&host, catalogue, description, NULL);
    g_assert_nonnull(live);

    g_autoptr(TorporTree) tree = torpor_tree_new();
    g_autoptr(GPtrArray) maps = g_ptr_array_new_with_free_func((GDestroyNotify)torpor_row_map_free);
    TorporNode *entry = torpor_map_put_map(tree, torpor_tree_root(tree), "entry");
    torpor_map_put_int(tree, entry, TORPOR_KEY_COUNT, count);
    const TorporNode *entries[] = {entry};
    const TorporNode *nodes[] = {torpor_map_put_map(tree, torpor_tree_root(tree), "cells")};
    TorporShards shards = {.n = 1};
    TorporJoinedTree joined = {tree, maps};
    const TorporJoin join = {
        .shards = &shards, .live = live, .description = description, .n_ranks = 2};
    TorporPopulationRows rows = {.join = &join,
                                 .parts = {"cells", entries, nodes},
                                 .live = torpor_populations_find(live, "cells"),
                                 .joined = &joined};
    if (!torpor_population_rows_find(&rows, error))
        return FALSE;
    for (guint i = 0; i < N_CELLS; i++)
        found[i] = rows.map->rows[i];
    return TRUE;
}

static void
test_numbers(void)
{
    static const guint64 keys[N_CELLS] = {9000, 4, 20000};
    g_autoptr(GError) error = NULL;
    guint64 found[N_CELLS];
    g_assert_true(find(keys, 20001, found, &error));
    g_assert_no_error(error);
    g_assert_cmpmem(found, sizeof found, keys, sizeof keys);
    g_assert_false(find(keys, 20000, found, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
    g_assert_nonnull(g_strstr_len(error->message, -1, "the object of key 20000 is not in the"));
}

/* It takes no time that the file could choose. */
static void
test_huge_count(void)
{
    static const guint64 keys[N_CELLS] = {G_MAXUINT64, 4, (guint64)1 << 60};
    g_autoptr(GError) error = NULL;
    guint64 found[N_CELLS];
    g_assert_false(find(keys, G_MAXINT64, found, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/population-rows/numbers", test_numbers);
    g_test_add_func("/population-rows/numbers/huge-count", test_huge_count);
    return g_test_run();
}
