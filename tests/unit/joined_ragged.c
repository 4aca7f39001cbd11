/* checkpoint/joined_ragged.c: where the values of wanted objects are in a part. What tests/ranks
 * does with whole checkpoints is not done again. */
#include "checkpoint/joined_ragged.h"

#include <string.h>

#include "base/error.h"

#define N_WANTED 3u

/* What a file of one rank has. */
typedef struct {
    guint64 n_objects;
    const guint64 *counts; /* of each, or one for all */
    guint64 n_counts;
    const guint64 *values;
    guint64 n_values;
} Part;

static const TorporArray *
put(TorporTree *tree, const char *key, const guint64 *numbers, guint64 n)
{
    TorporArray *array = torpor_map_put_array(tree, torpor_tree_root(tree), key,
                                              torpor_dtype_by_id(TORPOR_DTYPE_UINT64), 1, &n, NULL)
                             ->value.array;
    array->data = n == 0 ? (const void *)"" : numbers;
    return array;
}

/* The values of the objects of these rows, as many as *n_joined says; NULL with an error. */
static guint64 *
join(Part part, const guint64 *rows, guint64 *n_joined, GError **error)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    const TorporArray *values[] = {put(tree, "values", part.values, part.n_values)};
    const TorporArray *counts[] = {put(tree, "counts", part.counts, part.n_counts)};
    g_autoptr(TorporRowMap) map =
        torpor_row_map_new(g_memdup2(rows, N_WANTED * sizeof *rows), N_WANTED, 1, NULL);
    for (guint i = 0; i < N_WANTED; i++)
        g_assert_true(torpor_row_map_look(map, 0, rows[i], &rows[i], 1, NULL));
    TorporJoinedTree joined = {tree, NULL};
    const TorporPopulationRows wanted = {
        .joined = &joined, .map = map, .part_rows = &part.n_objects};
    const TorporColumnParts of_values = {.parts = values, .n_parts = 1, .map = map};
    const TorporColumnParts of_counts = {
        .parts = counts, .n_parts = 1, .map = map, .part_rows = &part.n_objects};
    TorporArray *joined_values, *joined_counts;
    if (!torpor_joined_ragged_new(&wanted, &of_values, &of_counts, &joined_values, &joined_counts,
                                  error))
        return NULL;
    *n_joined = joined_values->shape[0];
    g_autofree guint64 *found = g_new(guint64, *n_joined + 1);
    g_assert_true(*n_joined == 0 ||
                  joined_values->produce(joined_values->produce_data, 0,
                                         (gsize)joined_values->byte_length, found, error));
    return g_steal_pointer(&found);
}

static const guint64 values[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
static const guint64 rows[N_WANTED] = {0, 2, 3};

static void
test_each_count(void)
{
    static const guint64 counts[] = {1, 4, 0, 3, 2}, expected[] = {0, 5, 6, 7};
    guint64 n;
    g_autofree guint64 *found = join((Part){5, counts, 5, values, 10}, rows, &n, NULL);
    g_assert_nonnull(found);
    g_assert_cmpmem(found, n * sizeof *found, expected, sizeof expected);
}

static void
test_equal_counts(void)
{
    static const guint64 two = 2, expected[] = {0, 1, 4, 5, 6, 7};
    guint64 n;
    g_autofree guint64 *found = join((Part){5, &two, 1, values, 10}, rows, &n, NULL);
    g_assert_nonnull(found);
    g_assert_cmpmem(found, n * sizeof *found, expected, sizeof expected);
}

static void
check_damaged(Part part)
{
    g_autoptr(GError) error = NULL;
    guint64 n;
    g_autofree guint64 *found = join(part, rows, &n, &error);
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_null(found);
}

static void
test_wrong_sum(void)
{
    static const guint64 counts[] = {1, 4, 0, 3, 3}, two = 2, huge = (guint64)1 << 62;
    static const guint64 overflowing[] = {1, G_MAXUINT64, 0, 3, 3};
    static const guint64 many[9000] = {1, G_MAXUINT64}; /* more than are read at once */
    check_damaged((Part){5, counts, 5, values, 10});
    check_damaged((Part){5, overflowing, 5, values, 6});
    check_damaged((Part){6, &two, 1, values, 10});
    check_damaged((Part){9000, many, 9000, values, 6});
    check_damaged((Part){4, &huge, 1, NULL, 0});
}

/* It takes no time that the file could choose. */
static void
test_huge_number_of_objects(void)
{
    static const guint64 none = 0;
    guint64 n;
    g_autofree guint64 *found = join((Part){G_MAXINT64, &none, 1, NULL, 0}, rows, &n, NULL);
    g_assert_nonnull(found);
    g_assert_cmpuint(n, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/joined-ragged/each-count", test_each_count);
    g_test_add_func("/joined-ragged/equal-counts", test_equal_counts);
    g_test_add_func("/joined-ragged/wrong-sum", test_wrong_sum);
    g_test_add_func("/joined-ragged/huge-number-of-objects", test_huge_number_of_objects);
    return g_test_run();
}
