#include "base/in_flight.h"

#include <unistd.h>

#define POLL_MICROSECONDS 200

void
torpor_in_flight_begin(TorporInFlight *jobs)
{
    if (g_atomic_int_get(&jobs->process) != getpid()) {
        g_atomic_int_set(&jobs->n_jobs, 0);
        g_atomic_int_set(&jobs->process, getpid());
    }
    g_atomic_int_inc(&jobs->n_jobs);
}

void
torpor_in_flight_end(TorporInFlight *jobs)
{
    g_atomic_int_add(&jobs->n_jobs, -1);
}

void
torpor_in_flight_wait(TorporInFlight *jobs)
{
    while (g_atomic_int_get(&jobs->process) == getpid() && g_atomic_int_get(&jobs->n_jobs) > 0)
        g_usleep(POLL_MICROSECONDS);
}
