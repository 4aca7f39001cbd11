#include "save/gather.h"

#include <glib/gstdio.h>
#include <string.h>

#include "file/verify.h"
#include "file/writer.h"
#include "msgpack/encode.h"
#include "save/stage.h"

/* Rows of the columns: 8 bytes, 1 byte, and 3 numbers of 4 bytes. */
enum { N_COLUMNS = 3, N_ROWS = 400001 };
static const guint32 dtypes[] = {TORPOR_DTYPE_FLOAT64, TORPOR_DTYPE_UINT8, TORPOR_DTYPE_INT32};
static const guint64 row_items[] = {1, 1, 3};

/* Each byte tells its column and place. */
static guint8
byte_at(guint column, guint64 place)
{
    return (guint8)((place * 0x9e3779b97f4a7c15u + column) >> 40);
}

typedef struct {
    guint column;
    gint n_bytes;       /* atomic: produced so far */
    guint64 fails_from; /* byte */
} Source;

static gboolean
produce(gpointer data, guint64 offset, gsize length, void *out, GError **error)
{
    Source *source = data;
    guint8 *bytes = out;
    if (offset + length > source->fails_from) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST, "column %u fails", source->column);
        return FALSE;
    }
    for (gsize i = 0; i < length; i++)
        bytes[i] = byte_at(source->column, offset + i);
    g_atomic_int_add(&source->n_bytes, (gint)length);
    return TRUE;
}

typedef struct {
    Source sources[N_COLUMNS];
    guint64 odd_row; /* of the column that is constant otherwise; N_ROWS: none */
    TorporTree *tree;
    TorporGather *gather; /* NULL: values are produced in order */
    TorporGaps *gaps;
} Fixture;

/* Rows of 5 bytes, the same but for one. */
static gboolean
produce_all_but_one(gpointer data, guint64 offset, gsize length, void *out,
                    G_GNUC_UNUSED GError **error)
{
    guint64 odd_row = *(const guint64 *)data;
    guint8 *bytes = out;
    for (gsize i = 0; i < length; i++)
        bytes[i] = (guint8)((offset + i) % 5 + ((offset + i) / 5 == odd_row ? 10 : 1));
    return TRUE;
}

static void
put_odd(Fixture *fixture)
{
    gboolean is_guess = fixture->gather != NULL;
    guint64 shape[] = {is_guess || fixture->odd_row == N_ROWS ? 1 : N_ROWS, 5};
    TorporArray *array =
        torpor_map_put_array(fixture->tree, torpor_tree_root(fixture->tree), "odd",
                             torpor_dtype_by_id(TORPOR_DTYPE_UINT8), 2, shape, NULL)
            ->value.array;
    array->produce = produce_all_but_one;
    array->produce_data = &fixture->odd_row;
    array->row_bytes = 5;
    if (is_guess)
        torpor_gather_guess(fixture->gather, array, produce_all_but_one, &fixture->odd_row);
}

/* Columns with something small in between, and something large after them. */
static void
set_up(Fixture *fixture, gconstpointer is_gathered)
{
    static const char large[TORPOR_LARGE_BYTES + 5] = "large";
    fixture->tree = torpor_tree_new();
    fixture->gaps = torpor_gaps_new();
    fixture->gather = is_gathered == NULL ? NULL : torpor_gather_new(NULL, fixture->tree, N_ROWS);
    TorporNode *root = torpor_tree_root(fixture->tree);
    torpor_map_put_text(fixture->tree, root, "before", "a text");
    for (guint i = 0; i < N_COLUMNS; i++) {
        g_autofree char *key = g_strdup_printf("column %u", i);
        const TorporDtype *dtype = torpor_dtype_by_id(dtypes[i]);
        guint64 shape[] = {N_ROWS, row_items[i]};
        TorporArray *array =
            torpor_map_put_array(fixture->tree, root, key, dtype, 2, shape, NULL)->value.array;
        fixture->sources[i] = (Source){.column = i, .fails_from = G_MAXUINT64};
        array->produce = produce;
        array->produce_data = &fixture->sources[i];
        array->row_bytes = dtype->size * row_items[i];
        if (is_gathered != NULL)
            torpor_gather_add(fixture->gather, array);
        if (i == 1)
            put_odd(fixture);
        torpor_map_put_uint(fixture->tree, root, torpor_tree_strdup(fixture->tree, key + 7, 1), i);
    }
    guint64 n_large = sizeof large;
    torpor_map_put_array(fixture->tree, root, "large", torpor_dtype_by_id(TORPOR_DTYPE_UINT8), 1,
                         &n_large, NULL)
        ->value.array->data = large;
    if (is_gathered != NULL)
        g_assert_true(torpor_gather_plan(fixture->gather, fixture->gaps));
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer is_gathered)
{
    torpor_tree_free(fixture->tree);
    torpor_gather_free(fixture->gather);
    torpor_gaps_free(fixture->gaps);
}

