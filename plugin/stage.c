#include "stage.h"

#include <string.h>
#include <sys/mman.h>

#include "error.h"

/* Segments are large enough to be few, and small enough that the last one wastes little. */
#define SEGMENT_BYTES ((guint64)16 << 20)
/* Below this a second thread costs more than it copies. */
#define PARALLEL_COPY_BYTES ((guint64)4 << 20)
#define MAX_COPY_THREADS 4u

struct _TorporStage {
    TorporSink sink; /* first, so that a sink is its stage */
    GPtrArray *segments;
    GArray *boundaries; /* guint64 places */
    guint n_threads;
    GThreadPool *copiers; /* NULL with one thread */
    GMutex lock;
    GCond copied;
    guint n_copying;
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

typedef struct {
    TorporStage *stage;
    const guint8 *from;
    guint64 place;
    guint64 length;
} Copy;

static void
copy_in(const Copy *copy)
{
    for (guint64 done = 0; done < copy->length;) {
        guint64 piece = copy->length - done;
        guint8 *to = memory_at(copy->stage, copy->place + done, &piece);
        memcpy(to, copy->from + done, piece);
        done += piece;
    }
}

static void
copy_in_pool(gpointer data, G_GNUC_UNUSED gpointer user_data)
{
    const Copy *copy = data;
    TorporStage *stage = copy->stage;
    copy_in(copy);
    g_mutex_lock(&stage->lock);
    stage->n_copying--;
    g_cond_signal(&stage->copied);
    g_mutex_unlock(&stage->lock);
}

/* Each thread takes one stretch; the caller's own takes the last. */
static void
copy_in_parallel(TorporStage *stage, const guint8 *from, guint64 place, guint64 length)
{
    Copy copies[MAX_COPY_THREADS];
    guint64 share = length / stage->n_threads;
    stage->n_copying = stage->n_threads - 1;
    for (guint i = 0; i < stage->n_threads; i++) {
        gboolean last = i + 1 == stage->n_threads;
        copies[i] = (Copy){.stage = stage,
                           .from = from + i * share,
                           .place = place + i * share,
                           .length = last ? length - i * share : share};
        if (last)
            copy_in(&copies[i]);
        else
            g_thread_pool_push(stage->copiers, &copies[i], NULL);
    }
    g_mutex_lock(&stage->lock);
    while (stage->n_copying > 0)
        g_cond_wait(&stage->copied, &stage->lock);
    g_mutex_unlock(&stage->lock);
}

/* ---- the sink ---- */

static gboolean
stage_append_payload(TorporSink *sink, const void *bytes, guint64 length, GError **error)
{
    TorporStage *stage = (TorporStage *)sink;
    if (!reserve(stage, length, error))
        return FALSE;
    if (stage->copiers != NULL && length >= PARALLEL_COPY_BYTES)
        copy_in_parallel(stage, bytes, sink->place, length);
    else
        copy_in(&(Copy){.stage = stage, .from = bytes, .place = sink->place, .length = length});
    sink->place += length;
    return TRUE;
}

static gboolean
stage_append(TorporSink *sink, const void *bytes, gsize length, GError **error)
{
    return stage_append_payload(sink, bytes, length, error);
}

/* Produced straight into the stage, but for a row that lies across two segments. */
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
            copy_in(&(Copy){
                .stage = stage, .from = across, .place = sink->place + offset, .length = piece});
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

static const TorporSinkClass stage_class = {
    .append = stage_append,
    .append_payload = stage_append_payload,
    .append_produced = stage_append_produced,
    .boundary = stage_boundary,
};

/* ---- public ---- */

TorporStage *
torpor_stage_new(guint n_threads)
{
    TorporStage *stage = g_new0(TorporStage, 1);
    stage->sink.klass = &stage_class;
    stage->segments = g_ptr_array_new();
    stage->boundaries = g_array_new(FALSE, FALSE, sizeof(guint64));
    stage->n_threads = n_threads > 0 ? n_threads : g_get_num_processors();
    stage->n_threads = MIN(stage->n_threads, MAX_COPY_THREADS);
    g_mutex_init(&stage->lock);
    g_cond_init(&stage->copied);
    if (stage->n_threads > 1)
        stage->copiers =
            g_thread_pool_new(copy_in_pool, NULL, (gint)stage->n_threads - 1, FALSE, NULL);
    return stage;
}

void
torpor_stage_free(TorporStage *stage)
{
    if (stage == NULL)
        return;
    if (stage->copiers != NULL)
        g_thread_pool_free(stage->copiers, FALSE, TRUE);
    for (guint i = 0; i < stage->segments->len; i++)
        (void)munmap(g_ptr_array_index(stage->segments, i), SEGMENT_BYTES);
    g_ptr_array_unref(stage->segments);
    g_array_unref(stage->boundaries);
    g_mutex_clear(&stage->lock);
    g_cond_clear(&stage->copied);
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
