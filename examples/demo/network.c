#include "network.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64u
#define NEURONS_PER_CHUNK                                                                          \
    64u /* a block is a number of chunks, so it shares no cache line or Philox block */

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
    uint64_t n_chunks = (network->n + NEURONS_PER_CHUNK - 1) / NEURONS_PER_CHUNK;
    network->blocks = calloc(network->n_threads, sizeof(struct block));
    if (!network->blocks)
        return -1;
    for (uint32_t t = 0; t < network->n_threads; t++) {
        struct block *block = &network->blocks[t];
        uint64_t end = n_chunks * (t + 1) / network->n_threads * NEURONS_PER_CHUNK;
        block->begin = t ? network->blocks[t - 1].end : 0;
        block->end = end < network->n ? (uint32_t)end : network->n;
        for (int parity = 0; parity < 2; parity++)
            if (!(block->spikes[parity] = column_new(block->end - block->begin, sizeof(uint32_t))))
                return -1;
    }
    return 0;
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
    network->intervals = column_new(network->n, sizeof(struct intervals));
    if (!network->intervals ||
        neurons_init(&network->neurons, network->n, options->stdp, options->current) != 0 ||
        ring_init(&network->ring, options->max_delay_steps, network->n) != 0 ||
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
        network->ring.g_ex,  network->ring.g_in,    network->blocks};
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
}

void
network_restored(struct network *network)
{
    for (uint32_t t = 0; t < network->n_threads; t++) {
        struct block *block = &network->blocks[t];
        block->n_spikes[network->parity] = neurons_list_spikes(
            &network->neurons, block->begin, block->end, block->spikes[network->parity]);
    }
}
