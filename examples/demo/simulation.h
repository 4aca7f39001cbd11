/* simulation.h: a network, the threads that run it, and its record of spikes. */
#ifndef DEMO_SIMULATION_H
#define DEMO_SIMULATION_H

#include "network.h"
#include "pool.h"
#include "spikes.h"

struct simulation {
    struct network *network;
    struct pool *pool;
    struct spikes spikes;
};

static inline double
simulation_time_ms(const struct simulation *simulation)
{
    return (double)simulation->network->step / STEPS_PER_MS;
}

static void
simulation_step_task(void *data, uint32_t thread)
{
    network_step_block(data, thread);
}

/* Advance by one step. State is consistent before and after. */
static inline void
simulation_step(struct simulation *simulation)
{
    pool_run(simulation->pool, simulation_step_task, simulation->network);
    network_step_end(simulation->network);
    spikes_record(&simulation->spikes, simulation->network);
}

#endif
