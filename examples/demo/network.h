/* network.h: the benchmark network as it lies in memory, and how it takes a step.
 *
 * Four in five neurons are excitatory; each has 64 excitatory and 16 inhibitory inputs from random
 * neurons: with the published 4,000 neurons a connection probability of 0.02 (Vogels & Abbott 2005;
 * "COBA", benchmark 1 of Brette et al. 2007). Networks of other sizes keep these numbers of inputs.
 *
 * Step n, from time n-1 to n (times 0.1 ms):
 *   1. spikes of step n-1 are delivered: their synapses add to the ring of conductances in flight;
 *   2. membranes and conductances are integrated, spikes of step n found;
 *   3. conductances that arrive at n are taken from the ring.
 * Each thread does all of this for its own block of target neurons, in the order of the source
 * neurons, so that no sum depends on how many threads there are.
 */
#ifndef DEMO_NETWORK_H
#define DEMO_NETWORK_H

#include "neuron.h"
#include "rng.h"
#include "synapse.h"

#include <stddef.h>
#include <stdint.h>

#define N_DEFAULT 4000u
#define N_MIN 10u
#define N_MAX 50000000u /* keeps the number of synapses below 2^32 */

struct network_options {
    uint32_t n_neurons;
    uint32_t max_delay_steps; /* delays are uniform in [1, max]; 1: the benchmark's */
    uint64_t seed;
    double poisson_rate; /* background input of each neuron, spikes/s; 0: the benchmark's */
    double current;      /* into each neuron, pA; 0: the benchmark's */
    int stdp;            /* 0: the benchmark's static weights */
};

/* Consecutive neurons of one thread, and those of them that spiked, ascending. */
struct block {
    uint32_t begin, end;
    uint32_t
        n_spikes[2]; /* [network->parity]: in the last step; the other: in the step being made */
    uint32_t *spikes[2];
};

struct network {
    struct network_options options;
    uint32_t n, n_ex;
    uint32_t n_threads;
    uint32_t parity;
    uint64_t step;
    struct neurons neurons;
    struct intervals *intervals; /* [n] */
    struct synapses synapses;
    struct ring ring;
    struct philox stimulus_generator, background_generator;
    struct poisson stimulus, background;
    struct block *blocks; /* [n_threads] */
};

/* Build the network of these options. Returns NULL if memory is short. */
struct network *network_new(const struct network_options *options, uint32_t n_threads);
void network_free(struct network *network);

/* The part of a step that belongs to one block of neurons. threads: all blocks at once. */
void network_step_block(struct network *network, uint32_t thread);

/* End a step, after all its blocks are done. */
void network_step_end(struct network *network);

/* Compute again what follows from columns, step and generators, after a restore has written them.
 */
void network_restored(struct network *network);

/* Returns zeroed memory for n values on cache lines of its own, padded to complete lines, or NULL
 * if memory is short. Caller frees. */
void *column_new(size_t n, size_t item_size);

#endif
