/* A synapse belongs to the thread that owns its target neuron: only that thread reads or writes its
 * weight and its target's conductance. All threads go through the spikes in order of the source
 * neurons, so sums and weights come out the same for any number of threads. */
#include "synapse.h"

#include "network.h"
#include "rng.h"

#define XXH_INLINE_ALL
#include <stdlib.h>
#include <xxhash.h>

#define STREAM_SOURCES 0u
#define STREAM_DELAYS 1u

/* Word k of neuron i on one stream: the source, or the delay, of the neuron's k-th input. */
static void
draw_inputs(const struct philox *stream, uint32_t neuron, uint32_t words[INPUTS])
{
    struct philox draw = *stream;
    draw.draw[0] = neuron;
    for (uint32_t block = 0; block < INPUTS / 4; block++)
        philox_block(&draw, block, words + 4 * block);
}

static void
draw_sources(const struct network *network, uint32_t neuron, uint32_t sources[INPUTS])
{
    struct philox stream;
    philox_seed(&stream, network->options.seed, STREAM_SOURCES);
    draw_inputs(&stream, neuron, sources);
    for (uint32_t k = 0; k < INPUTS; k++)
        sources[k] = k < INPUTS_EX
                         ? philox_below(sources[k], network->n_ex)
                         : network->n_ex + philox_below(sources[k], network->n - network->n_ex);
}

static int
synapses_allocate(struct network *network)
{
    struct synapses *synapses = &network->synapses;
    synapses->n = network->n * INPUTS;
    synapses->target = column_new(synapses->n, sizeof(uint32_t));
    synapses->block_begin =
        column_new((size_t)network->n * network->n_threads + 1, sizeof(uint32_t));
    if (!synapses->target || !synapses->block_begin)
        return -1;
    if (network->options.max_delay_steps > 1 && !(synapses->delay = column_new(synapses->n, 1)))
        return -1;
    if (network->options.stdp) {
        synapses->n_plastic = network->n * INPUTS_EX;
        synapses->weight = column_new(synapses->n_plastic, sizeof(float));
        synapses->incoming = column_new(synapses->n_plastic, sizeof(uint32_t));
        synapses->incoming_source = column_new(synapses->n_plastic, sizeof(uint32_t));
        if (!synapses->weight || !synapses->incoming || !synapses->incoming_source)
            return -1;
        if (network_has_ranks(network) &&
            !(synapses->index = column_new(synapses->n_plastic, sizeof(uint32_t))))
            return -1;
        for (uint32_t s = 0; s < synapses->n_plastic; s++)
            synapses->weight[s] = (float)WEIGHT_EX;
    }
    return 0;
}

/* Sort by source: next[source] is where its next synapse goes. Targets come in ascending order. */
static void
synapses_fill(struct network *network, uint32_t *next)
{
    struct synapses *synapses = &network->synapses;
    uint32_t sources[INPUTS], delays[INPUTS];
    struct philox delay_stream;
    philox_seed(&delay_stream, network->options.seed, STREAM_DELAYS);
    for (uint32_t neuron = 0; neuron < network->n; neuron++) {
        draw_sources(network, neuron, sources);
        if (synapses->delay)
            draw_inputs(&delay_stream, neuron, delays);
        for (uint32_t k = 0; k < INPUTS; k++) {
            uint32_t synapse = next[sources[k]]++;
            synapses->target[synapse] = neuron;
            if (synapses->delay)
                synapses->delay[synapse] =
                    (uint8_t)(1 + philox_below(delays[k], network->options.max_delay_steps));
            if (synapses->weight && k < INPUTS_EX) {
                synapses->incoming[(size_t)neuron * INPUTS_EX + k] = synapse;
                synapses->incoming_source[(size_t)neuron * INPUTS_EX + k] = sources[k];
            }
        }
    }
}

/* The own neuron that a neuron is; UINT32_MAX: another rank has it. */
static uint32_t
own_neuron(const struct network *network, uint32_t neuron)
{
    const struct own *own = &network->own;
    uint32_t distance = neuron - own->first;
    int is_own =
        neuron >= own->first && distance % own->stride == 0 && distance / own->stride < own->n;
    return is_own ? distance / own->stride : UINT32_MAX;
}

/* Several ranks: keep the synapses onto own neurons, in their order. end[source] is where a
 * source's synapses end, before and after. moved: [n] */
static void
synapses_keep_own(struct network *network, uint32_t *end, uint32_t *moved)
{
    struct synapses *synapses = &network->synapses;
    uint32_t n_kept = 0, s = 0;
    for (uint32_t source = 0; source < network->n; source++) {
        for (; s < end[source]; s++) {
            uint32_t target = own_neuron(network, synapses->target[s]);
            if (target == UINT32_MAX)
                continue;
            synapses->target[n_kept] = target;
            if (synapses->delay)
                synapses->delay[n_kept] = synapses->delay[s];
            if (synapses->index && s < synapses->n_plastic)
                synapses->index[n_kept] = s;
            moved[s] = n_kept++;
        }
        end[source] = n_kept;
    }
    synapses->n = n_kept;
    synapses->n_plastic = synapses->weight ? end[network->n_ex - 1] : 0;
    for (uint32_t i = 0; synapses->weight && i < network->own.n; i++)
        for (uint32_t k = 0; k < INPUTS_EX; k++) {
            size_t from = (size_t)network_neuron(network, i) * INPUTS_EX + k;
            size_t to = (size_t)i * INPUTS_EX + k;
            synapses->incoming[to] = moved[synapses->incoming[from]];
            synapses->incoming_source[to] = synapses->incoming_source[from];
        }
}

