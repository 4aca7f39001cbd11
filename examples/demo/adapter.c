/* What Torpor needs to know of this simulator: which columns are state, and where they are now.
 *
 * Connections, delays and inhibitory weights are not saved: they are drawn again from the seed, and
 * their hash is part of the fingerprint. */
#include "adapter.h"

#include <torpor/loader.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 8u
#define MAX_POPULATIONS 6u

/* One field of a type. Where it is: in a column, which may move, or inside the objects of an array.
 */
struct column {
    const char *name, *unit, *doc;
    uint32_t dtype, item_size;
    uint64_t row_length; /* values per object; 0: one, a scalar */
    void *data;          /* of object 0 */
    uint64_t offset;     /* in an object, of a part with a base */
};

typedef uint32_t (*list_columns)(struct simulation *simulation, struct column *out);

/* Objects that are described alike. */
struct part {
    const char *path, *type;
    uint64_t first, count;
    list_columns columns;
    void *base;           /* array of objects; NULL: columns */
    uint64_t object_size; /* with a base: lets the self-check see bytes that no field covers */
};

struct adapter {
    struct torpor *torpor;
    struct simulation *simulation;
    const struct options *options;
    char fingerprint[256];
    struct part parts[MAX_POPULATIONS];
    uint32_t n_parts;
    struct torpor_field fields[MAX_POPULATIONS][MAX_COLUMNS]; /* by part */
    struct torpor_type types[MAX_POPULATIONS];
    struct torpor_column columns[MAX_POPULATIONS][MAX_COLUMNS];
    struct torpor_population populations[MAX_POPULATIONS];
    struct torpor_generator generators[2];
    struct torpor_output output;
};

/* ---- what is state ---- */

#define F64 TORPOR_DTYPE_FLOAT64, sizeof(double)
#define F32 TORPOR_DTYPE_FLOAT32, sizeof(float)
#define I32 TORPOR_DTYPE_INT32, sizeof(int32_t)
#define U64 TORPOR_DTYPE_UINT64, sizeof(uint64_t)
#define FLAG TORPOR_DTYPE_BOOL, 1

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

static uint32_t
neuron_columns(struct simulation *simulation, struct column *out)
{
    const struct neurons *neurons = &simulation->network->neurons;
    const struct column columns[] = {
        {"V_m", "mV", "membrane potential", F64, 0, neurons->V_m, 0},
        {"g_ex", "nS", "excitatory conductance", F64, 0, neurons->g_ex, 0},
        {"g_in", "nS", "inhibitory conductance", F64, 0, neurons->g_in, 0},
        {"refractory_steps", NULL, "left until excitable", I32, 0, neurons->refractory, 0},
        {"spike", NULL, "in the last step, not delivered yet", FLAG, 0, neurons->spike, 0},
        {"trace_pre", NULL, "of spikes, for STDP", F64, 0, neurons->trace_pre, 0},
        {"trace_post", NULL, "of spikes, for STDP", F64, 0, neurons->trace_post, 0},
    };
    uint32_t n = simulation->network->options.stdp ? COUNT(columns) : COUNT(columns) - 2;
    memcpy(out, columns, n * sizeof columns[0]);
    return n;
}

static uint32_t
synapse_columns(struct simulation *simulation, struct column *out)
{
    float *weight = simulation->network->synapses.weight;
    *out = (struct column){"weight", "nS", "by source, then target", F32, 0, weight, 0};
    return 1;
}

static uint32_t
ring_columns(struct simulation *simulation, struct column *out)
{
    const struct ring *ring = &simulation->network->ring;
    uint64_t n = simulation->network->n;
    out[0] = (struct column){"g_ex", "nS", "arriving at each neuron", F64, n, ring->g_ex, 0};
    out[1] = (struct column){"g_in", "nS", "arriving at each neuron", F64, n, ring->g_in, 0};
    return 2;
}

static uint32_t
interval_columns(struct simulation *simulation, struct column *out)
{
    static const struct column columns[] = {
        {"n_spikes", NULL, "since time 0", U64, 0, NULL, offsetof(struct intervals, n_spikes)},
        {"last_spike_step", NULL, "0: none", U64, 0, NULL, offsetof(struct intervals, last_spike)},
        {"sum", NULL, "steps", U64, 0, NULL, offsetof(struct intervals, sum)},
        {"square_sum", NULL, "steps^2", U64, 0, NULL, offsetof(struct intervals, square_sum)},
    };
    (void)simulation;
    memcpy(out, columns, sizeof columns);
    return COUNT(columns);
}

static uint32_t
record_columns(struct simulation *simulation, struct column *out)
{
    static const struct column columns[] = {
        {"digest", NULL, "of all spikes", U64, 2, NULL, offsetof(struct spike_record, digest)},
        {"n_spikes", NULL, "since time 0", U64, 0, NULL, offsetof(struct spike_record, n_spikes)},
    };
    (void)simulation;
    memcpy(out, columns, sizeof columns);
    return COUNT(columns);
}

