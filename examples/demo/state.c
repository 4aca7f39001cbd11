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
    uint64_t revisions[MAX_FIELDS];
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

/* No step changes a parameter, so all of its values are of one revision. */
static void
add_field(struct fields *fields, const struct torpor_field *field, void *column)
{
    const uint32_t is_fixed = field->flags & (TORPOR_FIELD_PARAMETER | TORPOR_FIELD_CONSTANT);
    if (fields->omitted && strcmp(field->name, fields->omitted) == 0)
        return;
    fields->list[fields->n] = *field;
    fields->columns[fields->n].data = column;
    fields->revisions[fields->n] = is_fixed ? 1 : 0;
    fields->n++;
}

/* A column whose values lie `stride` bytes apart. */
static void
spread_last(struct fields *fields, uint64_t stride)
{
    if (fields->n > 0)
        fields->columns[fields->n - 1].stride = stride;
}

/* On several ranks objects have a key, so that they can go on on any number of ranks. column: of
 * them; NULL: an accessor has them. */
#define KEY "index"

static void
add_key(struct fields *fields, const struct network *network,
        const struct torpor_accessor *accessor, uint32_t rank, uint32_t *column)
{
    const struct torpor_field field = TORPOR_FIELD_COLUMN(
        KEY, column, NULL, .flags = TORPOR_FIELD_CONSTANT, .rank = rank, .shape = {network->own.n},
        .accessor = accessor, .doc = "among those of all ranks");
    if (network_has_ranks(network))
        add_field(fields, &field, column);
}

static void
add_neuron_columns(struct fields *fields, const struct network *network, uint64_t first)
{
    const struct neurons *neurons = &network->neurons;
    add_key(fields, network, NULL, 0, network->own.index ? network->own.index + first : NULL);
#define ADD(field_name, member, ...)                                                               \
    add_field(                                                                                     \
        fields,                                                                                    \
        &(const struct torpor_field)TORPOR_FIELD_COLUMN(field_name, neurons->member, __VA_ARGS__), \
        neurons->member + first)
    ADD("V_m", V_m, "mV", .doc = "membrane potential");
    ADD("g_ex", g_ex, "nS", .doc = "excitatory conductance");
    ADD("g_in", g_in, "nS", .doc = "inhibitory conductance");
    ADD("I_e", I_e, "pA", .flags = TORPOR_FIELD_PARAMETER | TORPOR_FIELD_OPTIONAL,
        .doc = "current from outside"); /* files of Torpor 0.1 lack it */
    ADD("refractory_steps", refractory, NULL, .doc = "left until excitable");
    /* Bytes that are 0 or 1 are a bool by decision only. */
    add_field(fields,
              &(const struct torpor_field){TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE,
                                           .name = "spike", .dtype = TORPOR_DTYPE_BOOL,
                                           .doc = "in the last step, not delivered yet"},
              neurons->spike + first);
    if (!network->options.stdp)
        return;
    /* It has the neurons of all ranks; own ones lie apart. */
    const struct torpor_field trace_pre =
        TORPOR_FIELD_COLUMN("trace_pre", neurons->trace_pre, NULL, .doc = "of spikes, for STDP");
    uint32_t n_before = fields->n;
    add_field(fields, &trace_pre, neurons->trace_pre + network_neuron(network, (uint32_t)first));
    if (fields->n > n_before && network_has_ranks(network))
        spread_last(fields, network->own.stride * sizeof(double));
    ADD("trace_post", trace_post, NULL, .doc = "of spikes, for STDP");
#undef ADD
}

static void
add_synapse_columns(struct fields *fields, const struct network *network, uint64_t first)
{
    const struct torpor_field field =
        TORPOR_FIELD_COLUMN("weight", network->synapses.weight, "nS", .flags = TORPOR_FIELD_GIVEN,
                            .doc = "by source, then target");
    (void)first;
    add_key(fields, network, NULL, 0, network->synapses.index);
    add_field(fields, &field, network->synapses.weight);
}

