/* A background thread that does one job at a time. */
#ifndef TORPOR_BASE_WORKER_H
#define TORPOR_BASE_WORKER_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TorporWorker TorporWorker;

/* A job that fails returns FALSE with an error, which torpor_worker_wait reports. It must not call
 * the host, which goes on meanwhile and may even have left its main. */
typedef gboolean (*TorporJobFunc)(gpointer job_data, GError **error);

TorporWorker *torpor_worker_new(void);
/* Waits for the job in flight. */
void torpor_worker_free(TorporWorker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporWorker, torpor_worker_free)

/* Begin a job. The worker must be idle: call torpor_worker_wait first. If no thread can be had, the
 * job is done when this returns. The child of a fork starts a thread of its own.
 *
 * From then on, exit() waits for all jobs in flight (but a child does not wait for those of its
 * parent). If one fails during exit, a warning reports it, since nobody is left to wait for it. */
void torpor_worker_start(TorporWorker *worker, TorporJobFunc job, gpointer job_data);

/* Is a job in flight? Cheap. */
gboolean torpor_worker_is_busy(TorporWorker *worker);

/* Wait until the worker is idle. FALSE if the last job failed; each failure is reported once. TRUE
 * also if there was no job. After a fork, the child does not wait for a job of its parent. */
gboolean torpor_worker_wait(TorporWorker *worker, GError **error);

G_END_DECLS

#endif