/* end[source] is where a source's synapses end: find where those onto each block begin. */
static void
synapses_divide(struct network *network, const uint32_t *end)
{
    struct synapses *synapses = &network->synapses;
    uint32_t synapse = 0, *block_begin = synapses->block_begin;
    for (uint32_t source = 0; source < network->n; source++) {
        for (uint32_t t = 0; t < network->n_threads; t++) {
            *block_begin++ = synapse;
            while (synapse < end[source] && synapses->target[synapse] < network->blocks[t].end)
                synapse++;
        }
    }
    *block_begin = synapse;
}

int
synapses_build(struct network *network)
{
    struct synapses *synapses = &network->synapses;
    uint32_t *next = column_new((size_t)network->n + 1, sizeof(uint32_t));
    if (!next || synapses_allocate(network) != 0) {
        free(next);
        return -1;
    }
    uint32_t sources[INPUTS];
    for (uint32_t neuron = 0; neuron < network->n; neuron++) {
        draw_sources(network, neuron, sources);
        for (uint32_t k = 0; k < INPUTS; k++)
            next[sources[k] + 1]++;
    }
    for (uint32_t source = 0; source < network->n; source++)
        next[source + 1] += next[source];
    synapses_fill(network, next);
    uint64_t targets = XXH3_64bits(synapses->target, (size_t)synapses->n * sizeof(uint32_t));
    synapses->hash =
        synapses->delay ? XXH3_64bits_withSeed(synapses->delay, synapses->n, targets) : targets;
    uint32_t *moved = network_has_ranks(network) ? column_new(synapses->n, sizeof(uint32_t)) : NULL;
    if (moved)
        synapses_keep_own(network, next, moved);
    int status = moved || !network_has_ranks(network) ? 0 : -1;
    free(moved);
    synapses_divide(network, next);
    free(next);
    return status;
}

int
ring_init(struct ring *ring, uint32_t n_slots, uint32_t n_neurons)
{
    ring->n_slots = n_slots;
    ring->g_ex = column_new((size_t)n_slots * n_neurons, sizeof(double));
    ring->g_in = column_new((size_t)n_slots * n_neurons, sizeof(double));
    return ring->g_ex && ring->g_in ? 0 : -1;
}

/* One spike of `source`, for the targets of one block. With constant `plastic` and `delayed`, the
 * compiler makes a loop for each case. */
static inline __attribute__((always_inline)) void
deliver_spike(struct network *network, uint32_t source, uint32_t thread, double *ring,
              double weight, int plastic, int delayed)
{
    const struct synapses *synapses = &network->synapses;
    const uint32_t *begin = synapses->block_begin + (size_t)source * network->n_threads + thread;
    const uint32_t n_slots = network->ring.n_slots;
    const uint32_t slot_now = (uint32_t)(network->step % n_slots);
    for (uint32_t s = begin[0]; s < begin[1]; s++) {
        uint32_t target = synapses->target[s];
        double *g = ring + target;
        if (delayed) {
            uint32_t slot = slot_now + synapses->delay[s];
            g += (size_t)(slot < n_slots ? slot : slot - n_slots) * network->own.n;
        }
        if (plastic) {
            float w = synapses->weight[s] - DEPRESSION * (float)network->neurons.trace_post[target];
            synapses->weight[s] = w = w > 0.0f ? w : 0.0f;
            weight = w;
        }
        *g += weight;
    }
}

/* A neuron of this block spiked: the synapses that were active before it are strengthened. */
static void
potentiate(struct network *network, uint32_t neuron)
{
    const struct synapses *synapses = &network->synapses;
    const uint32_t *incoming = synapses->incoming + (size_t)neuron * INPUTS_EX;
    const uint32_t *source = synapses->incoming_source + (size_t)neuron * INPUTS_EX;
    for (uint32_t k = 0; k < INPUTS_EX; k++) {
        float *weight = &synapses->weight[incoming[k]];
        float w = *weight + POTENTIATION * (float)network->neurons.trace_pre[source[k]];
        *weight = w < WEIGHT_MAX ? w : WEIGHT_MAX;
    }
}

void
synapses_deliver(struct network *network, uint32_t thread)
{
    const int plastic = network->synapses.weight != NULL;
    const int delayed = network->synapses.delay != NULL;
    for (uint32_t list = 0; list < network_n_lists(network); list++) {
        uint32_t n_spikes;
        const uint32_t *spikes = network_list(network, list, &n_spikes);
        for (uint32_t i = 0; i < n_spikes; i++) {
            uint32_t source = spikes[i];
            double *g_in = network->ring.g_in, *g_ex = network->ring.g_ex;
            if (source >= network->n_ex && delayed)
                deliver_spike(network, source, thread, g_in, WEIGHT_IN, 0, 1);
            else if (source >= network->n_ex)
                deliver_spike(network, source, thread, g_in, WEIGHT_IN, 0, 0);
            else if (plastic && delayed)
                deliver_spike(network, source, thread, g_ex, 0, 1, 1);
            else if (plastic)
                deliver_spike(network, source, thread, g_ex, 0, 1, 0);
            else if (delayed)
                deliver_spike(network, source, thread, g_ex, WEIGHT_EX, 0, 1);
            else
                deliver_spike(network, source, thread, g_ex, WEIGHT_EX, 0, 0);
        }
    }
    if (plastic) {
        const struct block *own = &network->blocks[thread];
        for (uint32_t i = 0; i < own->n_spikes[network->parity]; i++)
            potentiate(network, own->spikes[network->parity][i]);
    }
}
