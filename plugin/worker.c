#include "worker.h"

#include <signal.h>
#include <unistd.h>

#include "error.h"

/* The thread lives for one job: a thread costs 20 microseconds, an idle one a fork's safety. */
struct _TorporWorker {
    GThread *thread; /* NULL: idle and told */
    pid_t owner;     /* of the thread */
    gint is_running; /* atomic */
    TorporJobFunc job;
    gpointer job_data;
    GError *error;
};

static gpointer
run(gpointer data)
{
    TorporWorker *worker = data;
    (void)worker->job(worker->job_data, &worker->error);
    g_atomic_int_set(&worker->is_running, 0);
    return NULL;
}

TorporWorker *
torpor_worker_new(void)
{
    return g_new0(TorporWorker, 1);
}

/* After a fork the thread is the parent's: forget it. What it held is leaked, once, in the child.
 */
static void
forget_if_forked(TorporWorker *worker)
{
    if (worker->thread == NULL || worker->owner == getpid())
        return;
    worker->thread = NULL;
    worker->error = NULL;
    g_atomic_int_set(&worker->is_running, 0);
}

gboolean
torpor_worker_start(TorporWorker *worker, TorporJobFunc job, gpointer job_data, GError **error)
{
    forget_if_forked(worker);
    g_assert(worker->thread == NULL && worker->error == NULL);
    worker->job = job;
    worker->job_data = job_data;
    worker->owner = getpid();
    g_atomic_int_set(&worker->is_running, 1);

    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited by the thread */
    g_autoptr(GError) cause = NULL;
    worker->thread = g_thread_try_new("torpor-save", run, worker, &cause);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (worker->thread == NULL) {
        g_atomic_int_set(&worker->is_running, 0);
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_IO,
                    "cannot start a thread to save in: %s; use mode=sync", cause->message);
        return FALSE;
    }
    return TRUE;
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
    if (worker->thread == NULL)
        return TRUE;
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
