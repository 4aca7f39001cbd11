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

/* The ranks that simulate one network together. n_ranks 0 or 1: this process alone. */
struct network_ranks {
    uint32_t rank, n_ranks;
    int in_blocks; /* each rank has neighbouring neurons; 0: neurons are dealt out one by one */
    void *data;    /* first argument of allgather */
    /* `byte_length` bytes of each rank to all, those of rank 0 first. Returns 0, or -1. */
    int (*allgather)(void *data, const void *mine, uint64_t byte_length, void *all);
};

struct network_options {
    uint32_t n_neurons;
    uint32_t max_delay_steps; /* delays are uniform in [1, max]; 1: the benchmark's */
    uint64_t seed;
    double poisson_rate; /* background input of each neuron, spikes/s; 0: the benchmark's */
    double current;      /* into each neuron, pA; 0: the benchmark's */
    int stdp;            /* 0: the benchmark's static weights */
    struct network_ranks ranks;
};

/* The neurons of this rank: own neuron i is neuron first + i * stride. On one rank, all of them. */
struct own {
    uint32_t first, stride;
    uint32_t n, n_ex; /* excitatory neurons come first */
    uint32_t *index;  /* of each among the excitatory or the inhibitory ones; NULL on one rank */
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
    uint32_t n, n_ex; /* on all ranks */
    struct own own;   /* arrays of neurons are of these, and their index is that in `own` */
    uint32_t n_threads;
    uint32_t parity;
    uint64_t step;
    struct neurons neurons;
    struct intervals *intervals; /* [own.n] */
    struct synapses synapses;
    struct ring ring;
    struct philox stimulus_generator, background_generator;
    struct poisson stimulus, background;
    struct block *blocks; /* [n_threads] */
    /* Several ranks: neurons of all ranks that spiked in the last step, ascending, and a flag for
     * each neuron. NULL on one rank. */
    uint32_t *all_spikes, n_all_spikes;
    uint8_t *spiked;
    int exchange_failed; /* a rank may be dead */
};

static inline int
network_has_ranks(const struct network *network)
{
    return network->options.ranks.n_ranks > 1;
}

static inline uint32_t
network_neuron(const struct network *network, uint32_t own)
{
    return network->own.first + own * network->own.stride;
}

/* The spikes of the last step, on all ranks: lists of neurons that ascend from list to list. */
static inline uint32_t
network_n_lists(const struct network *network)
{
    return network_has_ranks(network) ? 1 : network->n_threads;
}

static inline const uint32_t *
network_list(const struct network *network, uint32_t list, uint32_t *n)
{
    const struct block *block = &network->blocks[list];
    *n = network_has_ranks(network) ? network->n_all_spikes : block->n_spikes[network->parity];
    return network_has_ranks(network) ? network->all_spikes : block->spikes[network->parity];
}

/* Build the network of these options. Returns NULL if memory is short. */
struct network *network_new(const struct network_options *options, uint32_t n_threads);
void network_free(struct network *network);

/* Set first, stride and n of `own` by options.ranks. */
void network_divide(struct network *network);

/* The part of a step that belongs to one block of neurons. threads: all blocks at once. */
void network_step_block(struct network *network, uint32_t thread);

/* End a step, after all its blocks are done. */
void network_step_end(struct network *network);

/* Compute again what follows from columns, step and generators, after a restore has written them.
 * All ranks call it. */
void network_restored(struct network *network);

/* Returns zeroed memory for n values on cache lines of its own, padded to complete lines, or NULL
 * if memory is short. Caller frees. */
void *column_new(size_t n, size_t item_size);

#endif
