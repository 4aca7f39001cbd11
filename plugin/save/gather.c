/* Threads take stretches of objects. Of a stretch, some objects at a time are asked for all their
 * columns, and what comes of it goes to the sink, column by column. */
#include "save/gather.h"

#include <string.h>

#include "host/parallel.h"

/* So many objects stay in the first cache for their next column. */
#define ROWS_AT_ONCE ((guint64)256)
/* Memory of each thread, for the columns of one stretch. */
#define STRETCH_BYTES ((guint64)1 << 20)
/* As many at least, so that threads end together. */
#define STRETCHES ((guint64)8)
/* Memory of a column starts at such addresses, whatever its dtype. */
#define ALIGNMENT ((guint64)64)

typedef struct {
    TorporArray *array; /* the tree's (not owned) */
    TorporGap gap;
    guint64 room; /* where its rows are in a thread's memory */
} GatherColumn;

/* A column that seems to be constant. */
typedef struct {
    TorporArray *array; /* of one row; the tree's (not owned) */
    TorporProduceFunc produce;
    gpointer produce_data;
    guint64 row_bytes;
    char *first_row;
    gint differs; /* atomic */
} Expected;

struct _TorporGather {
    const TorporHost *host; /* (not owned) */
    guint64 n_rows;
    guint64 row_bytes; /* of all columns */
    guint64 stretch_rows;
    guint64 expected_room; /* where rows of these are in a thread's memory, after the columns */
    gsize room_bytes;      /* that each thread needs */
    GArray *columns;       /* GatherColumn */
    GArray *expected;      /* Expected */
};

/* One gather that is being filled; or, without a sink, looked through for what it expects. */
typedef struct {
    TorporGather *gather;
    TorporSink *sink;
    const TorporEncodeOptions *options;
    guint next;  /* atomic: the stretch that is taken next */
    gint failed; /* atomic */
    GMutex lock;
    GError *failure;    /* the first one, under the lock */
    guint64 bytes_done; /* of the sink, under the lock */
} Filling;

static void
column_clear(gpointer data)
{
    GatherColumn *column = data;
    g_array_unref(column->gap.extents);
}

static void
expected_clear(gpointer data)
{
    Expected *expected = data;
    g_free(expected->first_row);
}

TorporGather *
torpor_gather_new(const TorporHost *host, guint64 n_rows)
{
    TorporGather *gather = g_new0(TorporGather, 1);
    gather->host = host;
    gather->n_rows = n_rows;
    gather->columns = g_array_new(FALSE, FALSE, sizeof(GatherColumn));
    gather->expected = g_array_new(FALSE, FALSE, sizeof(Expected));
    g_array_set_clear_func(gather->columns, column_clear);
    g_array_set_clear_func(gather->expected, expected_clear);
    return gather;
}

