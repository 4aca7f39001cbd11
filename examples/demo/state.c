#include "state.h"

#include <string.h>

#define MAX_FIELDS 10u
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The fields of some objects. A field is a member of their struct, or has a column of its own. */
struct fields {
    const char *omitted; /* name of the field to leave out */
    uint32_t n;
    struct torpor_field list[MAX_FIELDS];
    struct torpor_column columns[MAX_FIELDS];
};

/* A type of objects. Either they lie in columns, which `add_columns` adds from object `first` on;
 * or they are structs with these members. */
struct object_type {
    const char *name;
    void (*add_columns)(struct fields *fields, const struct network *network, uint64_t first);
    const struct torpor_field *members;
    uint32_t n_members;
    uint64_t object_size;
};

/* Consecutive objects of one type. */
struct objects {
    const char *path;
    const struct object_type *type;
    uint64_t first, count;
    void *structs; /* NULL: in columns */
};

/* ---- fields ---- */

static void
add_field(struct fields *fields, const struct torpor_field *field, void *column)
{
    if (fields->omitted && strcmp(field->name, fields->omitted) == 0)
        return;
    fields->list[fields->n] = *field;
    fields->columns[fields->n].data = column;
    fields->n++;
}

static void
add_flagged_column(struct fields *fields, const char *name, uint32_t dtype, void *column,
                   const char *unit, uint32_t flags, const char *doc)
{
    const struct torpor_field field = {
        TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE,
        .name = name,      .dtype = dtype,
        .unit = unit,      .flags = flags,
        .doc = doc,
    };
    add_field(fields, &field, column);
}

static void
add_column(struct fields *fields, const char *name, uint32_t dtype, void *column, const char *unit,
           const char *doc)
{
    add_flagged_column(fields, name, dtype, column, unit, 0, doc);
}

static void
add_neuron_columns(struct fields *fields, const struct network *network, uint64_t first)
{
    const struct neurons *neurons = &network->neurons;
    add_column(fields, "V_m", TORPOR_DTYPE_FLOAT64, neurons->V_m + first, "mV",
               "membrane potential");
    add_column(fields, "g_ex", TORPOR_DTYPE_FLOAT64, neurons->g_ex + first, "nS",
               "excitatory conductance");
    add_column(fields, "g_in", TORPOR_DTYPE_FLOAT64, neurons->g_in + first, "nS",
               "inhibitory conductance");
    /* Files of Torpor 0.1 lack it. */
    add_flagged_column(fields, "I_e", TORPOR_DTYPE_FLOAT64, neurons->I_e + first, "pA",
                       TORPOR_FIELD_PARAMETER | TORPOR_FIELD_OPTIONAL, "current from outside");
    add_column(fields, "refractory_steps", TORPOR_DTYPE_INT32, neurons->refractory + first, NULL,
               "left until excitable");
    add_column(fields, "spike", TORPOR_DTYPE_BOOL, neurons->spike + first, NULL,
               "in the last step, not delivered yet");
    if (!network->options.stdp)
        return;
    add_column(fields, "trace_pre", TORPOR_DTYPE_FLOAT64, neurons->trace_pre + first, NULL,
               "of spikes, for STDP");
    add_column(fields, "trace_post", TORPOR_DTYPE_FLOAT64, neurons->trace_post + first, NULL,
               "of spikes, for STDP");
}

static void
add_synapse_columns(struct fields *fields, const struct network *network, uint64_t first)
{
    (void)first;
    add_flagged_column(fields, "weight", TORPOR_DTYPE_FLOAT32, network->synapses.weight, "nS",
                       TORPOR_FIELD_GIVEN, "by source, then target");
}

static void
add_slot_columns(struct fields *fields, const struct network *network, uint64_t first)
{
    struct torpor_field field = {
        TORPOR_FIELD_INIT,
        .kind = TORPOR_FIELD_VALUE,
        .name = "g_ex",
        .dtype = TORPOR_DTYPE_FLOAT64,
        .rank = 1, /* a value for each neuron */
        .shape = {network->n},
        .unit = "nS",
        .doc = "arriving at each neuron",
    };
    (void)first;
    add_field(fields, &field, network->ring.g_ex);
    field.name = "g_in";
    add_field(fields, &field, network->ring.g_in);
}

static const struct torpor_field interval_members[] = {
    TORPOR_FIELD(struct intervals, n_spikes, NULL, .doc = "since time 0"),
    TORPOR_FIELD_AS("last_spike_step", struct intervals, last_spike, NULL, .doc = "0: none"),
    TORPOR_FIELD(struct intervals, sum, NULL, .doc = "steps"),
    TORPOR_FIELD(struct intervals, square_sum, NULL, .doc = "steps^2"),
};

