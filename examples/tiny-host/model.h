/* A small network of leaky integrate-and-fire neurons. Nothing in here knows of Torpor. */
#ifndef TINY_HOST_MODEL_H
#define TINY_HOST_MODEL_H

#include <stdint.h>
#include <stdio.h>

#define DT_MS 0.1

/* One neuron: all that changes while it is simulated. */
struct neuron {
    double V_m;                /* mV, membrane potential */
    double I_syn;              /* pA, synaptic current */
    uint32_t refractory_steps; /* left until the neuron integrates again */
    uint32_t n_spikes;         /* since time 0 */
};

/* Connections are drawn from the seed when the model is built, and never change. */
struct connection {
    uint32_t target;
    double weight; /* pA */
};

struct model {
    uint64_t step; /* done so far; time is step * DT_MS */
    uint64_t seed;
    uint64_t generator[2]; /* state of xorshift128+ */
    uint32_t n_neurons;
    uint32_t n_out; /* connections that leave each neuron */
    struct neuron *neurons;
    struct connection *connections; /* [n_neurons][n_out] */
    uint32_t *fired;                /* scratch of one step */
    FILE *spikes;                   /* one line per spike, "<time in ms> <neuron>"; NULL: none */
    const char *spikes_path;
};

/* NULL if there is no memory. The same n_neurons and seed give the same model. */
struct model *model_new(uint32_t n_neurons, uint64_t seed);
void model_free(struct model *model);

/* Write spikes to the end of this file, as people like it: what is in it stays. Returns 0, or -1
 * with errno. */
int model_open_spikes(struct model *model, const char *path);

/* One step of DT_MS. */
void model_advance(struct model *model);

double model_time_ms(const struct model *model);
uint64_t model_n_spikes(const struct model *model);

/* A number that differs if any bit of the state does. */
uint64_t model_digest(const struct model *model);

#endif