void
torpor_gather_free(TorporGather *gather)
{
    if (gather == NULL)
        return;
    g_array_unref(gather->columns);
    g_array_unref(gather->expected);
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

void
torpor_gather_expect(TorporGather *gather, TorporArray *array, TorporProduceFunc produce,
                     gpointer produce_data)
{
    Expected expected = {.array = array,
                         .produce = produce,
                         .produce_data = produce_data,
                         .row_bytes = array->byte_length};
    g_array_append_val(gather->expected, expected);
}

static guint64
round_up(guint64 bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Room for the columns of a stretch, and for some rows of one that is expected to be constant. */
static void
make_room(TorporGather *gather)
{
    gather->room_bytes = 0;
    for (guint i = 0; i < gather->columns->len; i++) {
        GatherColumn *column = &g_array_index(gather->columns, GatherColumn, i);
        const TorporArray *array = column->array;
        column->gap.range_bytes = gather->stretch_rows * array->row_bytes;
        column->gap.whole_length = array->byte_length;
        column->gap.byte_length = 0;
        g_array_set_size(column->gap.extents, 0);
        column->gap.gather = gather;
        column->array->gap = &column->gap;
        column->room = gather->room_bytes;
        gather->room_bytes += round_up(column->gap.range_bytes);
    }
    guint64 largest = 0;
    for (guint i = 0; i < gather->expected->len; i++)
        largest = MAX(largest, g_array_index(gather->expected, Expected, i).row_bytes);
    gather->expected_room = gather->room_bytes;
    gather->room_bytes += largest * ROWS_AT_ONCE;
}

gboolean
torpor_gather_plan(TorporGather *gather)
{
    if (gather->columns->len == 0 || gather->n_rows < TORPOR_GATHER_BYTES / gather->row_bytes)
        return FALSE;
    gather->stretch_rows = 1;
    while (gather->stretch_rows * 2 * gather->row_bytes <= STRETCH_BYTES &&
           gather->stretch_rows * STRETCHES < gather->n_rows)
        gather->stretch_rows *= 2;
    make_room(gather);
    return TRUE;
}

/* ---- filling ---- */

static gboolean
produce_rows(const TorporGather *gather, guint64 first, guint64 count, guint64 done, char *room,
             GError **error)
{
    for (guint i = 0; i < gather->columns->len; i++) {
        const GatherColumn *column = &g_array_index(gather->columns, GatherColumn, i);
        const TorporArray *array = column->array;
        guint64 row_bytes = array->row_bytes;
        if (!array->produce(array->produce_data, first * row_bytes, count * row_bytes,
                            room + column->room + done * row_bytes, error))
            return FALSE;
    }
    return TRUE;
}

/* Note which of the expected columns have other rows than their first among these. */
static gboolean
compare_rows(const TorporGather *gather, guint64 first, guint64 count, char *rows, GError **error)
{
    for (guint i = 0; i < gather->expected->len; i++) {
        Expected *expected = &g_array_index(gather->expected, Expected, i);
        guint64 row_bytes = expected->row_bytes;
        if (g_atomic_int_get(&expected->differs))
            continue;
        if (!expected->produce(expected->produce_data, first * row_bytes, count * row_bytes, rows,
                               error))
            return FALSE;
        if (memcmp(expected->first_row, rows, row_bytes) != 0 ||
            memcmp(rows, rows + row_bytes, (count - 1) * row_bytes) != 0)
            g_atomic_int_set(&expected->differs, 1);
    }
    return TRUE;
}

static gboolean
any_differs(const TorporGather *gather)
{
    for (guint i = 0; i < gather->expected->len; i++)
        if (g_atomic_int_get(&g_array_index(gather->expected, Expected, i).differs))
            return TRUE;
    return FALSE;
}

static gboolean
produce_stretch(const Filling *filling, guint64 first, guint64 count, char *room, GError **error)
{
    const TorporGather *gather = filling->gather;
    for (guint64 done = 0, n; done < count; done += n) {
        n = MIN(count - done, ROWS_AT_ONCE);
        if (filling->sink != NULL && !produce_rows(gather, first + done, n, done, room, error))
            return FALSE;
        if (!compare_rows(gather, first + done, n, room + gather->expected_room, error))
            return FALSE;
    }
    if (filling->sink == NULL || !any_differs(gather))
        return TRUE;
    g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                        "a column that seemed to be constant is not");
    return FALSE;
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
    if (!produce_stretch(filling, first, n, room, error))
        return FALSE;
    if (filling->sink == NULL)
        return TRUE;
    for (guint i = 0; i < gather->columns->len; i++) {
        const GatherColumn *column = &g_array_index(gather->columns, GatherColumn, i);
        guint64 row_bytes = column->array->row_bytes;
        if (!fill_column(column, first * row_bytes, (first + n) * row_bytes, room + column->room,
                         filling->sink, error))
            return FALSE;
    }
    if (filling->options->progress == NULL)
        return TRUE;
    guint64 total = filling->sink->expected; /* less than all, see torpor_encode */
    g_mutex_lock(&filling->lock);
    filling->bytes_done += n * gather->row_bytes;
    filling->options->progress(filling->options->progress_data, MIN(filling->bytes_done, total),
                               total);
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

static gboolean
fill(TorporGather *gather, TorporSink *sink, const TorporEncodeOptions *options, GError **error)
{
    Filling filling = {.gather = gather, .sink = sink, .options = options};
    if (sink != NULL)
        filling.bytes_done = sink->place - gather->n_rows * gather->row_bytes;
    g_mutex_init(&filling.lock);
    guint64 n_stretches = (gather->n_rows - 1) / gather->stretch_rows + 1;
    torpor_parallel_run(gather->host, n_stretches, fill_stretches, &filling);
    g_mutex_clear(&filling.lock);
    if (filling.failure == NULL)
        return TRUE;
    g_propagate_error(error, filling.failure);
    return FALSE;
}

static gboolean
take_first_rows(TorporGather *gather, GError **error)
{
    for (guint i = 0; i < gather->expected->len; i++) {
        Expected *expected = &g_array_index(gather->expected, Expected, i);
        if (expected->first_row == NULL)
            expected->first_row = g_malloc(expected->row_bytes);
        if (!expected->produce(expected->produce_data, 0, expected->row_bytes, expected->first_row,
                               error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
has_all_room(const TorporGather *gather)
{
    for (guint i = 0; i < gather->columns->len; i++) {
        const TorporGap *gap = &g_array_index(gather->columns, GatherColumn, i).gap;
        if (gap->byte_length < gap->whole_length)
            return FALSE;
    }
    return TRUE;
}

gboolean
torpor_gather_fill(gpointer gather, TorporSink *sink, const TorporEncodeOptions *options,
                   GError **error)
{
    return !has_all_room(gather) ||
           (take_first_rows(gather, error) && fill(gather, sink, options, error));
}

/* ---- columns that are not constant ---- */

/* The array's shape is the tree's own. */
static void
give_all_rows(TorporGather *gather, const Expected *expected)
{
    TorporArray *array = expected->array;
    *(guint64 *)array->shape = gather->n_rows;
    array->byte_length = gather->n_rows * expected->row_bytes;
    array->data = NULL;
    array->produce = expected->produce;
    array->produce_data = expected->produce_data;
    array->row_bytes = expected->row_bytes;
    torpor_gather_add(gather, array);
}

gboolean
torpor_gathers_reconsider(const GPtrArray *gathers, GError **error)
{
    gboolean any = FALSE;
    for (guint i = 0; i < gathers->len; i++)
        any = any || any_differs(g_ptr_array_index(gathers, i));
    for (guint i = 0; i < gathers->len && any; i++) {
        TorporGather *gather = g_ptr_array_index(gathers, i);
        if (!take_first_rows(gather, error) || !fill(gather, NULL, NULL, error))
            return FALSE;
        for (guint j = 0; j < gather->expected->len; j++) {
            const Expected *expected = &g_array_index(gather->expected, Expected, j);
            if (expected->differs)
                give_all_rows(gather, expected);
        }
        g_array_set_size(gather->expected, 0);
        (void)torpor_gather_plan(gather);
    }
    return any;
}
