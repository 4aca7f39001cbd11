/* Counts the jobs that this process's threads are doing, so that it can wait for all of them, for
 * instance before it exits. The child of a fork starts at none, since it has no such threads. */
#ifndef TORPOR_BASE_IN_FLIGHT_H
#define TORPOR_BASE_IN_FLIGHT_H

#include <glib.h>

G_BEGIN_DECLS

/* Zero it to begin. */
typedef struct {
    gint process; /* pid whose jobs are counted; atomic */
    gint n_jobs;  /* atomic */
} TorporInFlight;

/* threads: any. */
void torpor_in_flight_begin(TorporInFlight *jobs);
void torpor_in_flight_end(TorporInFlight *jobs);

/* Wait until every job that began in this process has ended. */
void torpor_in_flight_wait(TorporInFlight *jobs);

G_END_DECLS

#endif
