#include "save/stage.h"

#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "host/parallel.h"

/* Segments are so large that they are few, and so small that the last one wastes little. */
#define SEGMENT_BYTES ((guint64)16 << 20)
/* Several threads copy large payloads, a piece at a time. One thread is as fast for less than two
 * pieces. */
#define PIECE_BYTES ((guint64)2 << 20)
#define MAX_COPY_THREADS 4u

struct _TorporStage {
    TorporSink sink; /* first, so that a sink is its stage */
    GPtrArray *segments;
    GArray *boundaries; /* guint64 places */
};

/* ---- memory ---- */

static gboolean
reserve(TorporStage *stage, guint64 length, GError **error)
{
    guint64 wanted = stage->sink.place + length;
    while ((guint64)stage->segments->len * SEGMENT_BYTES < wanted) {
        void *segment = mmap(NULL, SEGMENT_BYTES, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (segment == MAP_FAILED) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                        "no memory to stage a checkpoint beyond %" G_GUINT64_FORMAT
                        " bytes; use mode=sync, which needs none",
                        torpor_stage_memory(stage));
            return FALSE;
        }
        g_ptr_array_add(stage->segments, segment);
    }
    return TRUE;
}

/* The longest contiguous memory at `place`, at most `length` bytes. */
static guint8 *
memory_at(const TorporStage *stage, guint64 place, guint64 *length)
{
    guint64 within = place % SEGMENT_BYTES;
    *length = MIN(*length, SEGMENT_BYTES - within);
    return (guint8 *)g_ptr_array_index(stage->segments, place / SEGMENT_BYTES) + within;
}

/* ---- copying ---- */

static void
copy_in(const TorporStage *stage, const guint8 *from, guint64 place, guint64 length)
{
    for (guint64 done = 0; done < length;) {
        guint64 piece = length - done;
        guint8 *to = memory_at(stage, place + done, &piece);
        memcpy(to, from + done, piece);
        done += piece;
    }
}

typedef struct {
    const TorporStage *stage;
    const guint8 *from;
    guint64 place;
    guint64 length;
    gint next_piece; /* atomic */
} Copy;

static void
copy_pieces(gpointer data, G_GNUC_UNUSED guint64 index)
{
    Copy *copy = data;
    for (;;) {
        guint64 offset = (guint64)g_atomic_int_add(&copy->next_piece, 1) * PIECE_BYTES;
        if (offset >= copy->length)
            return;
        copy_in(copy->stage, copy->from + offset, copy->place + offset,
                MIN(PIECE_BYTES, copy->length - offset));
    }
}

/* ---- the sink ---- */

static gboolean
stage_append_payload(TorporSink *sink, const void *bytes, guint64 length, GError **error)
{
    TorporStage *stage = (TorporStage *)sink;
    if (!reserve(stage, length, error))
        return FALSE;
    Copy copy = {.stage = stage, .from = bytes, .place = sink->place, .length = length};
    guint64 n_threads = CLAMP(length / PIECE_BYTES, 1, MAX_COPY_THREADS);
    torpor_parallel_run(NULL, n_threads, copy_pieces, &copy);
    sink->place += length;
    return TRUE;
}

static gboolean
stage_append(TorporSink *sink, const void *bytes, gsize length, GError **error)
{
    return stage_append_payload(sink, bytes, length, error);
}