/* All but the one that --omit names, which shows that the self-check misses it. */
static uint32_t
list_part_columns(const struct adapter *adapter, const struct part *part, struct column *out)
{
    uint32_t n = part->columns(adapter->simulation, out), n_kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!adapter->options->omit || strcmp(out[i].name, adapter->options->omit) != 0)
            out[n_kept++] = out[i];
    return n_kept;
}

static void
list_parts(struct adapter *adapter)
{
    struct simulation *simulation = adapter->simulation;
    const struct network *network = simulation->network;
    struct column columns[MAX_COLUMNS];
    uint64_t n_in = network->n - network->n_ex;
    /* A ring of one slot is empty between two steps. */
    uint64_t n_slots = network->ring.n_slots > 1 ? network->ring.n_slots : 0;
    const struct part parts[MAX_POPULATIONS] = {
        {"neurons/excitatory", "coba_neuron", 0, network->n_ex, neuron_columns, NULL, 0},
        {"neurons/inhibitory", "coba_neuron", network->n_ex, n_in, neuron_columns, NULL, 0},
        {"synapses/excitatory", "stdp_synapse", 0, network->synapses.n_plastic, synapse_columns,
         NULL, 0},
        {"in_flight", "conductance_slot", 0, n_slots, ring_columns, NULL, 0},
        {"intervals", "spike_intervals", 0, network->n, interval_columns, network->intervals,
         sizeof(struct intervals)},
        {"record", "spike_record", 0, 1, record_columns, &simulation->spikes.record,
         sizeof(struct spike_record)},
    };
    for (uint32_t i = 0; i < MAX_POPULATIONS; i++)
        if (parts[i].count && list_part_columns(adapter, &parts[i], columns))
            adapter->parts[adapter->n_parts++] = parts[i];
}

static void
describe_type(struct adapter *adapter, uint32_t p)
{
    struct column columns[MAX_COLUMNS];
    const struct part *part = &adapter->parts[p];
    uint32_t n = list_part_columns(adapter, part, columns);
    for (uint32_t f = 0; f < n; f++)
        adapter->fields[p][f] = (struct torpor_field){.name = columns[f].name,
                                                      .unit = columns[f].unit,
                                                      .doc = columns[f].doc,
                                                      .dtype = columns[f].dtype,
                                                      .kind = TORPOR_FIELD_VALUE,
                                                      .rank = columns[f].row_length ? 1 : 0,
                                                      .shape = {columns[f].row_length},
                                                      .offset = columns[f].offset};
    adapter->types[p] = (struct torpor_type){.struct_size = sizeof(struct torpor_type),
                                             .version = 1,
                                             .name = part->type,
                                             .fields = adapter->fields[p],
                                             .n_fields = n,
                                             .field_size = sizeof(struct torpor_field),
                                             .object_size = part->object_size};
}

