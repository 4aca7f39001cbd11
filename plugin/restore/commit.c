#include "restore/commit.h"

#include "host/parallel.h"
#include "host/reference.h"
#include "restore/incoming_ragged.h"

/* Less than this is written by one thread: more threads would cost more than they save. */
#define BYTES_PER_THREAD ((guint64)4 << 20)
#define PROGRESS_BYTES ((guint64)64 << 20)

/* Some rows of one column. */
typedef struct {
    const TorporIncomingColumn *incoming;
    guint64 first;
    guint64 count;
    guint column; /* number of its incoming column */
} Piece;

struct _TorporCommit {
    const TorporHost *host;            /* (not owned) */
    const GPtrArray *incoming_columns; /* (not owned) */
    GArray *shared;                    /* Piece: for any thread */
    GArray *serial;                    /* Piece: for this thread alone */
    guint n_threads;
    char **rooms;         /* memory of each thread; the first has room for ragged fields too */
    const GArray *pieces; /* that are being written: `shared` or `serial` */
    guint64 total_bytes;
    GMutex lock;
    /* Under the lock: */
    guint next;      /* the piece that is taken next */
    GError *failure; /* the first one */
    guint64 done_bytes;
    guint64 reported_bytes; /* by `progress` */
};

static void
fail(TorporCommit *commit, GError *error)
{
    g_mutex_lock(&commit->lock);
    if (commit->failure == NULL)
        commit->failure = error;
    else
        g_error_free(error);
    g_mutex_unlock(&commit->lock);
}

/* Do both pieces write into the same objects? */
static gboolean
are_together(const Piece *one, const Piece *other)
{
    return one->incoming->live_field->population == other->incoming->live_field->population &&
           one->first / TORPOR_SCATTERED_ROWS == other->first / TORPOR_SCATTERED_ROWS;
}

/* Take the next pieces that write into the same objects. One thread writes them all, since fields
 * may share a byte. */
static void
take_pieces(TorporCommit *commit, guint *begin, guint *end)
{
    const Piece *pieces = (const Piece *)(gpointer)commit->pieces->data;
    g_mutex_lock(&commit->lock);
    *begin = commit->next;
    while (commit->next < commit->pieces->len &&
           are_together(&pieces[*begin], &pieces[commit->next]))
        commit->next++;
    *end = commit->next;
    g_mutex_unlock(&commit->lock);
}

static void
report_progress(TorporCommit *commit, guint64 bytes)
{
    if (commit->host->table->progress == NULL)
        return;
    g_mutex_lock(&commit->lock);
    commit->done_bytes += bytes;
    if (commit->done_bytes - commit->reported_bytes >= PROGRESS_BYTES ||
        (commit->done_bytes == commit->total_bytes && bytes > 0)) {
        commit->reported_bytes = commit->done_bytes;
        torpor_host_progress(commit->host, "restore", commit->done_bytes, commit->total_bytes);
    }
    g_mutex_unlock(&commit->lock);
}

static void
commit_pieces(gpointer data, guint64 worker)
{
    TorporCommit *commit = data;
    GError *error = NULL;
    guint begin, end;
    for (take_pieces(commit, &begin, &end); begin < end; take_pieces(commit, &begin, &end)) {
        for (guint i = begin; i < end; i++) {
            const Piece *piece = &g_array_index(commit->pieces, Piece, i);
            if (!torpor_incoming_column_commit_rows(piece->incoming, piece->first, piece->count,
                                                    commit->rooms[worker], &error))
                fail(commit, g_steal_pointer(&error));
            report_progress(commit, piece->count * piece->incoming->live_field->row_bytes);
        }
    }
}

/* Sort pieces so that fields of the same objects follow one another: the objects are still in the
 * cache then. */
static gint
compare_pieces(gconstpointer a, gconstpointer b)
{
    const Piece *one = a;
    const Piece *other = b;
    gsize population = (gsize)one->incoming->live_field->population;
    gsize other_population = (gsize)other->incoming->live_field->population;
    if (population != other_population)
        return population < other_population ? -1 : 1;
    if (one->first != other->first)
        return one->first < other->first ? -1 : 1;
    return one->column < other->column ? -1 : one->column > other->column;
}

