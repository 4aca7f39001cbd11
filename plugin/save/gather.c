/* Threads visit the objects. Some of a visit's objects at a time are asked for all their columns;
 * at the end of the visit, the columns go to the sink, one after the other. */
#include "save/gather.h"

#include "host/row_walk.h"
#include "save/guess.h"

/* So many objects stay in the first cache while one column after the other is read. */
#define ROWS_AT_ONCE ((guint64)256)
/* Memory of each thread, for the columns of one visit. */
#define VISIT_BYTES ((guint64)1 << 20)
/* At least so many visits, so that threads end at about the same time, and that their memory is
 * a small part of the population. */
#define VISITS ((guint64)32)

typedef struct {
    TorporArray *array;   /* the tree's (not owned) */
    const TorporGap *gap; /* (not owned) */
    guint64 room;         /* where its rows are in a thread's memory */
} GatherColumn;

struct _TorporGather {
    const TorporHost *host; /* (not owned) */
    TorporTree *tree;       /* (not owned) */
    guint64 n_rows;
    guint64 row_bytes; /* of all columns */
    guint64 visit_rows;
    guint64 guess_room; /* where rows of guessed columns are in a thread's memory */
    gsize room_bytes;   /* that each thread needs */
    GArray *columns;    /* GatherColumn */
    TorporGuesses *guesses;
};

/* One walk over all rows. */
typedef struct {
    TorporGather *gather;
    TorporSink *sink; /* NULL: rows are only compared, none is gathered */
    void (*filled)(gpointer data, guint64 bytes);
    gpointer filled_data;
    GMutex lock; /* of `filled` */
} Walk;

TorporGather *
torpor_gather_new(const TorporHost *host, TorporTree *tree, guint64 n_rows)
{
    TorporGather *gather = g_new0(TorporGather, 1);
    gather->host = host;
    gather->tree = tree;
    gather->n_rows = n_rows;
    gather->columns = g_array_new(FALSE, FALSE, sizeof(GatherColumn));
    gather->guesses = torpor_guesses_new();
    return gather;
}

void
torpor_gather_free(TorporGather *gather)
{
    if (gather == NULL)
        return;
    g_array_unref(gather->columns);
    torpor_guesses_free(gather->guesses);
    g_free(gather);
}

/* ---- planning ---- */

/* A row that fills a visit alone gains nothing from others beside it. */
static gboolean
take_row(TorporGather *gather, const TorporArray *array)
{
    gboolean fits = array->row_bytes <= VISIT_BYTES - gather->row_bytes;
    gather->row_bytes += fits ? array->row_bytes : 0;
    return fits;
}

void
torpor_gather_add(TorporGather *gather, TorporArray *array)
{
    GatherColumn column = {.array = array};
    if (take_row(gather, array))
        g_array_append_val(gather->columns, column);
}

void
torpor_gather_leave_out(TorporGather *gather, const TorporArray *array)
{
    (void)take_row(gather, array);
}

void
torpor_gather_guess(TorporGather *gather, TorporArray *array, TorporProduceFunc produce,
                    gpointer produce_data)
{
    torpor_guesses_add(gather->guesses, array, produce, produce_data);
}

static guint64
round_up(guint64 bytes)
{
    return (bytes + TORPOR_ROOM_ALIGNMENT - 1) / TORPOR_ROOM_ALIGNMENT * TORPOR_ROOM_ALIGNMENT;
}

/* In a thread's memory: the columns of a visit, then some rows of a guessed one. */
static void
make_room(TorporGather *gather, TorporGaps *gaps)
{
    gather->room_bytes = 0;
    for (guint i = 0; i < gather->columns->len; i++) {
        GatherColumn *column = &g_array_index(gather->columns, GatherColumn, i);
        guint64 visit_bytes = gather->visit_rows * column->array->row_bytes;
        column->gap = torpor_gaps_add(gaps, column->array, visit_bytes);
        column->room = gather->room_bytes;
        gather->room_bytes += round_up(visit_bytes);
    }
    gather->guess_room = gather->room_bytes;
    gather->room_bytes += torpor_guesses_row_bytes(gather->guesses) * ROWS_AT_ONCE;
}

