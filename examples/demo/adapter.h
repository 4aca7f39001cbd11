/* adapter.h: everything that makes this simulator a host of Torpor. */
#ifndef DEMO_ADAPTER_H
#define DEMO_ADAPTER_H

#include "options.h"
#include "simulation.h"

struct adapter;

/* Find the plugin and describe the network to it. NULL after a message on stderr. */
struct adapter *adapter_open(struct simulation *simulation, const struct options *options);

/* Resume if there is a checkpoint. 1: resumed, 0: a fresh start, -1: failed, after a message. */
int adapter_resume(struct adapter *adapter);

/* Call after every step. 1: the run shall stop here. */
int adapter_step(struct adapter *adapter);

/* Let Torpor check this adapter over n_steps. 0, or -1 after a message. */
int adapter_selfcheck(struct adapter *adapter, uint64_t n_steps);

/* Wait for a save in flight and detach. 0, or -1 after a message: the last save failed. */
int adapter_close(struct adapter *adapter);

#endif
