/* Spikes travel in messages of a fixed length, one for each rank and step; a rank with more than
 * fit sends the rest in a second round, in which all take part. */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#define SPIKES_PER_MESSAGE 63u

struct message {
    uint32_t n;
    uint32_t neurons[SPIKES_PER_MESSAGE];
};

static int
allgather(const struct network *network, const void *mine, uint64_t byte_length, void *all)
{
    const struct network_ranks *ranks = &network->options.ranks;
    return ranks->allgather(ranks->data, mine, byte_length, all);
}

static int
compare_neurons(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
    return (one > other) - (one < other);
}

/* Own spikes of the last step, as neurons of the network. Returns their number. */
static uint32_t
list_own(const struct network *network, uint32_t *neurons)
{
    uint32_t n = 0;
    for (uint32_t t = 0; t < network->n_threads; t++) {
        const struct block *block = &network->blocks[t];
        for (uint32_t i = 0; i < block->n_spikes[network->parity]; i++)
            neurons[n++] = network_neuron(network, block->spikes[network->parity][i]);
    }
    return n;
}

static int
exchange(struct network *network, const uint32_t *own, uint32_t n_own, struct message *messages)
{
    const uint32_t n_ranks = network->options.ranks.n_ranks;
    struct message mine = {.n = n_own};
    memcpy(mine.neurons, own,
           (n_own < SPIKES_PER_MESSAGE ? n_own : SPIKES_PER_MESSAGE) * sizeof *own);
    if (allgather(network, &mine, sizeof mine, messages) != 0)
        return -1;
    uint32_t longest = 0;
    for (uint32_t r = 0; r < n_ranks; r++)
        longest = messages[r].n > longest ? messages[r].n : longest;
    uint32_t *all = NULL, *padded = NULL;
    if (longest > SPIKES_PER_MESSAGE) {
        all = calloc((size_t)longest * n_ranks, sizeof *all);
        padded = calloc(longest, sizeof *padded);
        if (all && padded && n_own)
            memcpy(padded, own, n_own * sizeof *own);
        if (!all || !padded || allgather(network, padded, longest * sizeof *all, all) != 0) {
            free(all);
            free(padded);
            return -1;
        }
    }
    network->n_all_spikes = 0;
    for (uint32_t r = 0; r < n_ranks; r++) {
        memcpy(network->all_spikes + network->n_all_spikes,
               all ? all + (size_t)longest * r : messages[r].neurons,
               messages[r].n * sizeof(uint32_t));
        network->n_all_spikes += messages[r].n;
    }
    free(all);
    free(padded);
    return 0;
}

void
exchange_spikes(struct network *network)
{
    struct message *messages = calloc(network->options.ranks.n_ranks, sizeof *messages);
    uint32_t *own = calloc(network->own.n + 1, sizeof *own);
    for (uint32_t i = 0; i < network->n_all_spikes; i++)
        network->spiked[network->all_spikes[i]] = 0;
    if (!messages || !own || exchange(network, own, list_own(network, own), messages) != 0) {
        network->exchange_failed = 1;
        network->n_all_spikes = 0;
    }
    if (!network->options.ranks.in_blocks)
        qsort(network->all_spikes, network->n_all_spikes, sizeof(uint32_t), compare_neurons);
    for (uint32_t i = 0; i < network->n_all_spikes; i++)
        network->spiked[network->all_spikes[i]] = 1;
    free(messages);
    free(own);
}

/* ---- columns of all ranks ---- */

/* The neurons of a rank. */
static struct own
own_of(const struct network *network, uint32_t rank)
{
    struct network other = *network;
    other.options.ranks.rank = rank;
    network_divide(&other);
    return other.own;
}