gboolean
torpor_gather_plan(TorporGather *gather, TorporGaps *gaps)
{
    if (gather->columns->len == 0 || gather->n_rows < TORPOR_GATHER_BYTES / gather->row_bytes)
        return FALSE;
    gather->visit_rows = 1;
    while (gather->visit_rows * 2 * gather->row_bytes <= VISIT_BYTES &&
           gather->visit_rows * VISITS < gather->n_rows)
        gather->visit_rows *= 2;
    make_room(gather, gaps);
    return TRUE;
}

/* ---- the walk ---- */

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

/* Some objects at a time. */
static gboolean
gather_rows(const Walk *walk, guint64 first, guint64 count, char *room, GError **error)
{
    TorporGather *gather = walk->gather;
    for (guint64 done = 0, n; done < count; done += n) {
        n = MIN(count - done, ROWS_AT_ONCE);
        if (walk->sink != NULL && !produce_rows(gather, first + done, n, done, room, error))
            return FALSE;
        if (!torpor_guesses_compare(gather->guesses, first + done, n, room + gather->guess_room,
                                    error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
fill_gaps(Walk *walk, guint64 first, guint64 count, const char *room, GError **error)
{
    const TorporGather *gather = walk->gather;
    for (guint i = 0; i < gather->columns->len; i++) {
        const GatherColumn *column = &g_array_index(gather->columns, GatherColumn, i);
        guint64 row_bytes = column->array->row_bytes;
        if (!torpor_gap_fill(column->gap, walk->sink, first * row_bytes,
                             (first + count) * row_bytes, room + column->room, error))
            return FALSE;
    }
    if (walk->filled != NULL) {
        g_mutex_lock(&walk->lock);
        walk->filled(walk->filled_data, count * gather->row_bytes);
        g_mutex_unlock(&walk->lock);
    }
    return TRUE;
}

/* Gathering is in vain once a guess is wrong; comparing is not. */
static gboolean
is_in_vain(const Walk *walk)
{
    return walk->sink != NULL && !torpor_guesses_hold(walk->gather->guesses);
}

static gboolean
visit(gpointer data, guint64 first, guint64 n, char *room, GError **error)
{
    Walk *walk = data;
    if (is_in_vain(walk) || !gather_rows(walk, first, n, room, error) || is_in_vain(walk))
        return FALSE;
    return walk->sink == NULL || fill_gaps(walk, first, n, room, error);
}

static gboolean
walk_all(Walk *walk, GError **error)
{
    const TorporGather *gather = walk->gather;
    if (!torpor_guesses_begin(gather->guesses, error))
        return FALSE;
    g_mutex_init(&walk->lock);
    guint64 n_visits = (gather->n_rows - 1) / gather->visit_rows + 1;
    const TorporRowWalk rows = {.n_rows = gather->n_rows,
                                .at_once = gather->visit_rows,
                                .room_bytes = gather->room_bytes,
                                .visit = visit,
                                .visit_data = walk};
    gboolean is_walked = torpor_row_walk_run(&rows, gather->host, n_visits, error);
    g_mutex_clear(&walk->lock);
    return is_walked;
}

gboolean
torpor_gather_fill(TorporGather *gather, TorporSink *sink,
                   void (*filled)(gpointer data, guint64 bytes), gpointer filled_data,
                   gboolean *holds, GError **error)
{
    Walk walk = {.gather = gather, .sink = sink, .filled = filled, .filled_data = filled_data};
    gboolean is_walked = walk_all(&walk, error);
    *holds = torpor_guesses_hold(gather->guesses);
    return is_walked;
}

gboolean
torpor_gather_settle(TorporGather *gather, TorporGaps *gaps, GError **error)
{
    Walk walk = {.gather = gather};
    g_autoptr(GPtrArray) varying = g_ptr_array_new();
    if (!walk_all(&walk, error) ||
        !torpor_guesses_settle(gather->guesses, gather->tree, gather->n_rows, varying, error))
        return FALSE;
    for (guint i = 0; i < varying->len; i++)
        torpor_gather_add(gather, g_ptr_array_index(varying, i));
    (void)torpor_gather_plan(gather, gaps);
    return TRUE;
}
