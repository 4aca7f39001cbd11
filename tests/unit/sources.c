#include "save/sources.h"

#include <string.h>

#include "base/error.h"
#include "msgpack/encode.h"
#include "save/gather.h"
#include "save/stage.h"

/* Two populations with a column each that varies and one that looks constant, and two arrays that
 * come late: a small one, and one of several blocks. */
enum { N_ROWS = 200000, N_POPULATIONS = 2, N_LATE = 2 };
static const guint64 late_bytes[N_LATE] = {24, 2 * TORPOR_BLOCK_BYTES + 7};

typedef struct Fixture Fixture;

typedef struct {
    Fixture *fixture;
    guint64 odd_row; /* of the column that looks constant; N_ROWS: it is */
    gint n_rows;     /* atomic: produced so far, of the one that varies */
} Population;

struct Fixture {
    Population populations[N_POPULATIONS];
    gboolean fails; /* the late ones */
    guint n_late;   /* asked for so far */
    TorporTree *tree;
    TorporSources *sources;
    guint64 filled;
};

static gboolean
produce_varying(gpointer data, guint64 offset, gsize length, void *out,
                G_GNUC_UNUSED GError **error)
{
    Population *population = data;
    for (guint64 i = 0; i < length / sizeof(guint64); i++) {
        guint64 row = (offset / sizeof row + i) * 0x9e3779b97f4a7c15u;
        memcpy((char *)out + i * sizeof row, &row, sizeof row); /* at any address */
    }
    g_atomic_int_add(&population->n_rows, (gint)(length / sizeof(guint64)));
    return TRUE;
}

static gboolean
produce_alike(gpointer data, guint64 offset, gsize length, void *out, G_GNUC_UNUSED GError **error)
{
    const Population *population = data;
    guint8 *rows = out;
    for (gsize i = 0; i < length; i++)
        rows[i] = offset + i == population->odd_row ? 2 : 1;
    return TRUE;
}

/* Late: all columns have been read. */
static gboolean
produce_late(gpointer data, guint64 offset, gsize length, void *out, GError **error)
{
    Fixture *fixture = data;
    g_assert_cmpuint(offset, ==, 0);
    for (guint i = 0; i < N_POPULATIONS; i++)
        g_assert_cmpint(g_atomic_int_get(&fixture->populations[i].n_rows), >=, N_ROWS);
    if (fixture->fails) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST, "late fails");
        return FALSE;
    }
    for (gsize i = 0; i < length; i++)
        ((guint8 *)out)[i] = (guint8)(i / 4093);
    fixture->n_late++;
    return TRUE;
}

static TorporArray *
put(const Fixture *fixture, const char *key, guint32 dtype, guint64 n, TorporProduceFunc produce,
    gpointer data)
{
    TorporArray *array = torpor_map_put_array(fixture->tree, torpor_tree_root(fixture->tree), key,
                                              torpor_dtype_by_id(dtype), 1, &n, NULL)
                             ->value.array;
    array->produce = produce;
    array->produce_data = data;
    array->row_bytes = array->dtype->size;
    return array;
}

static void
put_population(Fixture *fixture, guint i)
{
    Population *population = &fixture->populations[i];
    TorporGather *gather = torpor_gather_new(NULL, fixture->tree, N_ROWS);
    const char *keys[][N_POPULATIONS] = {{"varying 0", "alike 0"}, {"varying 1", "alike 1"}};
    torpor_gather_add(
        gather, put(fixture, keys[i][0], TORPOR_DTYPE_UINT64, N_ROWS, produce_varying, population));
    TorporArray *alike = put(fixture, keys[i][1], TORPOR_DTYPE_UINT8, 1, produce_alike, population);
    torpor_gather_guess(gather, alike, produce_alike, population);
    g_assert_true(torpor_gather_plan(gather, fixture->sources->gaps));
    g_ptr_array_add(fixture->sources->gathers, gather);
}

/* A late array comes first in the file, and last in time. */
static void
set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    fixture->tree = torpor_tree_new();
    fixture->sources = torpor_sources_new();
    for (guint i = 0; i < N_LATE; i++) {
        TorporArray *late = put(fixture, i == 0 ? "small" : "large", TORPOR_DTYPE_UINT8,
                                late_bytes[i], produce_late, fixture);
        late->row_bytes = late->byte_length;
        g_ptr_array_add(fixture->sources->late, late);
        fixture->populations[i] = (Population){.fixture = fixture, .odd_row = N_ROWS};
        put_population(fixture, i);
    }
    torpor_sources_plan(fixture->sources);
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    torpor_sources_free(fixture->sources);
    torpor_tree_free(fixture->tree);
}