/* The neurons of this rank, once for each slot. */
static int32_t
gather_neurons(void *host_data, const struct torpor_population *population,
               const struct torpor_field *field, uint64_t first, uint64_t count, void *column,
               struct torpor_error *error)
{
    const struct network *network = population->population_data;
    uint32_t *out = column;
    (void)host_data, (void)field, (void)first, (void)error;
    for (uint64_t slot = 0; slot < count; slot++)
        for (uint32_t i = 0; i < network->own.n; i++)
            *out++ = network_neuron(network, i);
    return TORPOR_STATUS_OK;
}

static const struct torpor_accessor neuron_accessor = {TORPOR_ACCESSOR_INIT,
                                                       .gather = gather_neurons};

/* The neuron of each object. */
static int32_t
gather_own_neurons(void *host_data, const struct torpor_population *population,
                   const struct torpor_field *field, uint64_t first, uint64_t count, void *column,
                   struct torpor_error *error)
{
    uint32_t *out = column;
    (void)host_data, (void)field, (void)error;
    for (uint64_t i = 0; i < count; i++)
        out[i] = network_neuron(population->population_data, (uint32_t)(first + i));
    return TORPOR_STATUS_OK;
}

static const struct torpor_accessor own_neuron_accessor = {TORPOR_ACCESSOR_INIT,
                                                           .gather = gather_own_neurons};

static void
add_slot_columns(struct fields *fields, const struct network *network, uint64_t first)
{
    struct torpor_field field =
        TORPOR_FIELD_COLUMN("g_ex", network->ring.g_ex, "nS", .rank = 1, .shape = {network->own.n},
                            .doc = "arriving at each neuron"); /* a value for each neuron */
    (void)first;
    add_key(fields, network, &neuron_accessor, 1, NULL);
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

/* Do objects that are structs lie in columns all the same? Those that need a key do. */
static int
is_spread(const struct state *state, const struct object_type *type)
{
    return type == &spike_intervals && network_has_ranks(state->simulation->network);
}

static struct fields
list_fields(const struct state *state, const struct object_type *type, uint64_t first)
{
    struct fields fields = {.omitted = state->omitted};
    const struct network *network = state->simulation->network;
    if (type->add_columns)
        type->add_columns(&fields, network, first);
    if (is_spread(state, type))
        add_key(&fields, network, &own_neuron_accessor, 0, NULL);
    for (uint32_t i = 0; i < type->n_members; i++) {
        uint32_t n_before = fields.n;
        add_field(&fields, &type->members[i], (char *)network->intervals + type->members[i].offset);
        if (fields.n > n_before)
            spread_last(&fields, type->object_size);
    }
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

/* The record of spikes is the same on all ranks. */
static int
is_keyed(const struct state *state, const struct objects *objects)
{
    return network_has_ranks(state->simulation->network) && objects->type != &spike_record;
}

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
        .key = is_keyed(state, objects) ? KEY : NULL,
        .population_data = state->simulation->network,
        .revisions = fields.revisions,
        .n_revisions = fields.n,
    };
    if (objects->structs && !is_spread(state, objects->type)) {
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
        {"neurons/excitatory", &coba_neuron, 0, network->own.n_ex, NULL},
        {"neurons/inhibitory", &coba_neuron, network->own.n_ex, network->own.n - network->own.n_ex,
         NULL},
        {"synapses/excitatory", &stdp_synapse, 0, network->synapses.n_plastic, NULL},
        {"in_flight", &conductance_slot, 0, network->own.n > 0 ? n_slots : 0, NULL},
        {"intervals", &spike_intervals, 0, network->own.n, network->intervals},
        {"record", &spike_record, 0, 1, &simulation->spikes.record},
    };
    for (size_t i = 0; i < COUNT(objects); i++)
        add_population(state, &objects[i], description);
    add_generator(description, "poisson/stimulus", &network->stimulus_generator);
    return add_generator(description, "poisson/background", &network->background_generator);
}
