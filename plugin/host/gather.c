/* Threads take stretches of objects. Of a stretch, some objects at a time are asked for all their
 * columns, and what comes of it goes to the sink, column by column. */
#include "gather.h"

#include "parallel.h"

/* So many objects stay in a cache for their next column. */
#define ROWS_AT_ONCE ((guint64)1024)
/* Memory of each thread, for the columns of one stretch. */
#define STRETCH_BYTES ((guint64)2 << 20)
/* Less than this is produced by one thread: others would cost more than they save. */
#define SMALLEST_BYTES ((guint64)1 << 20)
/* Memory of a column starts at such addresses, whatever its dtype. */
#define ALIGNMENT ((guint64)64)

typedef struct {
    TorporArray *array; /* the tree's (not owned) */
    TorporGap gap;
    guint64 room; /* where its rows are in a thread's memory */
} GatherColumn;

struct _TorporGather {
    const TorporHost *host; /* (not owned) */
    guint64 n_rows;
    guint64 row_bytes; /* of all columns */
    guint64 stretch_rows;
    gsize room_bytes; /* that each thread needs */
    GArray *columns;  /* GatherColumn */
};

/* One gather that is being filled. */
typedef struct {
    TorporGather *gather;
    TorporSink *sink;
    guint next;  /* atomic: the stretch that is taken next */
    gint failed; /* atomic */
    GMutex lock;
    GError *failure; /* the first one, under the lock */
    void (*progress)(gpointer data, guint64 done, guint64 total);
    gpointer progress_data;
    guint64 bytes_done; /* of the sink, under the lock */
} Filling;

static void
column_clear(gpointer data)
{
    GatherColumn *column = data;
    g_array_unref(column->gap.extents);
}

TorporGather *
torpor_gather_new(const TorporHost *host, guint64 n_rows)
{
    TorporGather *gather = g_new0(TorporGather, 1);
    gather->host = host;
    gather->n_rows = n_rows;
    gather->columns = g_array_new(FALSE, FALSE, sizeof(GatherColumn));
    g_array_set_clear_func(gather->columns, column_clear);
    return gather;
}

void
torpor_gather_free(TorporGather *gather)
{
    if (gather == NULL)
        return;
    g_array_unref(gather->columns);
    g_free(gather);
}

void
torpor_gather_add(TorporGather *gather, TorporArray *array)
{
    /* A row that fills a stretch alone gains nothing from others beside it. */
    if (array->row_bytes > STRETCH_BYTES - gather->row_bytes)
        return;
    GatherColumn column = {.array = array};
    column.gap.extents = g_array_new(FALSE, FALSE, sizeof(TorporExtent));
    g_array_append_val(gather->columns, column);
    gather->row_bytes += array->row_bytes;
}

