#include "save/stage.h"

#include <string.h>

#include "base/error.h"
#include "host/parallel.h"
#include "save/stage_memory.h"

/* Several threads copy large payloads, a piece at a time. One thread is as fast for less than two
 * pieces. */
#define PIECE_BYTES ((guint64)2 << 20)
#define MAX_COPY_THREADS 4u

/* Where a range ends. */
typedef struct {
    guint64 place;
    gsize item_bytes; /* of what comes next */
} Boundary;

/* A range whose bytes are in an earlier file: it takes no memory. */
typedef struct {
    guint64 place;
    guint64 bytes_so_far; /* of all such ranges up to this one */
    TorporBlock block;
} Stored;

struct _TorporStage {
    TorporSink sink; /* first, so that a sink is its stage */
    TorporStageMemory *memory;
    GArray *boundaries; /* Boundary */
    GArray *stored;     /* Stored, ascending */
};

/* ---- memory ---- */

/* The bytes before this place that take no memory. */
static guint64
stored_before(const TorporStage *stage, guint64 place)
{
    guint first = 0;
    for (guint end = stage->stored->len; first < end;) {
        guint middle = first + (end - first) / 2;
        if (g_array_index(stage->stored, Stored, middle).place < place)
            first = middle + 1;
        else
            end = middle;
    }
    return first == 0 ? 0 : g_array_index(stage->stored, Stored, first - 1).bytes_so_far;
}

static guint64
memory_place(const TorporStage *stage, guint64 place)
{
    return place - stored_before(stage, place);
}

static gboolean
reserve(TorporStage *stage, guint64 length, GError **error)
{
    guint64 wanted = memory_place(stage, stage->sink.place) + length;
    if (torpor_stage_memory_reserve(stage->memory, wanted))
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                "no memory to stage a checkpoint beyond %" G_GUINT64_FORMAT
                " bytes; use mode=sync, which needs none",
                torpor_stage_memory(stage));
    return FALSE;
}

static guint8 *
memory_at(const TorporStage *stage, guint64 place, guint64 *length)
{
    return torpor_stage_memory_at(stage->memory, memory_place(stage, place), length);
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
    const Boundary boundary = {sink->place, sink->item_bytes};
    g_array_append_val(stage->boundaries, boundary);
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

static gboolean
stage_append_stored(TorporSink *sink, const TorporBlock *block, GError **error)
{
    TorporStage *stage = (TorporStage *)sink;
    const Stored stored = {sink->place, stored_before(stage, sink->place) + block->length, *block};
    g_array_append_val(stage->stored, stored);
    sink->place += block->length;
    return stage_boundary(sink, error);
}

static const TorporSinkClass stage_class = {
    .append = stage_append,
    .append_payload = stage_append_payload,
    .append_produced = stage_append_produced,
    .boundary = stage_boundary,
    .append_gap = stage_append_gap,
    .fill = stage_fill,
    .restart = stage_restart,
    .append_stored = stage_append_stored,
};

/* ---- public ---- */

TorporStage *
torpor_stage_new(void)
{
    TorporStage *stage = g_new0(TorporStage, 1);
    stage->sink.klass = &stage_class;
    stage->memory = torpor_stage_memory_new();
    stage->boundaries = g_array_new(FALSE, FALSE, sizeof(Boundary));
    stage->stored = g_array_new(FALSE, FALSE, sizeof(Stored));
    return stage;
}

void
torpor_stage_free(TorporStage *stage)
{
    if (stage == NULL)
        return;
    torpor_stage_memory_free(stage->memory);
    g_array_unref(stage->boundaries);
    g_array_unref(stage->stored);
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
    g_array_set_size(stage->stored, 0);
}

gboolean
torpor_stage_replay(const TorporStage *stage, TorporSink *to, GError **error)
{
    const Boundary *boundaries = (const Boundary *)(gpointer)stage->boundaries->data;
    const Stored *stored = (const Stored *)(gpointer)stage->stored->data;
    const Stored *last_stored = stored + stage->stored->len;
    guint next = 0;
    to->expected = MAX(to->expected, memory_place(stage, stage->sink.place));
    for (guint64 place = 0;;) {
        for (; next < stage->boundaries->len && boundaries[next].place == place; next++) {
            if (!to->klass->boundary(to, error))
                return FALSE;
            to->item_bytes = boundaries[next].item_bytes;
        }
        if (place == stage->sink.place)
            return TRUE;
        if (stored < last_stored && stored->place == place) {
            if (!to->klass->append_stored(to, &stored->block, error))
                return FALSE;
            place += stored->block.length;
            stored++;
            continue;
        }
        guint64 end = next < stage->boundaries->len ? boundaries[next].place : stage->sink.place;
        guint64 piece = end - place;
        const guint8 *from = memory_at(stage, place, &piece);
        if (!to->klass->append_payload(to, from, piece, error))
            return FALSE;
        place += piece;
    }
}

guint64
torpor_stage_length(const TorporStage *stage)
{
    return stage->sink.place;
}

guint64
torpor_stage_memory(const TorporStage *stage)
{
    return torpor_stage_memory_size(stage->memory);
}

void
torpor_stage_prepare(TorporStage *stage, guint64 bytes)
{
    torpor_stage_memory_prepare(stage->memory, bytes);
}