/* Values are produced in the stage itself, except for a row that lies across two segments. */
static gboolean
stage_append_produced(TorporSink *sink, const TorporArray *array, GError **error)
{
    TorporStage *stage = (TorporStage *)sink;
    if (!reserve(stage, array->byte_length, error))
        return FALSE;
    guint64 row = MAX(array->row_bytes, 1);
    for (guint64 offset = 0; offset < array->byte_length;) {
        guint64 piece = array->byte_length - offset;
        guint8 *to = memory_at(stage, sink->place + offset, &piece);
        guint64 whole_rows = piece / row * row;
        if (whole_rows > 0 || piece == array->byte_length - offset) {
            piece = whole_rows > 0 ? whole_rows : piece;
            if (!array->produce(array->produce_data, offset, piece, to, error))
                return FALSE;
        } else {
            piece = MIN(row, array->byte_length - offset);
            g_autofree guint8 *across = g_try_malloc(piece);
            if (across == NULL) {
                g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                            "no memory to stage a row of %" G_GUINT64_FORMAT " bytes", piece);
                return FALSE;
            }
            if (!array->produce(array->produce_data, offset, piece, across, error))
                return FALSE;
            copy_in(stage, across, sink->place + offset, piece);
        }
        offset += piece;
    }
    sink->place += array->byte_length;
    return TRUE;
}

static gboolean
stage_boundary(TorporSink *sink, G_GNUC_UNUSED GError **error)
{
    TorporStage *stage = (TorporStage *)sink;
    g_array_append_val(stage->boundaries, sink->place);
    return TRUE;
}

static gboolean
stage_append_gap(TorporSink *sink, guint64 length, GError **error)
{
    if (!reserve((TorporStage *)sink, length, error))
        return FALSE;
    sink->place += length;
    return stage_boundary(sink, error);
}

static gboolean
stage_fill(TorporSink *sink, guint64 place, const void *bytes, gsize length,
           G_GNUC_UNUSED GError **error)
{
    copy_in((TorporStage *)sink, bytes, place, length);
    return TRUE;
}

static gboolean
stage_restart(TorporSink *sink, G_GNUC_UNUSED GError **error)
{
    torpor_stage_clear((TorporStage *)sink);
    return TRUE;
}

static const TorporSinkClass stage_class = {
    .append = stage_append,
    .append_payload = stage_append_payload,
    .append_produced = stage_append_produced,
    .boundary = stage_boundary,
    .append_gap = stage_append_gap,
    .fill = stage_fill,
    .restart = stage_restart,
};

/* ---- public ---- */

TorporStage *
torpor_stage_new(void)
{
    TorporStage *stage = g_new0(TorporStage, 1);
    stage->sink.klass = &stage_class;
    stage->segments = g_ptr_array_new();
    stage->boundaries = g_array_new(FALSE, FALSE, sizeof(guint64));
    return stage;
}

void
torpor_stage_free(TorporStage *stage)
{
    if (stage == NULL)
        return;
    for (guint i = 0; i < stage->segments->len; i++)
        (void)munmap(g_ptr_array_index(stage->segments, i), SEGMENT_BYTES);
    g_ptr_array_unref(stage->segments);
    g_array_unref(stage->boundaries);
    g_free(stage);
}

TorporSink *
torpor_stage_sink(TorporStage *stage)
{
    return &stage->sink;
}

void
torpor_stage_clear(TorporStage *stage)
{
    stage->sink.place = 0;
    g_array_set_size(stage->boundaries, 0);
}

gboolean
torpor_stage_replay(const TorporStage *stage, TorporSink *to, GError **error)
{
    guint next = 0;
    to->expected = MAX(to->expected, stage->sink.place);
    for (guint64 place = 0;;) {
        for (; next < stage->boundaries->len &&
               g_array_index(stage->boundaries, guint64, next) == place;
             next++) {
            if (!to->klass->boundary(to, error))
                return FALSE;
        }
        if (place == stage->sink.place)
            return TRUE;
        guint64 end = next < stage->boundaries->len
                          ? g_array_index(stage->boundaries, guint64, next)
                          : stage->sink.place;
        guint64 piece = end - place;
        const guint8 *from = memory_at(stage, place, &piece);
        if (!to->klass->append_payload(to, from, piece, error))
            return FALSE;
        place += piece;
    }
}

guint64
torpor_stage_memory(const TorporStage *stage)
{
    return (guint64)stage->segments->len * SEGMENT_BYTES;
}