gboolean
torpor_gather_plan(TorporGather *gather)
{
    if (gather->columns->len == 0 || gather->n_rows < SMALLEST_BYTES / gather->row_bytes)
        return FALSE;
    gather->stretch_rows = 1;
    while (gather->stretch_rows * 2 * gather->row_bytes <= STRETCH_BYTES)
        gather->stretch_rows *= 2;
    for (guint i = 0; i < gather->columns->len; i++) {
        GatherColumn *column = &g_array_index(gather->columns, GatherColumn, i);
        column->gap.range_bytes = gather->stretch_rows * column->array->row_bytes;
        column->array->gap = &column->gap;
        column->room = gather->room_bytes;
        gather->room_bytes += (column->gap.range_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    return TRUE;
}

/* ---- filling ---- */

static gboolean
produce_stretch(const TorporGather *gather, guint64 first, guint64 count, char *room,
                GError **error)
{
    for (guint64 done = 0, n; done < count; done += n) {
        n = MIN(count - done, ROWS_AT_ONCE);
        for (guint i = 0; i < gather->columns->len; i++) {
            const GatherColumn *column = &g_array_index(gather->columns, GatherColumn, i);
            const TorporArray *array = column->array;
            guint64 row_bytes = array->row_bytes;
            if (!array->produce(array->produce_data, (first + done) * row_bytes, n * row_bytes,
                                room + column->room + done * row_bytes, error))
                return FALSE;
        }
    }
    return TRUE;
}

/* Bytes [begin, end) of the array may lie in two extents, each with a range of its own there. */
static gboolean
fill_column(const GatherColumn *column, guint64 begin, guint64 end, const char *bytes,
            TorporSink *sink, GError **error)
{
    const GArray *extents = column->gap.extents;
    for (guint i = 0; i < extents->len && begin < end; i++) {
        const TorporExtent *extent = &g_array_index(extents, TorporExtent, i);
        if (begin < extent->length) {
            guint64 n = MIN(end, extent->length) - begin;
            if (!sink->klass->fill(sink, extent->place + begin, bytes, n, error))
                return FALSE;
            bytes += n;
            begin += n;
        }
        begin -= extent->length;
        end -= extent->length;
    }
    return TRUE;
}

static gboolean
fill_stretch(Filling *filling, guint64 first, char *room, GError **error)
{
    const TorporGather *gather = filling->gather;
    guint64 n = MIN(gather->stretch_rows, gather->n_rows - first);
    if (!produce_stretch(gather, first, n, room, error))
        return FALSE;
    for (guint i = 0; i < gather->columns->len; i++) {
        const GatherColumn *column = &g_array_index(gather->columns, GatherColumn, i);
        guint64 row_bytes = column->array->row_bytes;
        if (!fill_column(column, first * row_bytes, (first + n) * row_bytes, room + column->room,
                         filling->sink, error))
            return FALSE;
    }
    if (filling->progress == NULL)
        return TRUE;
    g_mutex_lock(&filling->lock);
    guint64 total = filling->sink->expected; /* less than all, see torpor_encode */
    filling->bytes_done += n * gather->row_bytes;
    filling->progress(filling->progress_data, MIN(filling->bytes_done, total), total);
    g_mutex_unlock(&filling->lock);
    return TRUE;
}

static void
fill_stretches(gpointer data, G_GNUC_UNUSED guint64 worker)
{
    Filling *filling = data;
    const TorporGather *gather = filling->gather;
    GError *error = NULL;
    g_autofree char *memory = g_try_malloc(gather->room_bytes + ALIGNMENT);
    char *room = memory == NULL ? NULL : memory + (ALIGNMENT - (gsize)memory % ALIGNMENT);
    if (memory == NULL)
        g_set_error(&error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for %" G_GSIZE_FORMAT " bytes", gather->room_bytes);
    while (error == NULL && !g_atomic_int_get(&filling->failed)) {
        guint64 first = (guint64)(guint)g_atomic_int_add(&filling->next, 1) * gather->stretch_rows;
        if (first >= gather->n_rows)
            return;
        (void)fill_stretch(filling, first, room, &error);
    }
    g_atomic_int_set(&filling->failed, 1);
    g_mutex_lock(&filling->lock);
    if (filling->failure == NULL)
        filling->failure = g_steal_pointer(&error);
    g_mutex_unlock(&filling->lock);
    g_clear_error(&error);
}

static guint64
unfilled_bytes(const GPtrArray *gathers)
{
    guint64 bytes = 0;
    for (guint i = 0; i < gathers->len; i++) {
        const TorporGather *gather = g_ptr_array_index(gathers, i);
        bytes += gather->n_rows * gather->row_bytes;
    }
    return bytes;
}

gboolean
torpor_gather_fill(const TorporHost *host, const GPtrArray *gathers, TorporSink *sink,
                   void (*progress)(gpointer data, guint64 done, guint64 total),
                   gpointer progress_data, GError **error)
{
    if (sink->klass->fill == NULL)
        return TRUE;
    Filling filling = {.sink = sink, .progress = progress, .progress_data = progress_data};
    filling.bytes_done = sink->place - unfilled_bytes(gathers);
    g_mutex_init(&filling.lock);
    for (guint i = 0; i < gathers->len && filling.failure == NULL; i++) {
        filling.gather = g_ptr_array_index(gathers, i);
        filling.next = 0;
        guint64 n_stretches = (filling.gather->n_rows - 1) / filling.gather->stretch_rows + 1;
        torpor_parallel_run(host, n_stretches, fill_stretches, &filling);
    }
    g_mutex_clear(&filling.lock);
    if (filling.failure == NULL)
        return TRUE;
    g_propagate_error(error, filling.failure);
    return FALSE;
}
