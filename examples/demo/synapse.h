/* synapse.h: connections, conductances in flight, and spike-timing-dependent plasticity. */
#ifndef DEMO_SYNAPSE_H
#define DEMO_SYNAPSE_H

#include <stdint.h>

/* Inputs of each neuron, drawn with replacement: probability 0.02 among the published 4,000. */
#define INPUTS_EX 64u
#define INPUTS_IN 16u
#define INPUTS (INPUTS_EX + INPUTS_IN)

#define WEIGHT_EX 6.0  /* nS */
#define WEIGHT_IN 67.0 /* nS */

#define DELAY_MAX_STEPS 250u

/* Pair STDP, additive, all pairs, hard bounds (Song, Miller & Abbott 2000). */
#define WEIGHT_MAX 12.0f                  /* nS */
#define POTENTIATION (0.01f * WEIGHT_MAX) /* nS per pair at zero distance */
#define DEPRESSION (1.05f * 0.01f * WEIGHT_MAX)

struct network;

/* Those onto own neurons, sorted by source neuron, then by target neuron. */
struct synapses {
    uint32_t n;
    uint32_t n_plastic;    /* the first ones: those of excitatory neurons; 0 without STDP */
    uint32_t *target;      /* own neuron */
    uint8_t *delay;        /* steps; NULL: all 1 */
    float *weight;         /* nS, [n_plastic]; NULL without STDP */
    uint32_t *block_begin; /* [n_neurons][n_threads] + 1: a source's first synapse onto a block */
    uint32_t *incoming;    /* [n_neurons][INPUTS_EX]: synapses onto a neuron; NULL without STDP */
    uint32_t *incoming_source; /* the same: their source neurons */
    uint32_t
        *index;    /* several ranks, with STDP: of each plastic synapse among those of all ranks */
    uint64_t hash; /* of all that is rebuilt from the seed */
};

/* Conductances that will arrive. That of step n is in slot n % n_slots. */
struct ring {
    uint32_t n_slots;
    double *g_ex, *g_in; /* nS, [n_slots][n_neurons] */
};

/* Draw connections and delays from the seed. Returns 0, or -1 if memory is short. */
int synapses_build(struct network *network);

int ring_init(struct ring *ring, uint32_t n_slots, uint32_t n_neurons);

/* Deliver the spikes of the last step to the neurons of one block, and change the weights of its
 * synapses. threads: all blocks at once. */
void synapses_deliver(struct network *network, uint32_t thread);

#endif