static void
check_each_byte_once(const Fixture *fixture)
{
    for (guint i = 0; i < N_COLUMNS; i++)
        g_assert_cmpint(fixture->sources[i].n_bytes, ==,
                        N_ROWS * row_items[i] * torpor_dtype_by_id(dtypes[i])->size);
}

static void
note_progress(gpointer data, guint64 done, guint64 total)
{
    guint64 *last = data;
    g_assert_cmpuint(done, >=, *last);
    g_assert_cmpuint(done, <=, total);
    *last = done;
}

static void
note_filled(gpointer data, guint64 bytes)
{
    guint64 *done = data;
    *done += bytes;
}

/* Lay out the tree and fill its gaps, as far as the guess holds. */
static gboolean
encode(Fixture *fixture, guint64 chunk_bytes, TorporSink *sink, TorporPlaces *places,
       gboolean *holds, GError **error)
{
    guint64 done = 0;
    const TorporEncodeOptions options = {.chunk_bytes = chunk_bytes,
                                         .index = TRUE,
                                         .progress = note_progress,
                                         .progress_data = &done,
                                         .gaps = fixture->gather == NULL ? NULL : fixture->gaps};
    for (guint i = 0; i < N_COLUMNS; i++)
        fixture->sources[i].n_bytes = 0;
    *holds = TRUE;
    if (!torpor_encode(fixture->tree, &options, sink, places, error))
        return FALSE;
    if (fixture->gather == NULL) {
        g_assert_cmpuint(done, ==, sink->expected);
        return TRUE;
    }
    if (!torpor_gather_fill(fixture->gather, sink, note_filled, &done, holds, error))
        return FALSE;
    if (*holds)
        g_assert_cmpuint(done, ==, sink->place);
    return TRUE;
}

/* At the second attempt if the guess is wrong. */
static void
encode_surely(Fixture *fixture, guint64 chunk_bytes, TorporSink *sink, TorporPlaces *places)
{
    g_autoptr(GError) error = NULL;
    gboolean holds;
    g_assert_true(encode(fixture, chunk_bytes, sink, places, &holds, &error));
    g_assert_no_error(error);
    g_assert_cmpint(holds, ==, fixture->odd_row == N_ROWS);
    if (!holds) {
        torpor_places_clear(places);
        torpor_gaps_forget_extents(fixture->gaps);
        g_assert_true(torpor_gather_settle(fixture->gather, fixture->gaps, &error));
        g_assert_true(sink->klass->restart(sink, &error));
        g_assert_true(encode(fixture, chunk_bytes, sink, places, &holds, &error));
        g_assert_no_error(error);
        g_assert_true(holds);
    }
    check_each_byte_once(fixture);
}

/* Of a tree in memory, where no gaps are. */
static GBytes *
bytes_in_order(guint64 odd_row, guint64 chunk_bytes)
{
    Fixture plain = {.odd_row = odd_row};
    set_up(&plain, NULL);
    TorporSink *sink = torpor_memory_sink_new();
    g_autoptr(TorporPlaces) places = torpor_places_new();
    gboolean holds;
    g_assert_true(encode(&plain, chunk_bytes, sink, places, &holds, NULL));
    tear_down(&plain, NULL);
    return g_byte_array_free_to_bytes(torpor_memory_sink_free(sink, TRUE));
}

