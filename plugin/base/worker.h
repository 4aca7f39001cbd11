/* One background thread that does one job at a time. Its thread takes no signals of the host's. */
#ifndef TORPOR_BASE_WORKER_H
#define TORPOR_BASE_WORKER_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TorporWorker TorporWorker;

/* FALSE and an error are kept for torpor_worker_wait. The host may be anywhere meanwhile, also
 * beyond the end of its main: a job calls nothing of it. */
typedef gboolean (*TorporJobFunc)(gpointer job_data, GError **error);

TorporWorker *torpor_worker_new(void);
/* Waits for the job in flight. */
void torpor_worker_free(TorporWorker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporWorker, torpor_worker_free)

/* Begin a job. The worker must be idle: torpor_worker_wait comes first. In the child of a fork,
 * where the thread does not exist, a new one is started. Where no thread can be had, the job is
 * done at the return.
 *
 * From then on exit() waits for all jobs in flight; one that fails meanwhile is told by a warning,
 * since nobody is left to wait for it. (A child does not wait for its parent's.) */
void torpor_worker_start(TorporWorker *worker, TorporJobFunc job, gpointer job_data);

/* Is a job in flight? Cheap. */
gboolean torpor_worker_is_busy(TorporWorker *worker);

/* Wait until idle. FALSE with the error of the last job, told once; TRUE also when there was none.
 * A job that was in flight when the process forked is the parent's: the child has nothing to wait
 * for. */
gboolean torpor_worker_wait(TorporWorker *worker, GError **error);

G_END_DECLS

#endif
