/* The membrane is integrated by the implicit midpoint rule, with conductances at half the step:
 * second order, stable for any conductance, and plain arithmetic that the compiler turns into SIMD.
 * Without fused multiply-add (-ffp-contract=off) every width of SIMD gives the same bits. */
#include "neuron.h"

#include "network.h"
#include "rng.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FOR_EACH_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_SIMD
#endif

int
neurons_init(struct neurons *neurons, uint32_t n, uint32_t n_all, int stdp, double current)
{
    neurons->V_m = column_new(n, sizeof(double));
    neurons->g_ex = column_new(n, sizeof(double));
    neurons->g_in = column_new(n, sizeof(double));
    neurons->I_e = column_new(n, sizeof(double));
    neurons->refractory = column_new(n, sizeof(int32_t));
    neurons->spike = column_new(n, 1);
    if (!neurons->V_m || !neurons->g_ex || !neurons->g_in || !neurons->I_e ||
        !neurons->refractory || !neurons->spike)
        return -1;
    if (stdp) {
        neurons->trace_pre = column_new(n_all, sizeof(double));
        neurons->trace_pre_next = column_new(n_all, sizeof(double));
        neurons->trace_post = column_new(n, sizeof(double));
        if (!neurons->trace_pre || !neurons->trace_pre_next || !neurons->trace_post)
            return -1;
    }
    for (uint32_t i = 0; i < n; i++) {
        neurons->V_m[i] = E_L;
        neurons->I_e[i] = current;
    }
    neurons->decays = (struct decays){.ex = exp_minus(DT_MS / TAU_EX_MS),
                                      .half_ex = exp_minus(0.5 * DT_MS / TAU_EX_MS),
                                      .in = exp_minus(DT_MS / TAU_IN_MS),
                                      .half_in = exp_minus(0.5 * DT_MS / TAU_IN_MS),
                                      .trace = exp_minus(DT_MS / TAU_TRACE_MS)};
    return 0;
}

/* Poisson spikes for neurons [begin, end), onto the conductance that arrives in this step, g[0] at
 * the first of them; begin is a multiple of 4, the words of one Philox block. */
FOR_EACH_SIMD static void
add_poisson(const struct philox *generator, const struct poisson *poisson, uint32_t begin,
            uint32_t end, double *restrict g)
{
    uint32_t words[4][PHILOX_LANES];
    for (uint32_t first = begin; first < end; first += 4 * PHILOX_LANES) {
        uint32_t n = end - first < 4 * PHILOX_LANES ? end - first : 4 * PHILOX_LANES;
        philox_blocks(generator, first / 4, words);
        for (uint32_t i = 0; i < n; i++)
            g[first - begin + i] += WEIGHT_EX * poisson_count(poisson, words[i % 4][i / 4]);
    }
}

/* The same for own neurons [begin, end) that lie apart, as far as they are below `limit`. */
static void
add_poisson_apart(const struct network *network, const struct philox *generator,
                  const struct poisson *poisson, uint32_t begin, uint32_t end, uint32_t limit,
                  double *g)
{
    for (uint32_t i = begin; i < end && network_neuron(network, i) < limit; i++) {
        uint32_t words[4], neuron = network_neuron(network, i);
        philox_block(generator, neuron / 4, words);
        g[i] += WEIGHT_EX * poisson_count(poisson, words[neuron % 4]);
    }
}

/* To own neurons of this block that are among the first `limit` of the network. */
static void
add_poisson_below(const struct network *network, const struct philox *generator,
                  const struct poisson *poisson, const struct block *block, uint32_t limit,
                  double *g)
{
    uint32_t begin = network->own.first + block->begin, end = network->own.first + block->end;
    if (network->own.stride > 1)
        add_poisson_apart(network, generator, poisson, block->begin, block->end, limit, g);
    else if (begin < limit)
        add_poisson(generator, poisson, begin, end < limit ? end : limit, g + block->begin);
}

static void
add_input(struct network *network, const struct block *block, double *g)
{
    uint32_t n_stimulated = (network->n + STIMULUS_ONE_IN - 1) / STIMULUS_ONE_IN;
    if (stimulus_is_on(network->step + 1))
        add_poisson_below(network, &network->stimulus_generator, &network->stimulus, block,
                          n_stimulated, g);
    if (network->options.poisson_rate > 0)
        add_poisson_below(network, &network->background_generator, &network->background, block,
                          network->n, g);
}

/* One step. Conductances that arrive in it are taken from their slot of the ring, which is then
 * cleared for its next turn. */
