#include "commit.h"

#include "parallel.h"
#include "reference.h"

#define IS_RAGGED(kind) ((kind) == TORPOR_FIELD_RAGGED || (kind) == TORPOR_FIELD_BLOB)
/* Less than this is done by one thread: others would cost more than they save. */
#define BYTES_PER_THREAD ((guint64)4 << 20)

/* Some rows of one column. */
typedef struct {
    const TorporLanding *landing;
    guint64 first;
    guint64 count;
    guint column; /* the how-manieth landing */
} Piece;

typedef struct {
    const GArray *pieces;
    guint next; /* atomic: the piece that is taken next */
    gsize room_bytes;
    GMutex lock;
    GError *failure; /* the first one, under the lock */
} Work;

static void
fail(Work *work, GError *error)
{
    g_mutex_lock(&work->lock);
    if (work->failure == NULL)
        work->failure = error;
    else
        g_error_free(error);
    g_mutex_unlock(&work->lock);
}

static void
commit_pieces(gpointer data, guint64 worker)
{
    Work *work = data;
    GError *error = NULL;
    (void)worker;
    g_autofree char *room = g_try_malloc(MAX(work->room_bytes, 1));
    if (room == NULL) {
        g_set_error_literal(&error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory for a row");
        fail(work, error);
        return;
    }
    for (guint i = (guint)g_atomic_int_add(&work->next, 1); i < work->pieces->len;
         i = (guint)g_atomic_int_add(&work->next, 1)) {
        const Piece *piece = &g_array_index(work->pieces, Piece, i);
        if (!torpor_landing_commit_rows(piece->landing, piece->first, piece->count, room, &error)) {
            fail(work, g_steal_pointer(&error));
            return;
        }
    }
}

/* Fields of the same objects one after the other: objects that were written for one field are still
 * in a cache for the next. */
static gint
compare_pieces(gconstpointer a, gconstpointer b)
{
    const Piece *one = a;
    const Piece *other = b;
    gsize population = (gsize)one->landing->view->population;
    gsize other_population = (gsize)other->landing->view->population;
    if (population != other_population)
        return population < other_population ? -1 : 1;
    if (one->first != other->first)
        return one->first < other->first ? -1 : 1;
    return one->column < other->column ? -1 : one->column > other->column;
}

static void
add_pieces(GArray *pieces, const TorporLanding *landing, guint column, gsize *room_bytes,
           guint64 *total)
{
    guint64 count = landing->view->population->count;
    guint64 at_once = torpor_landing_rows_at_once(landing);
    for (guint64 first = 0; first < count; first += at_once) {
        Piece piece = {landing, first, MIN(at_once, count - first), column};
        g_array_append_val(pieces, piece);
    }
    *room_bytes = MAX(*room_bytes, at_once * landing->view->row_bytes);
    *total += count * landing->view->row_bytes;
}

gboolean
torpor_commit_landings(const TorporHost *host, const GPtrArray *landings, GError **error)
{
    g_autoptr(GArray) shared = g_array_new(FALSE, FALSE, sizeof(Piece));
    g_autoptr(GArray) serial = g_array_new(FALSE, FALSE, sizeof(Piece));
    guint64 total = 0;
    Work work = {0};
    g_mutex_init(&work.lock);
    for (guint i = 0; i < landings->len; i++) {
        const TorporLanding *landing = g_ptr_array_index(landings, i);
        GError *failure = NULL;
        if (IS_RAGGED(landing->view->kind)) {
            if (!torpor_landing_commit_ragged(landing, &failure))
                fail(&work, failure);
            continue;
        }
        gboolean is_serial = !torpor_view_is_shareable(landing->view) ||
                             !torpor_reference_is_shareable(landing->target);
        add_pieces(is_serial ? serial : shared, landing, i, &work.room_bytes, &total);
    }
    g_array_sort(shared, compare_pieces);
    work.pieces = serial;
    commit_pieces(&work, 0);
    work.pieces = shared;
    work.next = 0;
    torpor_parallel_run(host, MAX(total / BYTES_PER_THREAD, 1), commit_pieces, &work);
    g_mutex_clear(&work.lock);
    if (work.failure == NULL)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_TORN,
                "the checkpoint could not be read to its end while it was being restored; the "
                "state in memory is unusable, start the program again: %s",
                work.failure->message);
    g_error_free(work.failure);
    return FALSE;
}