static int
declare_types(struct adapter *adapter, struct torpor_error *error)
{
    for (uint32_t p = 0; p < adapter->n_parts; p++) {
        describe_type(adapter, p);
        if (p > 0 && strcmp(adapter->parts[p].type, adapter->parts[p - 1].type) == 0)
            continue;
        if (torpor_declare_type(adapter->torpor, &adapter->types[p], error) != 0)
            return -1;
    }
    return 0;
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
get_populations(void *host_data, const struct torpor_population **out, uint64_t *count,
                uint32_t *element_size, struct torpor_error *error)
{
    struct adapter *adapter = host_data;
    struct column columns[MAX_COLUMNS];
    (void)error;
    for (uint32_t p = 0; p < adapter->n_parts; p++) {
        const struct part *part = &adapter->parts[p];
        uint32_t n = part->base ? 0 : list_part_columns(adapter, part, columns);
        for (uint32_t f = 0; f < n; f++)
            adapter->columns[p][f].data =
                (char *)columns[f].data + part->first * columns[f].item_size;
        adapter->populations[p] = (struct torpor_population){
            .path = part->path,
            .type = part->type,
            .count = part->count,
            .layout = part->base ? TORPOR_LAYOUT_CONTIGUOUS : TORPOR_LAYOUT_COLUMNS,
            .base = part->base,
            .stride = part->object_size,
            .columns = adapter->columns[p]};
    }
    *out = adapter->populations;
    *count = adapter->n_parts;
    *element_size = sizeof(struct torpor_population);
    return TORPOR_STATUS_OK;
}

static int32_t
get_generators(void *host_data, const struct torpor_generator **out, uint64_t *count,
               uint32_t *element_size, struct torpor_error *error)
{
    struct adapter *adapter = host_data;
    struct network *network = adapter->simulation->network;
    struct philox *philox[] = {&network->stimulus_generator, &network->background_generator};
    const char *const paths[] = {"poisson/stimulus", "poisson/background"};
    (void)error;
    for (uint32_t i = 0; i < 2; i++)
        adapter->generators[i] =
            (struct torpor_generator){.path = paths[i],
                                      .algorithm = PHILOX_ALGORITHM,
                                      .state = {.data = philox[i],
                                                .dtype = TORPOR_DTYPE_UINT32,
                                                .rank = 1,
                                                .shape = {sizeof(struct philox) / 4}}};
    *out = adapter->generators;
    *count = 2;
    *element_size = sizeof(struct torpor_generator);
    return TORPOR_STATUS_OK;
}

static int32_t
flush_output(void *output_data, struct torpor_error *error)
{
    const struct adapter *adapter = output_data;
    int number = spikes_flush(&adapter->simulation->spikes);
    if (number == 0)
        return TORPOR_STATUS_OK;
    int32_t status =
        number == ENOSPC || number == EDQUOT ? TORPOR_STATUS_NO_SPACE : TORPOR_STATUS_IO;
    if (error) {
        error->status = status;
        snprintf(error->message, sizeof error->message,
                 "cannot write %s: %s; make room, then run the same command again",
                 adapter->options->spikes, strerror(number));
    }
    return status;
}

static void
roll_back_output(void *output_data, uint64_t byte_length)
{
    const struct adapter *adapter = output_data;
    spikes_roll_back(&adapter->simulation->spikes, byte_length);
}

static int32_t
get_outputs(void *host_data, const struct torpor_output **out, uint64_t *count,
            uint32_t *element_size, struct torpor_error *error)
{
    struct adapter *adapter = host_data;
    (void)error;
    adapter->output = (struct torpor_output){.path = adapter->options->spikes,
                                             .output_data = adapter,
                                             .flush = flush_output,
                                             .rolled_back = roll_back_output};
    *out = &adapter->output;
    *count = adapter->options->spikes ? 1 : 0;
    *element_size = sizeof(struct torpor_output);
    return TORPOR_STATUS_OK;
}

static int32_t
get_fingerprint(void *host_data, const char **out, struct torpor_error *error)
{
    const struct adapter *adapter = host_data;
    (void)error;
    *out = adapter->fingerprint;
    return TORPOR_STATUS_OK;
}

static int32_t
get_parallel(void *host_data, struct torpor_parallel *out, struct torpor_error *error)
{
    const struct adapter *adapter = host_data;
    (void)error;
    out->n_threads = adapter->simulation->network->n_threads;
    out->n_ranks = 1;
    out->rank = 0;
    return TORPOR_STATUS_OK;
}

static void
commit_restore(void *host_data, const struct torpor_clock *clock)
{
    const struct adapter *adapter = host_data;
    adapter->simulation->network->step = clock->step;
    network_restored(adapter->simulation->network);
}

static void
log_message(void *host_data, int32_t level, const char *message)
{
    const struct adapter *adapter = host_data;
    if (level >= (adapter->options->progress ? TORPOR_LOG_WARNING : TORPOR_LOG_INFO))
        fprintf(stderr, "torpor-demo: %s\n", message);
}

static const struct torpor_host host = {
    .abi_major = TORPOR_ABI_MAJOR,
    .abi_minor = TORPOR_ABI_MINOR,
    .struct_size = sizeof(struct torpor_host),
    .name = "torpor-demo",
    .version = TORPOR_VERSION,
    .clock = get_clock,
    .populations = get_populations,
    .generators = get_generators,
    .outputs = get_outputs,
    .fingerprint = get_fingerprint,
    .parallel = get_parallel,
    .restore_commit = commit_restore,
    .log = log_message,
};

/* ---- what main.c calls ---- */

static int
print_error(const struct torpor_error *error)
{
    fprintf(stderr, "torpor-demo: %s\n", error->message);
    return -1;
}

struct adapter *
adapter_open(struct simulation *simulation, const struct options *options)
{
    struct torpor_error error = {.struct_size = sizeof error};
    struct adapter *adapter = calloc(1, sizeof *adapter);
    if (!adapter)
        return NULL;
    adapter->simulation = simulation;
    adapter->options = options;
    snprintf(adapter->fingerprint, sizeof adapter->fingerprint,
             "coba n=%" PRIu32 " seed=%" PRIu64 " delays=%" PRIu32
             " poisson=%.17g stdp=%d links=%016" PRIx64,
             options->network.n_neurons, options->network.seed, options->network.max_delay_steps,
             options->network.poisson_rate, options->network.stdp,
             simulation->network->synapses.hash);
    list_parts(adapter);
    adapter->torpor = torpor_open(&host, adapter, (const char *const *)options->checkpoint_options,
                                  options->n_checkpoint_options, &error);
    if (!adapter->torpor || declare_types(adapter, &error) != 0) {
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
    struct torpor_error error = {.struct_size = sizeof error};
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
    struct torpor_error error = {.struct_size = sizeof error};
    if (torpor_host_selfcheck(adapter->torpor, advance, n_steps, &error) != 0)
        return print_error(&error);
    printf("all state is saved and restored: %" PRIu64 " steps came out the same twice\n", n_steps);
    return 0;
}

int
adapter_close(struct adapter *adapter)
{
    struct torpor_error error = {.struct_size = sizeof error};
    int32_t status = torpor_close(adapter->torpor, &error);
    free(adapter);
    return status ? print_error(&error) : 0;
}