static void
add_pieces(GArray *pieces, const TorporIncomingColumn *incoming, guint column)
{
    guint64 count = incoming->live_field->population->count;
    guint64 at_once = torpor_incoming_column_rows_at_once(incoming);
    for (guint64 first = 0; first < count; first += at_once) {
        Piece piece = {incoming, first, MIN(at_once, count - first), column};
        g_array_append_val(pieces, piece);
    }
}

/* room_bytes: for rows, in each thread; more_bytes: for ragged values, in the first one. */
static gboolean
take_rooms(TorporCommit *commit, guint64 room_bytes, guint64 more_bytes, GError **error)
{
    commit->rooms = g_new0(char *, commit->n_threads);
    for (guint i = 0; i < commit->n_threads; i++) {
        guint64 bytes = MAX(i == 0 ? MAX(room_bytes, more_bytes) : room_bytes, 1);
        commit->rooms[i] = g_try_malloc(bytes);
        if (commit->rooms[i] == NULL) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                        "no memory for %" G_GUINT64_FORMAT " bytes on the way into the live state",
                        bytes);
            return FALSE;
        }
    }
    return TRUE;
}

TorporCommit *
torpor_commit_new(const TorporHost *host, const GPtrArray *incoming_columns, GError **error)
{
    TorporCommit *commit = g_new0(TorporCommit, 1);
    commit->host = host;
    commit->incoming_columns = incoming_columns;
    commit->shared = g_array_new(FALSE, FALSE, sizeof(Piece));
    commit->serial = g_array_new(FALSE, FALSE, sizeof(Piece));
    g_mutex_init(&commit->lock);
    guint64 room_bytes = 0, more_bytes = 0, total = 0;
    for (guint i = 0; i < incoming_columns->len; i++) {
        const TorporIncomingColumn *incoming = g_ptr_array_index(incoming_columns, i);
        if (torpor_kind_is_ragged(incoming->live_field->kind)) {
            more_bytes = MAX(more_bytes, torpor_incoming_ragged_room(incoming));
            commit->total_bytes += incoming->values->byte_length;
            continue;
        }
        gboolean is_serial = !torpor_live_field_is_shareable(incoming->live_field) ||
                             !torpor_reference_is_shareable(incoming->target);
        add_pieces(is_serial ? commit->serial : commit->shared, incoming, i);
        room_bytes = MAX(room_bytes, torpor_incoming_column_rows_room(incoming));
        total += incoming->live_field->population->count * incoming->live_field->row_bytes;
    }
    g_array_sort(commit->shared, compare_pieces);
    commit->total_bytes += total;
    commit->n_threads = torpor_parallel_threads(total / BYTES_PER_THREAD);
    if (take_rooms(commit, room_bytes, more_bytes, error))
        return commit;
    torpor_commit_free(commit);
    return NULL;
}

void
torpor_commit_free(TorporCommit *commit)
{
    if (commit == NULL)
        return;
    for (guint i = 0; i < commit->n_threads; i++)
        g_free(commit->rooms[i]);
    g_free(commit->rooms);
    g_array_unref(commit->shared);
    g_array_unref(commit->serial);
    g_mutex_clear(&commit->lock);
    g_clear_error(&commit->failure);
    g_free(commit);
}

gboolean
torpor_commit_run(TorporCommit *commit, GError **error)
{
    for (guint i = 0; i < commit->incoming_columns->len; i++) {
        const TorporIncomingColumn *incoming = g_ptr_array_index(commit->incoming_columns, i);
        GError *failure = NULL;
        if (!torpor_kind_is_ragged(incoming->live_field->kind))
            continue;
        if (torpor_incoming_ragged_commit(incoming, commit->rooms[0], &failure))
            report_progress(commit, incoming->values->byte_length);
        else
            fail(commit, failure);
    }
    commit->pieces = commit->serial;
    commit_pieces(commit, 0);
    commit->pieces = commit->shared;
    commit->next = 0;
    torpor_parallel_run(commit->host, commit->n_threads, commit_pieces, commit);
    if (commit->failure == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&commit->failure));
    return FALSE;
}
