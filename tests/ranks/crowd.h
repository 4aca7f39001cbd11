/* Threads as ranks: a collective without MPI. A rank that dies, or does something else for too
 * long, fails the wait of all others. */
#ifndef TORPOR_TEST_CROWD_H
#define TORPOR_TEST_CROWD_H

#include <glib.h>
#include <string.h>
#include <torpor/host.h>

#define CROWD_MAX 200u /* ranks */
#ifndef CROWD_WAIT_US
#define CROWD_WAIT_US (20 * G_USEC_PER_SEC)
#endif

typedef struct {
    GMutex lock;
    GCond changed;
    guint n;
    guint n_here;
    guint generation;
    gboolean is_dead;   /* one of them */
    GByteArray **parts; /* copies: a rank that fails does not wait until the others have read its */
    GQueue *sent;       /* [from * n + to], of GBytes, the newest first */
    GCond *arrived;     /* [to]: not one for all, which would wake a thousand for each message */
    guint64 n_calls;
    gint n_sent; /* atomic: messages from one rank to another */
} Crowd;

/* One rank of it. */
typedef struct {
    Crowd *crowd;
    guint rank;
} Seat;

static inline void
crowd_init(Crowd *crowd, guint n)
{
    *crowd =
        (Crowd){.n = n, .parts = g_new0(GByteArray *, n), .sent = g_new0(GQueue, (gsize)n * n)};
    crowd->arrived = g_new0(GCond, n);
    for (guint i = 0; i < n; i++) {
        crowd->parts[i] = g_byte_array_new();
        g_cond_init(&crowd->arrived[i]);
    }
    g_mutex_init(&crowd->lock);
    g_cond_init(&crowd->changed);
}

static inline void
crowd_clear(Crowd *crowd)
{
    for (guint i = 0; i < crowd->n; i++) {
        g_byte_array_unref(crowd->parts[i]);
        g_cond_clear(&crowd->arrived[i]);
    }
    g_free(crowd->arrived);
    for (guint i = 0; i < crowd->n * crowd->n; i++)
        g_queue_clear_full(&crowd->sent[i], (GDestroyNotify)g_bytes_unref);
    g_free(crowd->sent);
    g_free(crowd->parts);
    g_mutex_clear(&crowd->lock);
    g_cond_clear(&crowd->changed);
}

/* This rank will not come any more. */
static inline void
crowd_die(Crowd *crowd)
{
    g_mutex_lock(&crowd->lock);
    crowd->is_dead = TRUE;
    g_cond_broadcast(&crowd->changed);
    for (guint i = 0; i < crowd->n; i++)
        g_cond_signal(&crowd->arrived[i]);
    g_mutex_unlock(&crowd->lock);
}

/* Under the lock: wait until all are here. */
static inline gboolean
crowd_wait(Crowd *crowd)
{
    guint generation = crowd->generation;
    gint64 end = g_get_monotonic_time() + CROWD_WAIT_US;
    if (++crowd->n_here == crowd->n) {
        crowd->n_here = 0;
        crowd->generation++;
        g_cond_broadcast(&crowd->changed);
        return TRUE;
    }
    while (crowd->generation == generation && !crowd->is_dead)
        if (!g_cond_wait_until(&crowd->changed, &crowd->lock, end))
            crowd->is_dead = TRUE;
    return crowd->generation != generation;
}

static inline gint32
crowd_fail(struct torpor_error *error)
{
    g_strlcpy(error->message, "a rank is dead", sizeof error->message);
    return TORPOR_STATUS_IO;
}

/* Under the lock. */
static inline void
crowd_bring(const Seat *seat, const void *bytes, guint64 length)
{
    GByteArray *part = seat->crowd->parts[seat->rank];
    g_byte_array_set_size(part, 0);
    g_byte_array_append(part, bytes, (guint)length);
}

/* Under the lock. */
static inline gboolean
crowd_take(const Crowd *crowd, guint rank, void *bytes, guint64 length)
{
    const GByteArray *part = crowd->parts[rank];
    if (part->len != length)
        return FALSE;
    if (length > 0)
        memcpy(bytes, part->data, length);
    return TRUE;
}

static inline gint32
crowd_allgather(void *data, const void *mine, uint64_t length, void *all,
                struct torpor_error *error)
{
    const Seat *seat = data;
    Crowd *crowd = seat->crowd;
    g_mutex_lock(&crowd->lock);
    crowd->n_calls += seat->rank == 0;
    crowd_bring(seat, mine, length);
    gboolean is_fine = crowd_wait(crowd);
    for (guint i = 0; is_fine && i < crowd->n; i++)
        is_fine = crowd_take(crowd, i, (char *)all + i * length, length);
    is_fine = is_fine && crowd_wait(crowd);
    g_mutex_unlock(&crowd->lock);
    return is_fine ? TORPOR_STATUS_OK : crowd_fail(error);
}

static inline gint32
crowd_broadcast(void *data, void *bytes, uint64_t length, uint32_t root, struct torpor_error *error)
{
    const Seat *seat = data;
    Crowd *crowd = seat->crowd;
    g_mutex_lock(&crowd->lock);
    crowd->n_calls += seat->rank == 0;
    if (seat->rank == root)
        crowd_bring(seat, bytes, length);
    gboolean is_fine = crowd_wait(crowd);
    if (is_fine && seat->rank != root)
        is_fine = crowd_take(crowd, root, bytes, length);
    is_fine = is_fine && crowd_wait(crowd);
    g_mutex_unlock(&crowd->lock);
    return is_fine ? TORPOR_STATUS_OK : crowd_fail(error);
}

static inline gint32
crowd_send(void *data, const void *bytes, uint64_t length, uint32_t to, struct torpor_error *error)
{
    const Seat *seat = data;
    Crowd *crowd = seat->crowd;
    (void)error;
    g_atomic_int_inc(&crowd->n_sent);
    g_mutex_lock(&crowd->lock);
    g_queue_push_head(&crowd->sent[seat->rank * crowd->n + to], g_bytes_new(bytes, length));
    g_cond_signal(&crowd->arrived[to]);
    g_mutex_unlock(&crowd->lock);
    return TORPOR_STATUS_OK;
}

static inline gint32
crowd_receive(void *data, void *bytes, uint64_t length, uint32_t from, struct torpor_error *error)
{
    const Seat *seat = data;
    Crowd *crowd = seat->crowd;
    gint64 end = g_get_monotonic_time() + CROWD_WAIT_US;
    g_mutex_lock(&crowd->lock);
    GQueue *sent = &crowd->sent[from * crowd->n + seat->rank];
    while (g_queue_is_empty(sent) && !crowd->is_dead &&
           g_cond_wait_until(&crowd->arrived[seat->rank], &crowd->lock, end))
        ;
    g_autoptr(GBytes) message = g_queue_pop_tail(sent);
    g_mutex_unlock(&crowd->lock);
    if (message == NULL || g_bytes_get_size(message) != length)
        return crowd_fail(error);
    if (length > 0)
        memcpy(bytes, g_bytes_get_data(message, NULL), length);
    return TORPOR_STATUS_OK;
}

static inline gint32
crowd_barrier(void *data, struct torpor_error *error)
{
    char mine = 0;
    g_autofree char *all = g_malloc(((const Seat *)data)->crowd->n);
    return crowd_allgather(data, &mine, 1, all, error);
}

#endif
