#include "save/stage.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

#define MIB ((gsize)1 << 20)

/* A sink that keeps bytes and boundaries. */
typedef struct {
    TorporSink sink;
    GByteArray *bytes;
    GArray *boundaries;
} Recorder;

static gboolean
record(TorporSink *sink, const void *bytes, guint64 length, GError **error)
{
    (void)error;
    g_byte_array_append(((Recorder *)sink)->bytes, bytes, (guint)length);
    sink->place += length;
    return TRUE;
}

static gboolean
record_boundary(TorporSink *sink, GError **error)
{
    (void)error;
    g_array_append_val(((Recorder *)sink)->boundaries, sink->place);
    return TRUE;
}

static gboolean
record_stored(TorporSink *sink, const TorporBlock *block, GError **error)
{
    g_autofree guint8 *marks = g_malloc(block->length);
    memset(marks, (int)block->place, block->length);
    return record(sink, marks, block->length, error);
}

static const TorporSinkClass recorder_class = {
    .append_payload = record, .boundary = record_boundary, .append_stored = record_stored};

static gboolean
produce_pattern(gpointer data, guint64 offset, gsize length, void *out, GError **error)
{
    (void)error;
    guint row = GPOINTER_TO_UINT(data);
    g_assert_cmpuint(offset % row, ==, 0);
    for (gsize i = 0; i < length; i++)
        ((guint8 *)out)[i] = (guint8)((offset + i) * 7 % 251);
    return TRUE;
}

/* Small pieces, a payload over several segments, and rows that lie across segments. */
static void
fill(TorporStage *stage, GByteArray *expected, GArray *boundaries)
{
    TorporSink *sink = torpor_stage_sink(stage);
    GError *error = NULL;
    const gsize big = 17 * MIB + 5;
    const guint row = 24;
    g_autofree guint8 *payload = g_malloc(big);
    for (gsize i = 0; i < big; i++)
        payload[i] = (guint8)(i * 31 % 253);
    g_assert_true(sink->klass->append(sink, "abc", 3, &error));
    g_assert_true(sink->klass->boundary(sink, &error));
    g_array_append_val(boundaries, sink->place);
    g_assert_true(sink->klass->append_payload(sink, payload, big, &error));
    g_assert_true(sink->klass->boundary(sink, &error));
    g_array_append_val(boundaries, sink->place);
    TorporArray array = {.byte_length = (guint64)row * 700001,
                         .produce = produce_pattern,
                         .produce_data = GUINT_TO_POINTER(row),
                         .row_bytes = row};
    g_assert_true(sink->klass->append_produced(sink, &array, &error));
    g_assert_no_error(error);
    g_byte_array_append(expected, (const guint8 *)"abc", 3);
    g_byte_array_append(expected, payload, (guint)big);
    g_autofree guint8 *rows = g_malloc(array.byte_length);
    produce_pattern(array.produce_data, 0, array.byte_length, rows, NULL);
    g_byte_array_append(expected, rows, (guint)array.byte_length);
}

static void
test_replay(void)
{
    g_autoptr(TorporStage) stage = torpor_stage_new();
    guint64 memory = 0;
    for (int round = 0; round < 2; round++) {
        g_autoptr(GByteArray) expected = g_byte_array_new();
        g_autoptr(GArray) boundaries = g_array_new(FALSE, FALSE, sizeof(guint64));
        torpor_stage_clear(stage);
        fill(stage, expected, boundaries);
        Recorder recorder = {.sink = {.klass = &recorder_class},
                             .bytes = g_byte_array_new(),
                             .boundaries = g_array_new(FALSE, FALSE, sizeof(guint64))};
        g_assert_true(torpor_stage_replay(stage, &recorder.sink, NULL));
        g_assert_cmpmem(recorder.bytes->data, recorder.bytes->len, expected->data, expected->len);
        g_assert_cmpmem(recorder.boundaries->data, recorder.boundaries->len * sizeof(guint64),
                        boundaries->data, boundaries->len * sizeof(guint64));
        g_byte_array_unref(recorder.bytes);
        g_array_unref(recorder.boundaries);
        if (round > 0)
            g_assert_cmpuint(torpor_stage_memory(stage), ==, memory);
        memory = torpor_stage_memory(stage);
    }
    g_assert_cmpuint(memory, <=, torpor_stage_sink(stage)->place + 16 * MIB);
}

/* Memory is made ready in the background, once; whoever needs it waits for no more than a segment.
 */
