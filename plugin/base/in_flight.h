/* Counts the jobs that threads of this process have in flight, so that somebody can wait for all of
 * them. The child of a fork has none: its parent's threads do not exist in it. */
#ifndef TORPOR_BASE_IN_FLIGHT_H
#define TORPOR_BASE_IN_FLIGHT_H

#include <glib.h>

G_BEGIN_DECLS

/* Zero it to begin. */
typedef struct {
    gint process; /* whose jobs are counted; atomic */
    gint n_jobs;  /* atomic */
} TorporInFlight;

/* threads: any. */
void torpor_in_flight_begin(TorporInFlight *jobs);
void torpor_in_flight_end(TorporInFlight *jobs);

/* Wait until every job that began in this process has ended. */
void torpor_in_flight_wait(TorporInFlight *jobs);

G_END_DECLS

#endif
