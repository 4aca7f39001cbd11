#include "host/row_walk.h"

#include "host/parallel.h"

typedef struct {
    const TorporRowWalk *walk;
    guint next;   /* atomic: the rows that are taken next, in units of at_once */
    gint is_over; /* atomic */
    GMutex lock;
    GError *failure; /* the first one, under the lock */
} Progress;

static void
end(Progress *progress, GError *error)
{
    g_atomic_int_set(&progress->is_over, 1);
    g_mutex_lock(&progress->lock);
    if (progress->failure == NULL)
        progress->failure = g_steal_pointer(&error);
    g_mutex_unlock(&progress->lock);
    g_clear_error(&error);
}

static char *
align(char *memory)
{
    gsize over = (gsize)memory % TORPOR_ROOM_ALIGNMENT;
    return over == 0 ? memory : memory + (TORPOR_ROOM_ALIGNMENT - over);
}

/* One thread's part: the next rows that nobody took, until there are none. */
static void
visit_rows(gpointer data, G_GNUC_UNUSED guint64 thread)
{
    Progress *progress = data;
    const TorporRowWalk *walk = progress->walk;
    GError *error = NULL;
    g_autofree char *memory = g_try_malloc(walk->room_bytes + TORPOR_ROOM_ALIGNMENT);
    if (memory == NULL) {
        g_set_error(&error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for %" G_GSIZE_FORMAT " bytes", walk->room_bytes);
        end(progress, error);
        return;
    }
    while (!g_atomic_int_get(&progress->is_over)) {
        guint64 first = (guint64)(guint)g_atomic_int_add(&progress->next, 1) * walk->at_once;
        if (first >= walk->n_rows)
            return;
        guint64 n = MIN(walk->at_once, walk->n_rows - first);
        if (!walk->visit(walk->visit_data, first, n, align(memory), &error)) {
            end(progress, error);
            return;
        }
    }
}

gboolean
torpor_row_walk_run(const TorporRowWalk *walk, const TorporHost *host, guint64 max_threads,
                    GError **error)
{
    Progress progress = {.walk = walk};
    g_mutex_init(&progress.lock);
    torpor_parallel_run(host, max_threads, visit_rows, &progress);
    g_mutex_clear(&progress.lock);
    if (progress.failure == NULL)
        return TRUE;
    g_propagate_error(error, progress.failure);
    return FALSE;
}
