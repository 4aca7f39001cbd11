/* adapter.h: everything that makes this simulator a host of Torpor. */
#ifndef DEMO_ADAPTER_H
#define DEMO_ADAPTER_H

#include "options.h"
#include "simulation.h"

struct adapter;

/* Find the plugin and open a session. Returns NULL after a message on stderr. */
struct adapter *adapter_open(struct simulation *simulation, const struct options *options);

/* Resume if there is a checkpoint. Returns 1: resumed, 0: a fresh start, -1: failed, after a
 * message. */
int adapter_resume(struct adapter *adapter);

/* Call after every step. Returns 1 if the run should stop here. */
int adapter_step(struct adapter *adapter);

/* Let Torpor check this adapter over n_steps. Returns 0, or -1 after a message. */
int adapter_selfcheck(struct adapter *adapter, uint64_t n_steps);

/* Wait for a save in flight, and close the session. Returns 0, or -1 after a message if the last
 * save failed. */
int adapter_close(struct adapter *adapter);

#endif
