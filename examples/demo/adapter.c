#include "adapter.h"

#include "ranks.h"
#include "state.h"

#include <torpor/loader.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct adapter {
    struct torpor *torpor;
    struct simulation *simulation;
    const struct options *options;
};

static struct state
adapter_state(const struct adapter *adapter)
{
    return (struct state){.simulation = adapter->simulation, .omitted = adapter->options->omit};
}

/* ---- the file of spikes ---- */

/* `number`: of the first write or seek that failed, or 0. Returns a status. */
static int32_t
check_spike_file(const struct adapter *adapter, int number, struct torpor_error *error)
{
    if (number == 0)
        return TORPOR_STATUS_OK;
    int is_full = number == ENOSPC || number == EDQUOT;
    return torpor_error_set(error, is_full ? TORPOR_STATUS_NO_SPACE : TORPOR_STATUS_IO,
                            "cannot write %s: %s; make room, then run the same command again",
                            adapter->options->spikes, strerror(number));
}

static int32_t
flush_spikes(void *output_data, struct torpor_error *error)
{
    const struct adapter *adapter = output_data;
    return check_spike_file(adapter, spikes_flush(&adapter->simulation->spikes), error);
}

static int32_t
roll_back_spikes(void *output_data, uint64_t byte_length, struct torpor_error *error)
{
    const struct adapter *adapter = output_data;
    spikes_roll_back(&adapter->simulation->spikes, byte_length);
    return check_spike_file(adapter, adapter->simulation->spikes.file_errno, error);
}

/* ---- the host's slots ---- */

static int32_t
get_clock(void *host_data, struct torpor_clock *out, struct torpor_error *error)
{
    const struct adapter *adapter = host_data;
    (void)error;
    out->time = simulation_time_ms(adapter->simulation);
    out->unit = "ms";
    out->step = adapter->simulation->network->step;
    return TORPOR_STATUS_OK;
}

static int32_t
describe(void *host_data, const struct torpor_description *description, struct torpor_error *error)
{
    struct adapter *adapter = host_data;
    const struct state state = adapter_state(adapter);
    const struct torpor_output spikes = {TORPOR_OUTPUT_INIT, .path = adapter->options->spikes,
                                         .output_data = adapter, .flush = flush_spikes,
                                         .rolled_back = roll_back_spikes};
    (void)error;
    if (adapter->options->spikes)
        description->add_output(description->data, &spikes);
    return state_describe(&state, description);
}

/* The hash stands for what is drawn from the seed and not saved. */
static int32_t
write_fingerprint(void *host_data, char *out, uint64_t size, uint64_t *length,
                  struct torpor_error *error)
{
    const struct adapter *adapter = host_data;
    const struct network_options *network = &adapter->options->network;
    (void)error;
    *length = (uint64_t)snprintf(out, size,
                                 "coba n=%" PRIu32 " seed=%" PRIu64 " delays=%" PRIu32
                                 " poisson=%.17g stdp=%d links=%016" PRIx64,
                                 network->n_neurons, network->seed, network->max_delay_steps,
                                 network->poisson_rate, network->stdp,
                                 adapter->simulation->network->synapses.hash);
    return TORPOR_STATUS_OK;
}

static int32_t
get_n_threads(void *host_data, uint32_t *out, struct torpor_error *error)
{
    const struct adapter *adapter = host_data;
    (void)error;
    *out = adapter->simulation->network->n_threads;
    return TORPOR_STATUS_OK;
}

static int32_t
commit_restore(void *host_data, const struct torpor_clock *clock, struct torpor_error *error)
{
    const struct adapter *adapter = host_data;
    (void)error;
    adapter->simulation->network->step = clock->step;
    network_restored(adapter->simulation->network);
    return TORPOR_STATUS_OK;
}

static void
log_message(void *host_data, int32_t level, const char *message)
{
    const struct adapter *adapter = host_data;
    if (adapter->options->network.ranks.rank > 0)
        return; /* rank 0 says the same */
    if (level >= (adapter->options->progress ? TORPOR_LOG_WARNING : TORPOR_LOG_INFO))
        fprintf(stderr, "torpor-demo: %s\n", message);
}

static struct torpor_host host = {
    TORPOR_HOST_INIT,
    /* Not TORPOR_HOST_CONCURRENT, which is about accessors: no field has one. The state is plain
     * memory, which a child can read; the threads of the pool rest while a step is taken. */
    .flags = TORPOR_HOST_FORKABLE,
    .name = "torpor-demo",
    .version = TORPOR_VERSION,
    .clock = get_clock,
    .describe = describe,
    .fingerprint = write_fingerprint,
    .n_threads = get_n_threads,
    .restore_commit = commit_restore,
    .log = log_message,
};

/* ---- what main.c calls ---- */

static int
print_error(const struct torpor_error *error)
{
    if (ranks_of_network().rank == 0 || strncmp(error->message, "rank ", 5) != 0)
        fprintf(stderr, "torpor-demo: %s\n", error->message); /* else rank 0 says the same */
    return -1;
}

struct adapter *
adapter_open(struct simulation *simulation, const struct options *options)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct adapter *adapter = calloc(1, sizeof *adapter);
    if (!adapter)
        return NULL;
    adapter->simulation = simulation;
    adapter->options = options;
    host.collective = ranks_collective();
    const struct state state = adapter_state(adapter);
    adapter->torpor = torpor_open(&host, adapter, (const char *const *)options->checkpoint_options,
                                  options->n_checkpoint_options, &error);
    if (!adapter->torpor || state_declare(&state, adapter->torpor, &error) != TORPOR_STATUS_OK) {
        print_error(&error);
        torpor_close(adapter->torpor, NULL);
        free(adapter);
        return NULL;
    }
    return adapter;
}

int
adapter_resume(struct adapter *adapter)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    int32_t resumed = 0;
    if (torpor_restore(adapter->torpor, NULL, &resumed, &error) != 0)
        return print_error(&error);
    if (resumed && adapter->options->progress)
        fprintf(stderr, "torpor-demo: resumed at %.1f ms\n",
                simulation_time_ms(adapter->simulation));
    return resumed;
}

int
adapter_step(struct adapter *adapter)
{
    const struct simulation *simulation = adapter->simulation;
    return torpor_step(adapter->torpor, simulation->network->step,
                       simulation_time_ms(simulation)) == TORPOR_STOP;
}

static int32_t
advance(void *host_data, uint64_t n_steps, struct torpor_error *error)
{
    const struct adapter *adapter = host_data;
    (void)error;
    while (n_steps-- > 0)
        simulation_step(adapter->simulation);
    return TORPOR_STATUS_OK;
}

int
adapter_selfcheck(struct adapter *adapter, uint64_t n_steps)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    if (torpor_host_selfcheck(adapter->torpor, advance, n_steps, &error) != 0)
        return print_error(&error);
    printf("all state is saved and restored: %" PRIu64 " steps came out the same twice\n", n_steps);
    return 0;
}

int
adapter_close(struct adapter *adapter)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    int32_t status = torpor_close(adapter->torpor, &error);
    free(adapter);
    return status ? print_error(&error) : 0;
}
