/* All that it takes to make the model of model.h survive a kill. Torpor has to know four things:
 *
 *   1. what one neuron is made of                        (neuron_fields, neuron_type)
 *   2. where neurons, random generator and output are now (describe)
 *   3. what time it is, and how to set it                (get_clock, set_clock)
 *   4. which model this is                               (write_fingerprint)
 *
 * It asks 2, 3 and 4 at each save and restore, so memory may move in between; and it copies what it
 * gets, so the answers are local variables. */
#include "adapter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- 1. what one neuron is made of ---- */

/* Member and unit. Leave a field out and `tiny-host --selfcheck` fails. All of them evolve. One
 * that users set, such as a constant current, would end in `.flags = TORPOR_FIELD_PARAMETER`: a
 * resume with another value is then refused, instead of losing it without a word. */
static const struct torpor_field neuron_fields[] = {
    TORPOR_FIELD(struct neuron, V_m, "mV", .doc = "membrane potential"),
    TORPOR_FIELD(struct neuron, I_syn, "pA", .doc = "synaptic current"),
    TORPOR_FIELD(struct neuron, refractory_steps, NULL,
                 .doc = "steps left until the neuron integrates again"),
    TORPOR_FIELD(struct neuron, n_spikes, NULL, .doc = "spikes since time 0"),
};

/* Raise `version` when the fields change; a migration can then read older files. */
static const struct torpor_type neuron_type = {
    TORPOR_TYPE_INIT,
    .version = 1,
    .name = "lif_neuron",
    .fields = neuron_fields,
    .n_fields = sizeof neuron_fields / sizeof *neuron_fields,
    .object_size = sizeof(struct neuron),
};

/* ---- 2. where neurons, random generator and output are now ---- */

/* The file of spikes is open for appending, so this is all. Torpor does the rest: it empties the
 * file when a run starts fresh, and cuts it back to the checkpoint when a run resumes. */
static int32_t
flush_spikes(void *output_data, struct torpor_error *error)
{
    const struct model *model = output_data;
    return fflush(model->spikes) == 0 ? TORPOR_STATUS_OK
                                      : torpor_error_set(error, TORPOR_STATUS_IO, "%s: %s",
                                                         model->spikes_path, strerror(errno));
}

/* Without its generator a resumed run would draw other numbers than one that was never killed. */
static int32_t
describe(void *host_data, const struct torpor_description *description, struct torpor_error *error)
{
    (void)error;
    struct model *model = host_data;
    const struct torpor_population neurons = {
        TORPOR_POPULATION_INIT,
        .path = "neurons",
        .type = "lif_neuron",
        .count = model->n_neurons,
        .layout = TORPOR_LAYOUT_CONTIGUOUS,
        .base = model->neurons,
        .stride = sizeof *model->neurons,
    };
    const struct torpor_generator noise = {
        TORPOR_GENERATOR_INIT,
        .path = "noise",
        .algorithm = "xorshift128+",
        .state = {.data = model->generator, .dtype = TORPOR_DTYPE_UINT64, .rank = 1, .shape = {2}},
    };
    const struct torpor_output spikes = {
        TORPOR_OUTPUT_INIT,
        .path = model->spikes_path,
        .output_data = model,
        .flush = flush_spikes,
    };
    if (model->spikes != NULL)
        description->add_output(description->data, &spikes);
    description->add_population(description->data, &neurons);
    return description->add_generator(description->data, &noise); /* reports the first error */
}

/* ---- 3. what time it is, and how to set it ---- */

static int32_t
get_clock(void *host_data, struct torpor_clock *out, struct torpor_error *error)
{
    (void)error;
    const struct model *model = host_data;
    out->time = model_time_ms(model);
    out->unit = "ms";
    out->step = model->step;
    return TORPOR_STATUS_OK;
}

/* The last act of a restore: neurons and generator already hold the saved values. Whatever a model
 * computes from its state would be computed again here. */
static int32_t
set_clock(void *host_data, const struct torpor_clock *clock, struct torpor_error *error)
{
    (void)error;
    struct model *model = host_data;
    model->step = clock->step;
    return TORPOR_STATUS_OK;
}

/* ---- 4. which model this is ---- */

/* A checkpoint of another network is then refused, not restored into this one. */
static int32_t
write_fingerprint(void *host_data, char *out, uint64_t size, uint64_t *length,
                  struct torpor_error *error)
{
    (void)error;
    const struct model *model = host_data;
    *length = (uint64_t)snprintf(out, size, "tiny-host n=%u seed=%llu dt=%g ms", model->n_neurons,
                                 (unsigned long long)model->seed, DT_MS);
    return TORPOR_STATUS_OK;
}

/* ---- the table that names them all ---- */

static const struct torpor_host host = {
    TORPOR_HOST_INIT,
    .name = "tiny-host",
    .version = "1",
    .clock = get_clock,
    .describe = describe,
    .fingerprint = write_fingerprint,
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
