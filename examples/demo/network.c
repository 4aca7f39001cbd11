#include "network.h"

#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64u
#define NEURONS_PER_CHUNK                                                                          \
    64u /* a block is a number of chunks, so it shares no cache line or Philox block */

#define NEURONS_PER_DRAW 4u /* words of one Philox block: a rank's first neuron is a multiple */

#define STREAM_STIMULUS 2u
#define STREAM_BACKGROUND 3u

void *
column_new(size_t n, size_t item_size)
{
    if (n > SIZE_MAX / 2 / item_size)
        return NULL;
    size_t byte_length = n * item_size / CACHE_LINE * CACHE_LINE + CACHE_LINE;
    void *column = aligned_alloc(CACHE_LINE, byte_length);
    if (column)
        memset(column, 0, byte_length);
    return column;
}

static int
blocks_init(struct network *network)
{
    uint64_t n_chunks = (network->own.n + NEURONS_PER_CHUNK - 1) / NEURONS_PER_CHUNK;
    network->blocks = calloc(network->n_threads, sizeof(struct block));
    if (!network->blocks)
        return -1;
    for (uint32_t t = 0; t < network->n_threads; t++) {
        struct block *block = &network->blocks[t];
        uint64_t end = n_chunks * (t + 1) / network->n_threads * NEURONS_PER_CHUNK;
        block->begin = t ? network->blocks[t - 1].end : 0;
        block->end = end < network->own.n ? (uint32_t)end : network->own.n;
        for (int parity = 0; parity < 2; parity++)
            if (!(block->spikes[parity] = column_new(block->end - block->begin, sizeof(uint32_t))))
                return -1;
    }
    return 0;
}

void
network_divide(struct network *network)
{
    const struct network_ranks *ranks = &network->options.ranks;
    struct own *own = &network->own;
    *own = (struct own){.stride = 1, .n = network->n, .n_ex = network->n_ex};
    if (!network_has_ranks(network))
        return;
    if (ranks->in_blocks) {
        uint64_t n_draws = (network->n + NEURONS_PER_DRAW - 1) / NEURONS_PER_DRAW;
        uint64_t end = n_draws * (ranks->rank + 1) / ranks->n_ranks * NEURONS_PER_DRAW;
        own->first = (uint32_t)(n_draws * ranks->rank / ranks->n_ranks * NEURONS_PER_DRAW);
        own->n = (uint32_t)(end < network->n ? end : network->n) - own->first;
    } else {
        own->first = ranks->rank;
        own->stride = ranks->n_ranks;
        own->n = (network->n - ranks->rank + ranks->n_ranks - 1) / ranks->n_ranks;
    }
}

static int
own_init(struct network *network)
{
    struct own *own = &network->own;
    network_divide(network);
    if (!network_has_ranks(network))
        return 0;
    if (!(own->index = column_new(own->n, sizeof(uint32_t))))
        return -1;
    own->n_ex = 0;
    for (uint32_t i = 0; i < own->n; i++) {
        uint32_t neuron = network_neuron(network, i);
        own->n_ex += neuron < network->n_ex;
        own->index[i] = neuron < network->n_ex ? neuron : neuron - network->n_ex;
    }
    network->all_spikes = column_new(network->n, sizeof(uint32_t));
    network->spiked = column_new(network->n, 1);
    return network->all_spikes && network->spiked ? 0 : -1;
}

struct network *
network_new(const struct network_options *options, uint32_t n_threads)
{
    struct network *network = calloc(1, sizeof *network);
    if (!network)
        return NULL;
    network->options = *options;
    network->n = options->n_neurons;
    network->n_ex = (uint32_t)((uint64_t)network->n * 4 / 5);
    network->n_threads = n_threads;
    philox_seed(&network->stimulus_generator, options->seed, STREAM_STIMULUS);
    philox_seed(&network->background_generator, options->seed, STREAM_BACKGROUND);
    poisson_set_mean(&network->stimulus, STIMULUS_RATE * DT_MS * 1e-3);
    poisson_set_mean(&network->background, options->poisson_rate * DT_MS * 1e-3);
    if (own_init(network) != 0 ||
        !(network->intervals = column_new(network->own.n, sizeof(struct intervals))) ||
        neurons_init(&network->neurons, network->own.n, network->n, options->stdp,
                     options->current) != 0 ||
        ring_init(&network->ring, options->max_delay_steps, network->own.n) != 0 ||
        blocks_init(network) != 0 || synapses_build(network) != 0) {
        network_free(network);
        return NULL;
    }
    return network;
}

void
network_free(struct network *network)
{
    if (!network)
        return;
    for (uint32_t t = 0; network->blocks && t < network->n_threads; t++) {
        free(network->blocks[t].spikes[0]);
        free(network->blocks[t].spikes[1]);
    }
    const struct neurons *neurons = &network->neurons;
    const struct synapses *synapses = &network->synapses;
    void *columns[] = {
        neurons->V_m,        neurons->g_ex,         neurons->g_in,      neurons->I_e,
        neurons->refractory, neurons->spike,        neurons->trace_pre, neurons->trace_pre_next,
        neurons->trace_post, network->intervals,    synapses->target,   synapses->delay,
        synapses->weight,    synapses->block_begin, synapses->incoming, synapses->incoming_source,
        network->ring.g_ex,  network->ring.g_in,    network->blocks,    synapses->index,
        network->own.index,  network->all_spikes,   network->spiked};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        free(columns[i]);
    free(network);
}

void
network_step_block(struct network *network, uint32_t thread)
{
    synapses_deliver(network, thread);
    neurons_update(network, &network->blocks[thread]);
}

void
network_step_end(struct network *network)
{
    struct neurons *neurons = &network->neurons;
    double *trace_pre = neurons->trace_pre;
    neurons->trace_pre = neurons->trace_pre_next;
    neurons->trace_pre_next = trace_pre;
    network->parity = !network->parity;
    network->step++;
    if (stimulus_is_on(network->step))
        philox_advance(&network->stimulus_generator);
    if (network->options.poisson_rate > 0)
        philox_advance(&network->background_generator);
    if (network_has_ranks(network))
        exchange_spikes(network);
}

void
network_restored(struct network *network)
{
    for (uint32_t t = 0; t < network->n_threads; t++) {
        struct block *block = &network->blocks[t];
        block->n_spikes[network->parity] = neurons_list_spikes(
            &network->neurons, block->begin, block->end, block->spikes[network->parity]);
    }
    if (!network_has_ranks(network))
        return;
    exchange_spikes(network);
    if (network->neurons.trace_pre)
        exchange_traces(network);
}