static void
test_prepare(void)
{
    g_autoptr(TorporStage) stage = torpor_stage_new();
    GError *error = NULL;
    torpor_stage_prepare(stage, 40 * MIB);
    while (torpor_stage_memory(stage) < 48 * MIB)
        g_usleep(1000);
    torpor_stage_prepare(stage, 400 * MIB);
    TorporSink *sink = torpor_stage_sink(stage);
    g_assert_true(sink->klass->append(sink, "abc", 3, &error));
    g_assert_cmpuint(torpor_stage_memory(stage), ==, 48 * MIB);
    g_autoptr(TorporStage) hasty = torpor_stage_new();
    torpor_stage_prepare(hasty, 4096 * MIB);
    sink = torpor_stage_sink(hasty);
    g_assert_true(sink->klass->append(sink, "abc", 3, &error));
    g_assert_cmpuint(torpor_stage_memory(hasty), >=, 16 * MIB);
}

/* The child has none of its parent's threads, and needs none. */
static void
test_fork(void)
{
    g_autoptr(TorporStage) stage = torpor_stage_new();
    torpor_stage_prepare(stage, 40 * MIB);
    g_autoptr(GByteArray) expected = g_byte_array_new();
    g_autoptr(GArray) boundaries = g_array_new(FALSE, FALSE, sizeof(guint64));
    fill(stage, expected, boundaries);
    pid_t child = fork();
    if (child == 0) {
        alarm(60); /* rather than wait for ever */
        torpor_stage_clear(stage);
        fill(stage, expected, boundaries);
        _exit(0);
    }
    int status = -1;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
}

/* What an earlier file has comes between other bytes, also between gaps that are filled later, and
 * takes no memory. */
static void
test_stored(void)
{
    g_autoptr(TorporStage) stage = torpor_stage_new();
    TorporSink *sink = torpor_stage_sink(stage);
    GError *error = NULL;
    g_autoptr(GByteArray) expected = g_byte_array_new();
    g_autofree guint8 *bytes = g_malloc(MIB);
    guint64 gaps[40];
    for (guint i = 0; i < 40; i++) {
        const TorporBlock block = {.length = 3 * MIB + i, .place = i};
        g_autofree guint8 *marks = g_malloc(block.length);
        memset(marks, (int)i, block.length);
        gaps[i] = sink->place;
        g_assert_true(sink->klass->boundary(sink, &error));
        g_assert_true(sink->klass->append_gap(sink, 1000 + i, &error));
        g_assert_true(sink->klass->append_stored(sink, &block, &error));
        if (i % 2)
            g_assert_true(sink->klass->append(sink, "abc", 3, &error));
        memset(bytes, 100 + (int)i, 1000 + i);
        g_byte_array_append(expected, bytes, 1000 + i);
        g_byte_array_append(expected, marks, (guint)block.length);
        if (i % 2)
            g_byte_array_append(expected, (const guint8 *)"abc", 3);
    }
    for (guint i = 40; i-- > 0;) {
        memset(bytes, 100 + (int)i, 1000 + i);
        g_assert_true(sink->klass->fill(sink, gaps[i], bytes, 1000 + i, &error));
    }
    Recorder recorder = {.sink = {.klass = &recorder_class},
                         .bytes = g_byte_array_new(),
                         .boundaries = g_array_new(FALSE, FALSE, sizeof(guint64))};
    g_assert_true(torpor_stage_replay(stage, &recorder.sink, NULL));
    g_assert_cmpmem(recorder.bytes->data, recorder.bytes->len, expected->data, expected->len);
    g_assert_cmpuint(torpor_stage_memory(stage), ==, 16 * MIB);
    g_byte_array_unref(recorder.bytes);
    g_array_unref(recorder.boundaries);
}

static void
test_empty(void)
{
    g_autoptr(TorporStage) stage = torpor_stage_new();
    Recorder recorder = {.sink = {.klass = &recorder_class}};
    g_assert_true(torpor_stage_replay(stage, &recorder.sink, NULL));
    g_assert_cmpuint(recorder.sink.place, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stage/replay/same-bytes-and-boundaries", test_replay);
    if (g_getenv("TSAN_OPTIONS") == NULL) /* TSan cannot start threads after a fork */
        g_test_add_func("/stage/fork/copies-in-the-child", test_fork);
    g_test_add_func("/stage/replay/stored-elsewhere", test_stored);
    g_test_add_func("/stage/prepare/in-the-background", test_prepare);
    g_test_add_func("/stage/replay/empty", test_empty);
    return g_test_run();
}