static const struct torpor_field record_members[] = {
    TORPOR_FIELD(struct spike_record, digest, NULL, .doc = "of all spikes"),
    TORPOR_FIELD(struct spike_record, n_spikes, NULL, .doc = "since time 0"),
};

/* ---- types ---- */

static const struct object_type coba_neuron = {"coba_neuron", .add_columns = add_neuron_columns};
static const struct object_type stdp_synapse = {"stdp_synapse", .add_columns = add_synapse_columns};
static const struct object_type conductance_slot = {
    "conductance_slot",
    .add_columns = add_slot_columns,
};
static const struct object_type spike_intervals = {
    "spike_intervals",
    .members = interval_members,
    .n_members = COUNT(interval_members),
    .object_size = sizeof(struct intervals),
};
static const struct object_type spike_record = {
    "spike_record",
    .members = record_members,
    .n_members = COUNT(record_members),
    .object_size = sizeof(struct spike_record),
};

static struct fields
list_fields(const struct state *state, const struct object_type *type, uint64_t first)
{
    struct fields fields = {.omitted = state->omitted};
    if (type->add_columns)
        type->add_columns(&fields, state->simulation->network, first);
    for (uint32_t i = 0; i < type->n_members; i++)
        add_field(&fields, &type->members[i], NULL);
    return fields;
}

static int32_t
declare(const struct state *state, const struct object_type *object_type, struct torpor *torpor,
        struct torpor_error *error)
{
    const struct fields fields = list_fields(state, object_type, 0);
    const struct torpor_type type = {
        TORPOR_TYPE_INIT,
        .version = 1, /* raise it when fields change, and declare a migration */
        .name = object_type->name,
        .fields = fields.list,
        .n_fields = fields.n,
        .object_size = object_type->object_size,
    };
    return fields.n > 0 ? torpor_declare_type(torpor, &type, error) : TORPOR_STATUS_OK;
}

int32_t
state_declare(const struct state *state, struct torpor *torpor, struct torpor_error *error)
{
    const struct object_type *const types[] = {&coba_neuron, &stdp_synapse, &conductance_slot,
                                               &spike_intervals, &spike_record};
    int32_t status = TORPOR_STATUS_OK;
    for (size_t i = 0; i < COUNT(types) && status == TORPOR_STATUS_OK; i++)
        status = declare(state, types[i], torpor, error);
    return status;
}

/* ---- where all is now ---- */

static void
add_population(const struct state *state, const struct objects *objects,
               const struct torpor_description *description)
{
    const struct fields fields = list_fields(state, objects->type, objects->first);
    struct torpor_population population = {
        TORPOR_POPULATION_INIT,
        .path = objects->path,
        .type = objects->type->name,
        .count = objects->count,
    };
    if (objects->structs) {
        population.layout = TORPOR_LAYOUT_CONTIGUOUS;
        population.base = objects->structs;
        population.stride = objects->type->object_size;
    } else {
        population.layout = TORPOR_LAYOUT_COLUMNS;
        population.columns = fields.columns;
        population.n_columns = fields.n;
    }
    if (objects->count > 0 && fields.n > 0)
        description->add_population(description->data, &population);
}

static int32_t
add_generator(const struct torpor_description *description, const char *path,
              struct philox *generator)
{
    const struct torpor_generator described = {
        TORPOR_GENERATOR_INIT,
        .path = path,
        .algorithm = PHILOX_ALGORITHM,
        .state = {.data = generator,
                  .dtype = TORPOR_DTYPE_UINT32,
                  .rank = 1,
                  .shape = {sizeof *generator / sizeof(uint32_t)}},
    };
    return description->add_generator(description->data, &described);
}

int32_t
state_describe(const struct state *state, const struct torpor_description *description)
{
    struct simulation *simulation = state->simulation;
    struct network *network = simulation->network;
    /* A ring of one slot is empty between two steps. */
    uint64_t n_slots = network->ring.n_slots > 1 ? network->ring.n_slots : 0;
    const struct objects objects[] = {
        {"neurons/excitatory", &coba_neuron, 0, network->n_ex, NULL},
        {"neurons/inhibitory", &coba_neuron, network->n_ex, network->n - network->n_ex, NULL},
        {"synapses/excitatory", &stdp_synapse, 0, network->synapses.n_plastic, NULL},
        {"in_flight", &conductance_slot, 0, n_slots, NULL},
        {"intervals", &spike_intervals, 0, network->n, network->intervals},
        {"record", &spike_record, 0, 1, &simulation->spikes.record},
    };
    for (size_t i = 0; i < COUNT(objects); i++)
        add_population(state, &objects[i], description);
    add_generator(description, "poisson/stimulus", &network->stimulus_generator);
    return add_generator(description, "poisson/background", &network->background_generator);
}