/* Items of own neurons [own.n] become those of all neurons [n]. */
static int
collect(const struct network *network, const void *own, size_t item_size, void *all)
{
    const uint32_t n_ranks = network->options.ranks.n_ranks;
    uint32_t longest = 0;
    for (uint32_t r = 0; r < n_ranks; r++) {
        struct own part = own_of(network, r);
        longest = part.n > longest ? part.n : longest;
    }
    char *padded = calloc(longest, item_size),
         *gathered = calloc((size_t)longest * n_ranks, item_size);
    int status = -1;
    if (padded && gathered) {
        memcpy(padded, own, network->own.n * item_size);
        status = allgather(network, padded, longest * item_size, gathered);
    }
    for (uint32_t r = 0; status == 0 && r < n_ranks; r++) {
        struct own part = own_of(network, r);
        for (uint32_t i = 0; i < part.n; i++)
            memcpy((char *)all + ((size_t)part.first + (size_t)i * part.stride) * item_size,
                   gathered + ((size_t)longest * r + i) * item_size, item_size);
    }
    free(padded);
    free(gathered);
    return status;
}

void
exchange_traces(struct network *network)
{
    double *own = column_new(network->own.n, sizeof(double));
    for (uint32_t i = 0; own && i < network->own.n; i++)
        own[i] = network->neurons.trace_pre[network_neuron(network, i)];
    if (!own || collect(network, own, sizeof(double), network->neurons.trace_pre) != 0)
        network->exchange_failed = 1;
    free(own);
}

/* Weights by the index of their synapse among those of all ranks. */
static int
collect_weights(const struct network *network, struct network *whole)
{
    const struct synapses *synapses = &network->synapses;
    const uint32_t n_ranks = network->options.ranks.n_ranks;
    uint32_t n = synapses->n_plastic, longest = 0;
    uint32_t *counts = calloc(n_ranks, sizeof *counts);
    int status = counts ? allgather(network, &n, sizeof n, counts) : -1;
    for (uint32_t r = 0; status == 0 && r < n_ranks; r++)
        longest = counts[r] > longest ? counts[r] : longest;
    struct weight {
        uint32_t index;
        float weight;
    } *mine = calloc(longest + 1, sizeof *mine),
      *all = calloc((size_t)(longest + 1) * n_ranks, sizeof *all);
    if (!mine || !all)
        status = -1;
    for (uint32_t s = 0; status == 0 && s < n; s++)
        mine[s] = (struct weight){synapses->index[s], synapses->weight[s]};
    if (status == 0)
        status = allgather(network, mine, (longest + 1) * sizeof *mine, all);
    for (uint32_t r = 0; status == 0 && r < n_ranks; r++)
        for (uint32_t s = 0; s < counts[r]; s++) {
            const struct weight *one = &all[(size_t)(longest + 1) * r + s];
            whole->synapses.weight[one->index] = one->weight;
        }
    free(counts);
    free(mine);
    free(all);
    return status;
}

struct network *
exchange_collect(const struct network *network)
{
    struct network_options options = network->options;
    options.ranks = (struct network_ranks){0};
    struct network *whole = network_new(&options, 1);
    if (!whole)
        return NULL;
    struct neurons *to = &whole->neurons;
    const struct neurons *from = &network->neurons;
    whole->step = network->step;
    whole->stimulus_generator = network->stimulus_generator;
    whole->background_generator = network->background_generator;
    int status = collect(network, from->V_m, sizeof(double), to->V_m) |
                 collect(network, from->g_ex, sizeof(double), to->g_ex) |
                 collect(network, from->g_in, sizeof(double), to->g_in) |
                 collect(network, from->I_e, sizeof(double), to->I_e) |
                 collect(network, from->refractory, sizeof(int32_t), to->refractory) |
                 collect(network, from->spike, 1, to->spike) |
                 collect(network, network->intervals, sizeof(struct intervals), whole->intervals);
    for (uint32_t slot = 0; slot < network->ring.n_slots; slot++) {
        size_t own = (size_t)slot * network->own.n, all = (size_t)slot * network->n;
        status |=
            collect(network, network->ring.g_ex + own, sizeof(double), whole->ring.g_ex + all);
        status |=
            collect(network, network->ring.g_in + own, sizeof(double), whole->ring.g_in + all);
    }
    if (from->trace_pre) {
        memcpy(to->trace_pre, from->trace_pre, network->n * sizeof(double));
        status |= collect(network, from->trace_post, sizeof(double), to->trace_post);
        status |= collect_weights(network, whole);
    }
    if (status == 0)
        return whole;
    network_free(whole);
    return NULL;
}
