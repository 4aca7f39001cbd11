#include "save/digest.h"

#include <xxhash.h>

#include "file/index.h"
#include "msgpack/encode.h"
#include "msgpack/token.h"
#include "round.h"
#include "save/saver.h"
#include "script.h"

enum { N_ROWS = 60000, N_TASKS = 4 };

/* ---- the bytes of a leaf, as a reader of the file finds them ---- */

static void
skip_value(TorporReader *reader)
{
    g_autoptr(GError) error = NULL;
    TorporToken token;
    g_assert_true(torpor_reader_next(reader, &token, &error));
    guint64 n_values = token.kind == TORPOR_TOKEN_MAP    ? 2 * token.value.length
                       : token.kind == TORPOR_TOKEN_LIST ? token.value.length
                                                         : 0;
    if (token.kind == TORPOR_TOKEN_TEXT || token.kind == TORPOR_TOKEN_BYTES ||
        token.kind == TORPOR_TOKEN_EXT)
        torpor_reader_skip(reader, token.value.length);
    for (guint64 i = 0; i < n_values; i++)
        skip_value(reader);
}

static guint64
hash_in_file(const char *bytes, gsize length, guint64 place)
{
    TorporReader reader;
    torpor_reader_init_memory(&reader, bytes + place, length - place);
    skip_value(&reader);
    guint64 hash = XXH3_64bits(bytes + place, reader.place);
    torpor_reader_clear(&reader);
    return hash;
}

static const TorporDigest *
find(const GArray *digests, const char *path)
{
    for (guint i = 0; i < digests->len; i++)
        if (g_str_equal(g_array_index(digests, TorporDigest, i).path, path))
            return &g_array_index(digests, TorporDigest, i);
    return NULL;
}

/* Every leaf of generators, populations and trees, and no other: columns, ragged ones, references,
 * small values and those that come late. */
static void
test_hashes_of_the_file(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporCapture) capture =
        torpor_capture_new_of_model(&round->host, round->catalogue, FALSE, &error);
    g_assert_no_error(error);
    g_autoptr(GArray) digests = torpor_digest_capture(capture, NULL, &error);
    g_assert_no_error(error);
    round_save_fine(round);
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(round->path, &bytes, &length, NULL));
    g_autoptr(TorporFile) file = torpor_file_open(round->path, &error);
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &error);
    g_assert_no_error(error);
    guint n_found = 0;
    for (gsize i = 0; i < index->n_paths; i++) {
        const TorporDigest *digest = find(digests, index->paths[i]);
        g_assert_cmpint(digest != NULL, ==,
                        g_str_has_prefix(index->paths[i], "generators/") ||
                            g_str_has_prefix(index->paths[i], "populations/") ||
                            g_str_has_prefix(index->paths[i], "trees/"));
        if (digest != NULL)
            g_assert_cmphex(digest->xxh3, ==, hash_in_file(bytes, length, index->places[i]));
        n_found += digest != NULL;
    }
    g_assert_cmpuint(n_found, ==, digests->len);
    g_assert_cmpuint(n_found, >, 25);
}

/* A failure of the host is reported, and save_end follows. */
static void
test_every_callback_may_fail(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const places[] = {"save_begin", "describe",      "to_state",   "gather",
                                         "lengths",    "gather_ragged", "gather late"};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autoptr(GError) error = NULL;
        round->model->fail_at = places[i];
        TorporCapture *capture =
            torpor_capture_new_of_model(&round->host, round->catalogue, FALSE, &error);
        GArray *digests = capture == NULL ? NULL : torpor_digest_capture(capture, NULL, &error);
        g_assert_null(digests);
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST);
        torpor_capture_free(capture);
        g_assert_cmpuint(round->model->n_save_begins, ==, round->model->n_save_ends);
    }
}

/* A column that only looks constant: what was hashed on a guess is hashed again, and no leaf is
 * there twice. */
static void
test_wrong_guess(Round *round, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    Script script = {.log = g_string_new(NULL)};
    const TorporHost host = {&script_host, &script};
    g_autoptr(TorporCatalogue) catalogue = torpor_catalogue_new();
    build(&script, N_NODES);
    script.nodes[1000].tau = 11; /* between the samples */
    declare(&script, catalogue);
    g_autoptr(TorporCapture) capture = torpor_capture_new_of_model(&host, catalogue, FALSE, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(capture->sources->gathers->len, >, 0);
    g_autoptr(GArray) digests = torpor_digest_capture(capture, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(TorporSaver) saver = torpor_saver_new(TORPOR_MODE_SYNC, FALSE);
    TorporCapture *saved = torpor_capture_new(&host, catalogue, round->outputs, NULL, NULL, &error);
    g_assert_no_error(error);
    torpor_saver_write_aside(saver, saved, round->path, &error);
    g_assert_no_error(error);
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(round->path, &bytes, &length, NULL));
    g_autoptr(TorporFile) file = torpor_file_open(round->path, &error);
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &error);
    guint n_found = 0;
    for (gsize i = 0; i < index->n_paths; i++) {
        const TorporDigest *digest = find(digests, index->paths[i]);
        n_found += digest != NULL;
        if (digest != NULL)
            g_assert_cmphex(digest->xxh3, ==, hash_in_file(bytes, length, index->places[i]));
    }
    g_assert_cmpuint(n_found, ==, digests->len);
    g_assert_nonnull(find(digests, "populations/nodes/iaf_psc_alpha/tau"));
    g_free(script.nodes);
    g_string_free(script.log, TRUE);
}