FOR_EACH_SIMD static void
integrate(uint32_t n, const struct decays *decays, double *restrict V_m, double *restrict g_ex,
          double *restrict g_in, const double *restrict I_e, int32_t *restrict refractory,
          uint8_t *restrict spike, double *restrict arriving_ex, double *restrict arriving_in)
{
    const double k = 0.5 * DT_MS / C_M;
    const struct decays d = *decays;
    for (uint32_t i = 0; i < n; i++) {
        double ex = g_ex[i] * d.half_ex, in = g_in[i] * d.half_in;
        double leak = G_L + ex + in;                               /* nS */
        double drive = G_L * E_L + ex * E_EX + in * E_IN + I_e[i]; /* pA */
        double v = (V_m[i] * (1.0 - k * leak) + 2.0 * k * drive) / (1.0 + k * leak);
        int32_t steps_left = refractory[i];
        v = steps_left > 0 ? V_RESET : v;
        int32_t spiked = v >= V_TH;
        V_m[i] = spiked ? V_RESET : v;
        refractory[i] = spiked ? T_REF_STEPS : steps_left - (steps_left > 0);
        spike[i] = (uint8_t)spiked;
        g_ex[i] = g_ex[i] * d.ex + arriving_ex[i];
        g_in[i] = g_in[i] * d.in + arriving_in[i];
        arriving_ex[i] = 0.0;
        arriving_in[i] = 0.0;
    }
}

/* Add the spikes of the step before to the traces, and let them decay. */
FOR_EACH_SIMD static void
update_traces(uint32_t n, double decay, const uint8_t *restrict spike, const double *restrict pre,
              double *restrict pre_next, double *restrict post)
{
    for (uint32_t i = 0; i < n; i++) {
        pre_next[i] = (pre[i] + spike[i]) * decay;
        post[i] = (post[i] + spike[i]) * decay;
    }
}

/* The same for one of the two; `trace` may be `next`. */
static void
update_trace(uint32_t n, double decay, const uint8_t *spike, const double *trace, double *next)
{
    for (uint32_t i = 0; i < n; i++)
        next[i] = (trace[i] + spike[i]) * decay;
}

/* Several ranks: each keeps the traces of all neurons, since its synapses come from anywhere; a
 * thread does its share of them. */
static void
update_traces_of_ranks(struct network *network, const struct block *block)
{
    const struct neurons *neurons = &network->neurons;
    uint64_t thread = (uint64_t)(block - network->blocks);
    uint32_t begin = (uint32_t)(network->n * thread / network->n_threads);
    uint32_t end = (uint32_t)(network->n * (thread + 1) / network->n_threads);
    update_trace(end - begin, neurons->decays.trace, network->spiked + begin,
                 neurons->trace_pre + begin, neurons->trace_pre_next + begin);
    update_trace(block->end - block->begin, neurons->decays.trace, neurons->spike + block->begin,
                 neurons->trace_post + block->begin, neurons->trace_post + block->begin);
}

static void
count_interval(struct intervals *intervals, uint64_t step)
{
    if (intervals->n_spikes++) {
        uint64_t interval = step - intervals->last_spike;
        intervals->sum += interval;
        intervals->square_sum += interval * interval;
    }
    intervals->last_spike = step;
}

uint32_t
neurons_list_spikes(const struct neurons *neurons, uint32_t begin, uint32_t end, uint32_t *list)
{
    uint32_t n_spikes = 0;
    for (uint32_t i = begin; i < end; i += 8) { /* columns are padded to whole cache lines */
        uint64_t eight;
        memcpy(&eight, neurons->spike + i, sizeof eight);
        for (uint32_t j = i; eight && j < i + 8 && j < end; j++)
            if (neurons->spike[j])
                list[n_spikes++] = j;
    }
    return n_spikes;
}

void
neurons_update(struct network *network, struct block *block)
{
    struct neurons *neurons = &network->neurons;
    uint64_t step = network->step + 1;
    uint32_t begin = block->begin, n = block->end - block->begin;
    size_t slot = (size_t)(step % network->ring.n_slots) * network->own.n;
    double *arriving_ex = network->ring.g_ex + slot, *arriving_in = network->ring.g_in + slot;

    if (neurons->trace_post && network_has_ranks(network))
        update_traces_of_ranks(network, block);
    else if (neurons->trace_post)
        update_traces(n, neurons->decays.trace, neurons->spike + begin, neurons->trace_pre + begin,
                      neurons->trace_pre_next + begin, neurons->trace_post + begin);
    add_input(network, block, arriving_ex);
    integrate(n, &neurons->decays, neurons->V_m + begin, neurons->g_ex + begin,
              neurons->g_in + begin, neurons->I_e + begin, neurons->refractory + begin,
              neurons->spike + begin, arriving_ex + begin, arriving_in + begin);

    uint32_t *spikes = block->spikes[!network->parity];
    uint32_t n_spikes = neurons_list_spikes(neurons, begin, block->end, spikes);
    block->n_spikes[!network->parity] = n_spikes;
    for (uint32_t i = 0; i < n_spikes; i++)
        count_interval(&network->intervals[spikes[i]], step);
}

double
intervals_cv(const struct intervals *intervals, uint32_t n)
{
    double cv_sum = 0.0;
    uint32_t n_counted = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (intervals[i].n_spikes < 6)
            continue;
        double n_intervals = (double)(intervals[i].n_spikes - 1);
        double mean = (double)intervals[i].sum / n_intervals;
        double variance = (double)intervals[i].square_sum / n_intervals - mean * mean;
        cv_sum += sqrt(variance > 0 ? variance : 0.0) / mean;
        n_counted++;
    }
    return n_counted ? cv_sum / n_counted : NAN;
}
