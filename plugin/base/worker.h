/* A worker: a background thread that does one job at a time. The host's signals do not reach it. */
#ifndef TORPOR_BASE_WORKER_H
#define TORPOR_BASE_WORKER_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TorporWorker TorporWorker;

/* An error is kept for torpor_worker_wait. The job must not call the host, which goes on meanwhile
 * and may even have returned from its main. */
typedef gboolean (*TorporJobFunc)(gpointer job_data, GError **error);

TorporWorker *torpor_worker_new(void);
/* Waits for the job in flight. */
void torpor_worker_free(TorporWorker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporWorker, torpor_worker_free)

/* Begin a job. The worker must be idle: call torpor_worker_wait first. In the child of a fork,
 * where the thread does not exist, a new one is started. If no thread can be started, the job is
 * done before this returns.
 *
 * exit() waits for all jobs in flight. A job that fails meanwhile is reported by a warning, since
 * nobody is left to wait for it. (A child does not wait for the jobs of its parent.) */
void torpor_worker_start(TorporWorker *worker, TorporJobFunc job, gpointer job_data);

/* Is a job in flight? Cheap. */
gboolean torpor_worker_is_busy(TorporWorker *worker);

/* Wait until idle. FALSE with the error of the last job, which is reported once; TRUE also if there
 * was no job. A job that was in flight when the process forked belongs to the parent: the child
 * does not wait for it. */
gboolean torpor_worker_wait(TorporWorker *worker, GError **error);

G_END_DECLS

#endif
