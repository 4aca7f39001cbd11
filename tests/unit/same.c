#include "compare/same.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "compare/compare.h"
#include "file/save_tree.h"
#include "msgpack/decode.h"

#define N_LARGE ((guint64)1500000) /* 12 MB: three ranges */

typedef struct {
    char *folder;
    double *large;
    char *a;
    char *b;
} Fixture;

static void
set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    fixture->folder = g_dir_make_tmp("torpor-same-XXXXXX", NULL);
    fixture->a = g_build_filename(fixture->folder, "a", NULL);
    fixture->b = g_build_filename(fixture->folder, "b", NULL);
    fixture->large = g_new(double, N_LARGE);
    for (guint64 i = 0; i < N_LARGE; i++)
        fixture->large[i] = (double)i;
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_unlink(fixture->a);
    g_unlink(fixture->b);
    g_rmdir(fixture->folder);
    g_free(fixture->a);
    g_free(fixture->b);
    g_free(fixture->folder);
    g_free(fixture->large);
}

/* A file with a text and the large array. */
static void
save(const Fixture *fixture, const char *path, const char *text)
{
    GError *error = NULL;
    g_autoptr(TorporTree) tree = torpor_tree_new();
    torpor_map_put_text(tree, torpor_tree_root(tree), "text", text);
    torpor_map_put_array(tree, torpor_tree_root(tree), "large",
                         torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64), 1, &(guint64){N_LARGE}, NULL)
        ->value.array->data = fixture->large;
    const TorporEncodeOptions options = {.index = TRUE};
    torpor_file_save(path, tree, &options, TRUE, FALSE, &error);
    g_assert_no_error(error);
}

typedef struct {
    TorporFile *files[2];
    TorporIndex *indexes[2];
    TorporTree *trees[2];
    TorporSame *same;
} Pair;

static void
pair_open(Pair *pair, const Fixture *fixture)
{
    GError *error = NULL;
    const char *paths[] = {fixture->a, fixture->b};
    for (int i = 0; i < 2; i++) {
        pair->files[i] = torpor_file_open(paths[i], &error);
        g_assert_no_error(error);
        pair->indexes[i] = torpor_file_read_index(pair->files[i], &error);
        g_assert_no_error(error);
        pair->trees[i] = torpor_decode_file(pair->files[i], &error);
        g_assert_no_error(error);
    }
    pair->same = torpor_same_new(pair->files[0], pair->indexes[0], pair->files[1], pair->indexes[1],
                                 NULL, NULL, &error);
    g_assert_no_error(error);
}

static void
pair_close(Pair *pair)
{
    torpor_same_free(pair->same);
    for (int i = 0; i < 2; i++) {
        torpor_tree_free(pair->trees[i]);
        torpor_index_free(pair->indexes[i]);
        torpor_file_close(pair->files[i]);
    }
}

static gboolean
keep_text(const TorporDifference *difference, gpointer data)
{
    char **text = data;
    g_assert_null(*text);
    *text = torpor_difference_to_text(difference, TRUE);
    return TRUE;
}

/* What differs, with and without what is known to be the same. */
static void
assert_difference(const Pair *pair, const char *expected)
{
    for (int knows = 0; knows < 2; knows++) {
        GError *error = NULL;
        g_autofree char *text = NULL;
        const TorporCompareOptions options = {.same = knows ? pair->same : NULL};
        torpor_compare(pair->files[0], pair->trees[0], pair->files[1], pair->trees[1], &options,
                       keep_text, &text, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(text, ==, expected);
    }
}

static guint64
place_of_large(const Pair *pair, int file)
{
    const TorporNode *node = torpor_tree_lookup(pair->trees[file], "large", NULL);
    return node->value.array->extents[0].place;
}

static void
test_equal(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    save(fixture, fixture->a, "x");
    save(fixture, fixture->b, "x");
    Pair pair;
    pair_open(&pair, fixture);
    guint64 end = pair.indexes[0]->place;
    g_assert_true(torpor_same_covers(pair.same, 0, end));
    g_assert_true(torpor_same_covers(pair.same, end - 1, 1));
    g_assert_false(torpor_same_covers(pair.same, 1, end));
    g_assert_false(torpor_same_covers(pair.same, end, 1));
    assert_difference(&pair, NULL);
    pair_close(&pair);
}

static void
test_one_range(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    save(fixture, fixture->a, "x");
    fixture->large[700000] += 1;
    save(fixture, fixture->b, "x");
    Pair pair;
    pair_open(&pair, fixture);
    guint64 place = place_of_large(&pair, 0);
    g_assert_true(torpor_same_covers(pair.same, 0, place + TORPOR_BLOCK_BYTES));
    g_assert_false(torpor_same_covers(pair.same, 0, place + TORPOR_BLOCK_BYTES + 1));
    g_assert_true(
        torpor_same_covers(pair.same, place + 2 * TORPOR_BLOCK_BYTES, TORPOR_BLOCK_BYTES / 2));
    assert_difference(&pair, "large: 1 of 1500000 differ, first in row 700000 (700000, 700001); at "
                             "most 1 absolute, 1.43e-06 relative, 8.6e+09 ULP");
    pair_close(&pair);
}

/* All places of B are two further on. */
static void
test_shifted(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    save(fixture, fixture->a, "x");
    save(fixture, fixture->b, "xyz");
    Pair pair;
    pair_open(&pair, fixture);
    g_assert_nonnull(pair.same);
    g_assert_cmpuint(place_of_large(&pair, 0) + 2, ==, place_of_large(&pair, 1));
    g_assert_false(torpor_same_covers(pair.same, place_of_large(&pair, 1), 1));
    assert_difference(&pair, "text: \"x\", \"xyz\"");
    pair_close(&pair);
}

/* In a range that both have, alone in one, or the same damage in both. */
static void
test_damaged(Fixture *fixture, gconstpointer data)
{
    const char *which = data;
    save(fixture, fixture->a, "x");
    save(fixture, fixture->b, strstr(which, "shifted") ? "xyz" : "x");
    const char *paths[] = {strchr(which, 'a') ? fixture->a : NULL,
                           strchr(which, 'b') ? fixture->b : NULL};
    for (int i = 0; i < 2; i++) {
        if (paths[i] == NULL)
            continue;
        FILE *file = g_fopen(paths[i], "r+");
        g_assert_cmpint(fseek(file, 9000000, SEEK_SET), ==, 0);
        int byte = fgetc(file);
        g_assert_cmpint(fseek(file, 9000000, SEEK_SET), ==, 0);
        fputc(byte ^ 4, file);
        fclose(file);
    }
    Pair pair;
    pair_open(&pair, fixture);
    g_assert_null(pair.same);
    pair_close(&pair);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/same/equal/covers-all", Fixture, NULL, set_up, test_equal, tear_down);
    g_test_add("/same/one-range/others-are-known", Fixture, NULL, set_up, test_one_range,
               tear_down);
    g_test_add("/same/shifted/compared-elsewhere", Fixture, NULL, set_up, test_shifted, tear_down);
    g_test_add("/same/damaged/first", Fixture, "a", set_up, test_damaged, tear_down);
    g_test_add("/same/damaged/second", Fixture, "b", set_up, test_damaged, tear_down);
    g_test_add("/same/damaged/both-alike", Fixture, "ab", set_up, test_damaged, tear_down);
    g_test_add("/same/damaged/shifted", Fixture, "b, shifted", set_up, test_damaged, tear_down);
    return g_test_run();
}
