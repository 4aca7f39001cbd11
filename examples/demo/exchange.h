/* exchange.h: what the ranks of a network tell each other. All of them call each function. A
 * failure is left in network->exchange_failed. */
#ifndef DEMO_EXCHANGE_H
#define DEMO_EXCHANGE_H

#include "network.h"

/* After a step: the spikes of all ranks. */
void exchange_spikes(struct network *network);

/* After a restore: the traces of neurons of other ranks. */
void exchange_traces(struct network *network);

/* The state of all ranks, as one process would have it; each rank gets it. Not its synapses but for
 * their weights. NULL if memory is short or the exchange failed. The caller frees it with
 * network_free. */
struct network *exchange_collect(const struct network *network);

#endif
