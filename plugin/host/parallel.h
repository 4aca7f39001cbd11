/* One job on several threads: the host's own where it offers them, else ours for the while. */
#ifndef TORPOR_HOST_PARALLEL_H
#define TORPOR_HOST_PARALLEL_H

#include "host/host_table.h"

G_BEGIN_DECLS

typedef void (*TorporTaskFunc)(gpointer task_data, guint64 index);

/* How many threads torpor_parallel_run uses at most. Counting processors takes longer than many a
 * task. */
guint torpor_parallel_threads(guint64 max_threads);

/* Run task(task_data, i) on about as many threads as there are processors, at most max_threads,
 * with i from 0 on. Returns when all are done. A task that finds nothing left to do returns at
 * once: how many run is not promised. host NULL: there is none. */
void torpor_parallel_run(const TorporHost *host, guint64 max_threads, TorporTaskFunc task,
                         gpointer task_data);

G_END_DECLS

#endif
