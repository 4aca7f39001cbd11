#include "base/worker.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/in_flight.h"
#include "base/thread.h"

/* The thread lives for one job. Starting one takes 20 microseconds; an idle one would make forks
 * unsafe. */
struct _TorporWorker {
    GThread *thread; /* NULL: idle */
    pid_t owner;     /* of the thread */
    gint is_running; /* atomic */
    TorporJobFunc job;
    gpointer job_data;
    GError *error;
};

static TorporInFlight jobs; /* of all workers */
static gint is_exiting;     /* atomic */

/* The plugin is never unmapped, so this runs at exit only. It is registered late, so it runs before
 * what the host registered, while the host's static objects exist. */
static void
wait_at_exit(void)
{
    g_atomic_int_set(&is_exiting, 1);
    torpor_in_flight_wait(&jobs);
}

static void
register_wait(void)
{
    static gsize registered;
    if (g_once_init_enter(&registered)) {
        (void)atexit(wait_at_exit);
        g_once_init_leave(&registered, 1);
    }
}

static gpointer
run(gpointer data)
{
    TorporWorker *worker = data;
    if (!worker->job(worker->job_data, &worker->error) && g_atomic_int_get(&is_exiting))
        g_warning("%s", worker->error->message);
    g_atomic_int_set(&worker->is_running, 0);
    torpor_in_flight_end(&jobs);
    return NULL;
}

TorporWorker *
torpor_worker_new(void)
{
    return g_new0(TorporWorker, 1);
}

/* After a fork the thread is the parent's: forget it. What it held leaks once in the child. */
static void
forget_if_forked(TorporWorker *worker)
{
    if (worker->thread == NULL || worker->owner == getpid())
        return;
    worker->thread = NULL;
    worker->error = NULL;
    g_atomic_int_set(&worker->is_running, 0);
}

void
torpor_worker_start(TorporWorker *worker, TorporJobFunc job, gpointer job_data)
{
    forget_if_forked(worker);
    g_assert(worker->thread == NULL && worker->error == NULL);
    worker->job = job;
    worker->job_data = job_data;
    worker->owner = getpid();
    g_atomic_int_set(&worker->is_running, 1);
    register_wait();
    torpor_in_flight_begin(&jobs);
    worker->thread = torpor_thread_try_new("torpor-save", run, worker, NULL);
    if (worker->thread == NULL)
        (void)run(worker);
}

gboolean
torpor_worker_is_busy(TorporWorker *worker)
{
    forget_if_forked(worker);
    return g_atomic_int_get(&worker->is_running) != 0;
}

gboolean
torpor_worker_wait(TorporWorker *worker, GError **error)
{
    forget_if_forked(worker);
    if (worker->thread != NULL)
        (void)g_thread_join(g_steal_pointer(&worker->thread));
    if (worker->error == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&worker->error));
    return FALSE;
}

void
torpor_worker_free(TorporWorker *worker)
{
    if (worker == NULL)
        return;
    (void)torpor_worker_wait(worker, NULL);
    g_free(worker);
}