/* The file must begin with these bytes, and its index agree with all of them. */
static void
check_file(const char *path, GBytes *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    g_autoptr(TorporIndex) index = torpor_file_read_index(file, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(index->place, ==, g_bytes_get_size(expected));
    g_autofree guint8 *bytes = g_malloc(index->place);
    g_assert_true(torpor_file_read(file, 0, bytes, index->place, &error));
    g_assert_cmpmem(bytes, index->place, g_bytes_get_data(expected, NULL), index->place);
    g_assert_true(torpor_file_verify(file, index, 2, NULL, NULL, NULL, &error));
    g_assert_no_error(error);
}

static char *
new_path(void)
{
    g_autofree char *folder = g_dir_make_tmp("torpor-gather-XXXXXX", NULL);
    return g_build_filename(folder, "file", NULL);
}

static void
remove_path(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    (void)g_unlink(path);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* With chunks, ranges are cut where a chunk ends: amid a row, and amid a stretch of rows. */
static const guint64 chunk_sizes[] = {0, 1000 * 1000 + 4, 70001 * 8, 0, 300001};
/* The last row of a stretch, the first of one, and the last of all are looked at. */
static const guint64 odd_rows[] = {N_ROWS, N_ROWS, N_ROWS - 1, 65535, 1024};

/* `stage`: NULL, or what the tree goes to before the file. */
static void
check_each(Fixture *fixture, TorporStage *stage)
{
    g_autofree char *path = new_path();
    for (guint i = 0; i < G_N_ELEMENTS(chunk_sizes); i++) {
        g_autoptr(GError) error = NULL;
        fixture->odd_row = odd_rows[i];
        set_up(fixture, "gathered");
        g_autoptr(GBytes) expected = bytes_in_order(odd_rows[i], chunk_sizes[i]);
        g_autoptr(TorporPlaces) places = torpor_places_new();
        TorporFileWriter *writer = torpor_file_writer_new(path, TRUE, i == 0, &error);
        g_assert_no_error(error);
        TorporSink *sink = torpor_file_writer_sink(writer);
        if (stage != NULL)
            torpor_stage_clear(stage);
        encode_surely(fixture, chunk_sizes[i], stage == NULL ? sink : torpor_stage_sink(stage),
                      places);
        if (stage != NULL)
            g_assert_true(torpor_stage_replay(stage, sink, &error));
        g_assert_true(torpor_file_writer_append_index(writer, places, &error));
        g_assert_true(torpor_file_writer_commit(writer, &error));
        g_assert_no_error(error);
        check_file(path, expected);
        tear_down(fixture, NULL);
    }
    remove_path(path);
}

static void
test_to_file(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    check_each(fixture, NULL);
}

/* By way of a stage, the same file. */
static void
test_to_stage(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(TorporStage) stage = torpor_stage_new();
    check_each(fixture, stage);
}

/* What a column reports ends it, and no file comes of it. */
static void
test_failure(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *path = new_path();
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporPlaces) places = torpor_places_new();
    fixture->odd_row = N_ROWS;
    set_up(fixture, "gathered");
    TorporFileWriter *writer = torpor_file_writer_new(path, TRUE, FALSE, &error);
    fixture->sources[1].fails_from = N_ROWS / 2;
    gboolean holds;
    g_assert_false(encode(fixture, 0, torpor_file_writer_sink(writer), places, &holds, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST);
    g_assert_nonnull(strstr(error->message, "column 1 fails"));
    g_clear_error(&error);
    g_assert_true(holds);
    g_assert_true(torpor_file_writer_append_index(writer, places, &error));
    g_assert_false(torpor_file_writer_commit(writer, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_ORDER);
    tear_down(fixture, NULL);
    remove_path(path);
}

/* A few objects, or rows that are very long, are left to torpor_encode. */
static void
test_left_out(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    guint64 few[] = {100, 1};
    guint64 long_rows[] = {100, 1 << 20};
    for (guint i = 0; i < 2; i++) {
        g_autoptr(TorporGaps) gaps = torpor_gaps_new();
        g_autoptr(TorporGather) gather = torpor_gather_new(NULL, tree, 100);
        TorporArray *array = torpor_map_put_array(tree, torpor_tree_root(tree), "array",
                                                  torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64), 2,
                                                  i == 0 ? few : long_rows, NULL)
                                 ->value.array;
        array->row_bytes = array->byte_length / 100;
        torpor_gather_add(gather, array);
        g_assert_false(torpor_gather_plan(gather, gaps));
        g_assert_null(torpor_gaps_find(gaps, array));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/gather/to-file", Fixture, NULL, NULL, test_to_file, NULL);
    g_test_add("/gather/to-stage", Fixture, NULL, NULL, test_to_stage, NULL);
    g_test_add("/gather/failure", Fixture, NULL, NULL, test_failure, NULL);
    g_test_add_func("/gather/left-out", test_left_out);
    return g_test_run();
}
