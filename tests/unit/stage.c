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

static const TorporSinkClass recorder_class = {.append_payload = record,
                                               .boundary = record_boundary};

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

/* The child has none of its parent's threads, and needs none. */
static void
test_fork(void)
{
    g_autoptr(TorporStage) stage = torpor_stage_new();
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
    g_test_add_func("/stage/replay/empty", test_empty);
    return g_test_run();
}
