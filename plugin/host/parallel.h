/* Runs one job on several threads: the host's own, if it offers them, else new ones. */
#ifndef TORPOR_HOST_PARALLEL_H
#define TORPOR_HOST_PARALLEL_H

#include "host/host_table.h"

G_BEGIN_DECLS

typedef void (*TorporTaskFunc)(gpointer task_data, guint64 index);

/* How many threads torpor_parallel_run uses at most: in a forked child one, whatever the host
 * offers. For a tiny job pass max_threads 1: counting the processors may take longer than the job.
 */
guint torpor_parallel_threads(guint64 max_threads);

/* Each thread calls task(task_data, i) once, with its own number i from 0 on; returns when all are
 * done. Some threads may not start, so a task must not do "part i": it takes the next part that
 * nobody took, until none is left. host NULL: use new threads. */
void torpor_parallel_run(const TorporHost *host, guint64 max_threads, TorporTaskFunc task,
                         gpointer task_data);

G_END_DECLS

#endif