/* ---- gaps ---- */

typedef struct {
    const TorporGap *gap;
    TorporSink *sink;
    const char *bytes;
    guint64 n_ranges;
    guint offset;
} Filling;

/* Every n-th range, the last one first. */
static gpointer
fill_backwards(gpointer data)
{
    const Filling *filling = data;
    const TorporGap *gap = filling->gap;
    for (guint64 i = filling->n_ranges; i-- > 0;) {
        guint64 begin = i * gap->range_bytes;
        guint64 end = MIN(begin + gap->range_bytes, gap->array->byte_length);
        if (i % N_TASKS == filling->offset)
            g_assert_true(
                torpor_gap_fill(gap, filling->sink, begin, end, filling->bytes + begin, NULL));
    }
    return NULL;
}

static TorporArray *
put_values(TorporTree *tree, const double *values)
{
    TorporNode *root = torpor_tree_root(tree);
    torpor_map_put_text(tree, root, "before", "a text");
    guint64 n = N_ROWS;
    TorporArray *array =
        torpor_map_put_array(tree, root, "values", torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64), 1, &n,
                             torpor_unit_lookup("mV", NULL))
            ->value.array;
    array->data = values;
    torpor_map_put_float(tree, root, "after", 3);
    return array;
}

static GArray *
digest_tree(TorporTree *tree, TorporGaps *gaps, const TorporArray *gap_of, const double *values)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporDigester) digester = torpor_digester_new();
    const TorporEncodeOptions options = {.chunk_bytes = 100000, .gaps = gaps};
    TorporSink *sink = torpor_digester_sink(digester);
    g_assert_true(torpor_encode(tree, &options, sink, NULL, &error));
    if (gaps != NULL) {
        g_assert_null(torpor_digester_finish(digester, NULL));
        Filling fillings[N_TASKS];
        GThread *threads[N_TASKS];
        const TorporGap *gap = torpor_gaps_find(gaps, gap_of);
        for (guint i = 0; i < N_TASKS; i++) {
            fillings[i] = (Filling){gap, sink, (const char *)values,
                                    (gap_of->byte_length - 1) / gap->range_bytes + 1, i};
            threads[i] = g_thread_new("fill", fill_backwards, &fillings[i]);
        }
        for (guint i = 0; i < N_TASKS; i++)
            g_thread_join(threads[i]);
    }
    GArray *digests = torpor_digester_finish(digester, &error);
    g_assert_no_error(error);
    return digests;
}

/* A chunked quantity whose gap is filled from its end, by several threads, has the digest of the
 * same values in memory; so have its neighbours. */
static void
test_filled_in_any_order(void)
{
    g_autofree double *values = g_new(double, N_ROWS);
    for (guint i = 0; i < N_ROWS; i++)
        values[i] = 0.1 * i;
    g_autoptr(TorporTree) plain = torpor_tree_new(), gapped = torpor_tree_new();
    g_autoptr(TorporGaps) gaps = torpor_gaps_new();
    TorporArray *array = put_values(plain, values);
    g_autoptr(GArray) expected = digest_tree(plain, NULL, array, values);
    array = put_values(gapped, NULL);
    (void)torpor_gaps_add(gaps, array, 7000);
    g_autoptr(GArray) found = digest_tree(gapped, gaps, array, values);
    g_assert_cmpuint(expected->len, ==, 3);
    g_assert_cmpuint(found->len, ==, 3);
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpstr(g_array_index(found, TorporDigest, i).path, ==,
                        g_array_index(expected, TorporDigest, i).path);
        g_assert_cmphex(g_array_index(found, TorporDigest, i).xxh3, ==,
                        g_array_index(expected, TorporDigest, i).xxh3);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/digest/hashes-of-the-file", Round, NULL, set_up, test_hashes_of_the_file,
               tear_down);
    g_test_add("/digest/every-callback-may-fail", Round, NULL, set_up, test_every_callback_may_fail,
               tear_down);
    g_test_add("/digest/wrong-guess", Round, NULL, set_up, test_wrong_guess, tear_down);
    g_test_add_func("/digest/filled-in-any-order", test_filled_in_any_order);
    return g_test_run();
}
