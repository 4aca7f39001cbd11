/* The network is built as stated, and comes out the same on any number of threads. */
#include "simulation.h"

#include <glib.h>

#define EVERYTHING(n)                                                                              \
    (struct network_options)                                                                       \
    {                                                                                              \
        .n_neurons = (n), .max_delay_steps = 30, .seed = 3, .poisson_rate = 100.0, .stdp = 1       \
    }

static void
test_inputs(void)
{
    struct network_options options = EVERYTHING(1003);
    struct network *network = network_new(&options, 3);
    g_assert_nonnull(network);
    const struct synapses *synapses = &network->synapses;
    g_autofree guint *n_ex = g_new0(guint, network->n), *n_in = g_new0(guint, network->n);
    guint n_each_delay[31] = {0};
    for (guint source = 0; source < network->n; source++) {
        guint end = synapses->block_begin[(source + 1) * network->n_threads];
        for (guint s = synapses->block_begin[source * network->n_threads]; s < end; s++) {
            (source < network->n_ex ? n_ex : n_in)[synapses->target[s]]++;
            g_assert_cmpuint(synapses->delay[s], >=, 1);
            g_assert_cmpuint(synapses->delay[s], <=, 30);
            n_each_delay[synapses->delay[s]]++;
        }
    }
    for (guint i = 0; i < network->n; i++) {
        g_assert_cmpuint(n_ex[i], ==, INPUTS_EX);
        g_assert_cmpuint(n_in[i], ==, INPUTS_IN);
    }
    for (guint d = 1; d <= 30; d++)
        g_assert_cmpuint(n_each_delay[d], >, synapses->n / 30 * 9 / 10);
    network_free(network);
}

/* Every input is known from both of its ends. */
static void
test_incoming(void)
{
    struct network_options options = EVERYTHING(500);
    struct network *network = network_new(&options, 2);
    g_assert_nonnull(network);
    const struct synapses *synapses = &network->synapses;
    for (guint neuron = 0; neuron < network->n; neuron++)
        for (guint k = 0; k < INPUTS_EX; k++) {
            guint synapse = synapses->incoming[neuron * INPUTS_EX + k];
            guint source = synapses->incoming_source[neuron * INPUTS_EX + k];
            g_assert_cmpuint(synapses->target[synapse], ==, neuron);
            g_assert_cmpuint(synapse, >=, synapses->block_begin[source * 2]);
            g_assert_cmpuint(synapse, <, synapses->block_begin[(source + 1) * 2]);
        }
    network_free(network);
}

static void
digest_of(const struct network_options *options, guint n_threads, uint64_t out[2])
{
    struct simulation simulation = {.network = network_new(options, n_threads),
                                    .pool = pool_new(n_threads)};
    g_assert_nonnull(simulation.network);
    g_assert_cmpint(spikes_open(&simulation.spikes, NULL), ==, 0);
    for (guint i = 0; i < 500; i++)
        simulation_step(&simulation);
    g_assert_cmpuint(simulation.spikes.record.n_spikes, >, 0);
    spikes_digest(&simulation.spikes, simulation.network, out);
    pool_free(simulation.pool);
    network_free(simulation.network);
}

static void
test_threads(void)
{
    const struct network_options cases[] = {
        EVERYTHING(300),
        {.n_neurons = 700, .max_delay_steps = 1, .seed = 9, .poisson_rate = 80.0},
        {.n_neurons = 700, .max_delay_steps = 9, .seed = 9, .poisson_rate = 80.0},
        {.n_neurons = 700, .max_delay_steps = 1, .seed = 9, .poisson_rate = 80.0, .stdp = 1},
    };
    uint64_t seen[G_N_ELEMENTS(cases)];
    for (gsize c = 0; c < G_N_ELEMENTS(cases); c++) {
        uint64_t one[2], several[2];
        digest_of(&cases[c], 1, one);
        for (guint n_threads = 2; n_threads <= 5; n_threads++) {
            digest_of(&cases[c], n_threads, several);
            g_assert_cmpmem(one, sizeof one, several, sizeof several);
        }
        seen[c] = one[0];
        for (gsize other = 0; other < c; other++)
            g_assert_cmphex(seen[other], !=, seen[c]);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/network/synapses/inputs-per-neuron", test_inputs);
    g_test_add_func("/network/synapses/incoming-equals-outgoing", test_incoming);
    g_test_add_func("/network/threads/same-digest", test_threads);
    return g_test_run();
}
