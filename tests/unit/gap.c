#include "msgpack/gap.h"

#include "base/error.h"

/* A sink that notes what it is asked for. */
typedef struct {
    TorporSink sink; /* first */
    GString *calls;
} Noting;

static gboolean
note_boundary(TorporSink *sink, G_GNUC_UNUSED GError **error)
{
    g_string_append(((Noting *)sink)->calls, "| ");
    return TRUE;
}

static gboolean
note_gap(TorporSink *sink, guint64 length, G_GNUC_UNUSED GError **error)
{
    g_string_append_printf(((Noting *)sink)->calls, "%u ", (guint)length);
    sink->place += length;
    return TRUE;
}

static gboolean
note_fill(TorporSink *sink, guint64 place, const void *bytes, gsize length,
          G_GNUC_UNUSED GError **error)
{
    g_string_append_printf(((Noting *)sink)->calls, "%u:%.*s ", (guint)place, (int)length,
                           (const char *)bytes);
    return TRUE;
}

static gboolean
note_stored(TorporSink *sink, const TorporBlock *block, G_GNUC_UNUSED GError **error)
{
    g_string_append_printf(((Noting *)sink)->calls, "%u@%u ", (guint)block->length,
                           (guint)block->place);
    sink->place += block->length;
    return TRUE;
}

static const TorporSinkClass noting_class = {.boundary = note_boundary,
                                             .append_gap = note_gap,
                                             .fill = note_fill,
                                             .append_stored = note_stored};

static void
assert_calls(Noting *noting, const char *expected)
{
    g_assert_cmpstr(noting->calls->str, ==, expected);
    g_string_truncate(noting->calls, 0);
}

/* Ranges of 4 bytes, of an array of 10 in chunks of 6 and 4: a range ends with its chunk, too. */
static void
test_chunks(void)
{
    const TorporArray array = {.dtype = torpor_dtype_by_id(TORPOR_DTYPE_UINT8), .byte_length = 10};
    g_autoptr(TorporGaps) gaps = torpor_gaps_new();
    Noting noting = {{.klass = &noting_class, .place = 100}, g_string_new(NULL)};
    TorporGap *gap = torpor_gaps_add(gaps, &array, 4);
    g_assert_true(torpor_gaps_find(gaps, &array) == gap);
    for (guint attempt = 0; attempt < 2; attempt++) {
        g_assert_true(torpor_gap_append(gap, &noting.sink, 6, NULL));
        noting.sink.place += 1000; /* what lies between two chunks */
        g_assert_true(torpor_gap_append(gap, &noting.sink, 4, NULL));
        assert_calls(&noting, "| 4 2 | 2 2 ");
        g_assert_true(torpor_gap_fill(gap, &noting.sink, 8, 10, "ij", NULL));
        g_assert_true(torpor_gap_fill(gap, &noting.sink, 0, 4, "abcd", NULL));
        g_assert_true(torpor_gap_fill(gap, &noting.sink, 4, 8, "efgh", NULL));
        assert_calls(&noting, "1108:ij 100:abcd 104:ef 1106:gh ");
        torpor_gaps_forget_extents(gaps);
        noting.sink.place = 100;
    }
    g_string_free(noting.calls, TRUE);
}

/* Bools that no reader takes are refused before they are written. */
static void
test_bools(void)
{
    const TorporArray array = {.dtype = torpor_dtype_by_id(TORPOR_DTYPE_BOOL), .byte_length = 6};
    g_autoptr(TorporGaps) gaps = torpor_gaps_new();
    Noting noting = {{.klass = &noting_class, .place = 100}, g_string_new(NULL)};
    TorporGap *gap = torpor_gaps_add(gaps, &array, 3);
    gap->path = g_strdup("neurons/is_refractory");
    g_assert_true(torpor_gap_append(gap, &noting.sink, 6, NULL));
    g_string_truncate(noting.calls, 0);
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_gap_fill(gap, &noting.sink, 3, 6, "\0\1\2", &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    g_assert_cmpstr(
        error->message, ==,
        "at \"neurons/is_refractory\": element 5 of a bool array is 2, expected 0 or 1");
    assert_calls(&noting, "");
    g_assert_true(torpor_gap_fill(gap, &noting.sink, 0, 3, "\0\1\1", NULL));
    g_string_free(noting.calls, TRUE);
}

/* An array that is added again gets other ranges; others have no gap. */
static void
test_add_again(void)
{
    const TorporArray arrays[2] = {{.byte_length = 10}, {.byte_length = 10}};
    g_autoptr(TorporGaps) gaps = torpor_gaps_new();
    TorporGap *gap = torpor_gaps_add(gaps, &arrays[0], 4);
    g_assert_true(torpor_gaps_add(gaps, &arrays[0], 5) == gap);
    g_assert_cmpuint(gap->range_bytes, ==, 5);
    g_assert_null(torpor_gaps_find(gaps, &arrays[1]));
}

/* What an earlier file has is not filled: its blocks say where it is, chunk by chunk. */
static void
test_stored(void)
{
    const TorporArray array = {.byte_length = 10};
    const TorporBlock blocks[] = {
        {.length = 4, .place = 70}, {.length = 2, .place = 80}, {.length = 4, .place = 90}};
    g_autoptr(GArray) stored = g_array_new(FALSE, FALSE, sizeof(TorporBlock));
    g_autoptr(TorporGaps) gaps = torpor_gaps_new();
    Noting noting = {{.klass = &noting_class}, g_string_new(NULL)};
    g_array_append_vals(stored, blocks, G_N_ELEMENTS(blocks));
    torpor_gaps_add_stored(gaps, &array, stored);
    for (guint attempt = 0; attempt < 2; attempt++) {
        TorporGap *gap = torpor_gaps_find(gaps, &array);
        g_assert_true(torpor_gap_append(gap, &noting.sink, 6, NULL));
        g_assert_true(torpor_gap_append(gap, &noting.sink, 4, NULL));
        assert_calls(&noting, "| 4@70 2@80 | 4@90 ");
        torpor_gaps_forget_extents(gaps);
    }
    g_string_free(noting.calls, TRUE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gap/chunks", test_chunks);
    g_test_add_func("/gap/bools", test_bools);
    g_test_add_func("/gap/add-again", test_add_again);
    g_test_add_func("/gap/stored/not-filled", test_stored);
    return g_test_run();
}