static void
note_filled(gpointer data, guint64 bytes)
{
    Fixture *fixture = data;
    fixture->filled += bytes;
}

/* As a checkpoint is saved. Returns at which attempt the guesses hold. */
static guint
write_all(Fixture *fixture, TorporSink *sink, GError **error)
{
    const TorporEncodeOptions options = {.gaps = fixture->sources->gaps};
    gboolean holds = FALSE;
    guint attempt = 0;
    while (!holds) {
        attempt++;
        fixture->filled = 0;
        g_assert_true(torpor_encode(fixture->tree, &options, sink, NULL, error));
        g_assert_true(torpor_sources_fill_columns(fixture->sources, sink, note_filled, fixture,
                                                  &holds, error));
        if (!holds) {
            g_assert_true(torpor_sources_settle(fixture->sources, error));
            g_assert_true(sink->klass->restart(sink, error));
        }
    }
    return torpor_sources_fill_late(fixture->sources, sink, note_filled, fixture, error) ? attempt
                                                                                         : 0;
}

/* The same bytes as a tree that is encoded in order, by one thread. */
static void
check_bytes(Fixture *fixture, const TorporStage *stage)
{
    TorporSink *staged = torpor_memory_sink_new();
    TorporSink *in_order = torpor_memory_sink_new();
    g_assert_true(torpor_stage_replay(stage, staged, NULL));
    g_assert_true(torpor_encode(fixture->tree, NULL, in_order, NULL, NULL));
    g_autoptr(GByteArray) found = torpor_memory_sink_free(staged, TRUE);
    g_autoptr(GByteArray) expected = torpor_memory_sink_free(in_order, TRUE);
    g_assert_cmpmem(found->data, found->len, expected->data, expected->len);
}

static void
test_fill(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporStage) stage = torpor_stage_new();
    g_assert_cmpuint(write_all(fixture, torpor_stage_sink(stage), &error), ==, 1);
    g_assert_no_error(error);
    g_assert_cmpuint(fixture->filled, ==,
                     N_POPULATIONS * N_ROWS * 8 + late_bytes[0] + late_bytes[1]);
    g_assert_cmpuint(fixture->n_late, ==, N_LATE);
    check_bytes(fixture, stage);
}

/* `wrong`: a bit for each population. One wrong guess, or two, cost one more attempt; late values
 * are asked for once all the same. */
static void
test_wrong_guess(Fixture *fixture, gconstpointer wrong)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporStage) stage = torpor_stage_new();
    guint64 n_wrong = 0;
    for (guint i = 0; i < N_POPULATIONS; i++) {
        gboolean is_wrong = (GPOINTER_TO_UINT(wrong) >> i & 1) != 0;
        fixture->populations[i].odd_row = is_wrong ? N_ROWS - 1 - i : N_ROWS;
        n_wrong += is_wrong;
    }
    g_assert_cmpuint(write_all(fixture, torpor_stage_sink(stage), &error), ==, 2);
    g_assert_no_error(error);
    g_assert_cmpuint(fixture->filled, ==,
                     N_POPULATIONS * N_ROWS * 8 + n_wrong * N_ROWS + late_bytes[0] + late_bytes[1]);
    g_assert_cmpuint(fixture->n_late, ==, N_LATE);
    check_bytes(fixture, stage);
}

static void
test_late_failure(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporStage) stage = torpor_stage_new();
    fixture->fails = TRUE;
    g_assert_cmpuint(write_all(fixture, torpor_stage_sink(stage), &error), ==, 0);
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST);
    g_assert_nonnull(strstr(error->message, "late fails"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/sources/fill", Fixture, NULL, set_up, test_fill, tear_down);
    g_test_add("/sources/wrong-guess/first", Fixture, GUINT_TO_POINTER(1), set_up, test_wrong_guess,
               tear_down);
    g_test_add("/sources/wrong-guess/second", Fixture, GUINT_TO_POINTER(2), set_up,
               test_wrong_guess, tear_down);
    g_test_add("/sources/wrong-guess/both", Fixture, GUINT_TO_POINTER(3), set_up, test_wrong_guess,
               tear_down);
    g_test_add("/sources/late/failure", Fixture, NULL, set_up, test_late_failure, tear_down);
    return g_test_run();
}
