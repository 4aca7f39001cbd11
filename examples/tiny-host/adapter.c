/* All that it takes to make the model of model.h live through a kill. Four things are told:
 *
 *   1. what one neuron is made of            (neuron_fields, neuron_type)
 *   2. where the neurons are now             (list_populations)
 *   3. where the random generator is         (list_generators)
 *   4. what time it is, and how to set it    (tell_clock, set_clock)
 *
 * Torpor calls 2, 3 and 4 afresh at each save and restore, so memory may move in between. */
#include "adapter.h"

#include <stdio.h>

/* ---- 1. what one neuron is made of ---- */

/* Name, unit and place of each field. Leave one out and `tiny-host --selfcheck` fails. */
static const struct torpor_field neuron_fields[] = {
    {.name = "V_m",
     .unit = "mV",
     .doc = "membrane potential",
     .kind = TORPOR_FIELD_VALUE,
     .dtype = TORPOR_DTYPE_FLOAT64,
     .offset = offsetof(struct neuron, V_m)},
    {.name = "I_syn",
     .unit = "pA",
     .doc = "synaptic current",
     .kind = TORPOR_FIELD_VALUE,
     .dtype = TORPOR_DTYPE_FLOAT64,
     .offset = offsetof(struct neuron, I_syn)},
    {.name = "refractory_steps",
     .doc = "steps left until the neuron integrates again",
     .kind = TORPOR_FIELD_VALUE,
     .dtype = TORPOR_DTYPE_UINT32,
     .offset = offsetof(struct neuron, refractory_steps)},
    {.name = "n_spikes",
     .doc = "spikes since time 0",
     .kind = TORPOR_FIELD_VALUE,
     .dtype = TORPOR_DTYPE_UINT32,
     .offset = offsetof(struct neuron, n_spikes)},
};

/* Raise `version` when the fields change; a migration can then read older files. */
static const struct torpor_type neuron_type = {
    .struct_size = sizeof neuron_type,
    .version = 1,
    .name = "lif_neuron",
    .fields = neuron_fields,
    .n_fields = sizeof neuron_fields / sizeof *neuron_fields,
    .field_size = sizeof *neuron_fields,
    .object_size = sizeof(struct neuron),
};

/* ---- 2. where the neurons are now ---- */

static int32_t
list_populations(void *host_data, const struct torpor_population **out, uint64_t *count,
                 uint32_t *element_size, struct torpor_error *error)
{
    (void)error;
    static struct torpor_population neurons; /* must stay valid until the save or restore ends */
    const struct model *model = host_data;
    neurons = (struct torpor_population){
        .path = "neurons",
        .type = "lif_neuron",
        .count = model->n_neurons,
        .layout = TORPOR_LAYOUT_CONTIGUOUS,
        .base = model->neurons,
        .stride = sizeof *model->neurons,
    };
    *out = &neurons;
    *count = 1;
    *element_size = sizeof neurons;
    return TORPOR_STATUS_OK;
}

/* ---- 3. where the random generator is ---- */

/* Without it a resumed run would draw other numbers than the run that was never killed. */
static int32_t
list_generators(void *host_data, const struct torpor_generator **out, uint64_t *count,
                uint32_t *element_size, struct torpor_error *error)
{
    (void)error;
    static struct torpor_generator generator;
    struct model *model = host_data;
    generator = (struct torpor_generator){
        .path = "noise",
        .algorithm = "xorshift128+",
        .state = {.data = model->generator, .dtype = TORPOR_DTYPE_UINT64, .rank = 1, .shape = {2}},
    };
    *out = &generator;
    *count = 1;
    *element_size = sizeof generator;
    return TORPOR_STATUS_OK;
}

/* ---- 4. what time it is, and how to set it ---- */

static int32_t
tell_clock(void *host_data, struct torpor_clock *out, struct torpor_error *error)
{
    (void)error;
    const struct model *model = host_data;
    out->time = model_time_ms(model);
    out->unit = "ms";
    out->step = model->step;
    return TORPOR_STATUS_OK;
}

/* The last act of a restore: neurons and generator hold the saved values already. Whatever a model
 * computes from its state would be computed anew here. */
static void
set_clock(void *host_data, const struct torpor_clock *clock)
{
    struct model *model = host_data;
    model->step = clock->step;
}

/* ---- and which model this is ---- */

/* A checkpoint of another network is then refused, not restored into this one. */
static int32_t
tell_fingerprint(void *host_data, const char **out, struct torpor_error *error)
{
    (void)error;
    static char text[80];
    const struct model *model = host_data;
    snprintf(text, sizeof text, "tiny-host n=%u seed=%llu dt=%g ms", model->n_neurons,
             (unsigned long long)model->seed, DT_MS);
    *out = text;
    return TORPOR_STATUS_OK;
}

/* ---- the table of it all ---- */

static const struct torpor_host host = {
    .abi_major = TORPOR_ABI_MAJOR,
    .abi_minor = TORPOR_ABI_MINOR,
    .struct_size = sizeof host,
    .name = "tiny-host",
    .version = "1",
    .clock = tell_clock,
    .populations = list_populations,
    .generators = list_generators,
    .fingerprint = tell_fingerprint,
    .restore_commit = set_clock,
};

struct torpor *
adapter_open(struct model *model, const char *const *options, uint64_t n_options,
             struct torpor_error *error)
{
    struct torpor *torpor = torpor_open(&host, model, options, n_options, error);
    if (torpor != NULL && torpor_declare_type(torpor, &neuron_type, error) != TORPOR_STATUS_OK) {
        torpor_close(torpor, NULL);
        return NULL;
    }
    return torpor;
}

static int32_t
advance(void *host_data, uint64_t n_steps, struct torpor_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < n_steps; i++)
        model_advance(host_data);
    return TORPOR_STATUS_OK;
}

int32_t
adapter_selfcheck(struct torpor *torpor, uint64_t n_steps, struct torpor_error *error)
{
    return torpor_host_selfcheck(torpor, advance, n_steps, error);
}
