/* A host that is a user's script: what users set in every way, and what evolves. */
#ifndef TORPOR_TEST_SCRIPT_H
#define TORPOR_TEST_SCRIPT_H

#include <glib.h>
#include <string.h>

#include "host/catalogue.h"
#include "host/host_table.h"
#include "step_clock.h"

enum { N = 200, N_NODES = 400000 };

typedef struct {
    double V_m;    /* state */
    double I_e;    /* parameter */
    double weight; /* given */
    double tau;    /* constant */
    double cache;  /* hidden */
} Node;

typedef struct {
    guint64 step; /* first: see step_clock.h */
    Node *nodes;
    guint64 n_nodes;
    guint64 n_times[N];
    double times[N * 3];
    guint64 seed;
    guint64 time_of_day;
    double gain;
    gboolean has_extra; /* another population */
    gboolean has_optional;
    guint32 version;
    guint32 seed_flags, time_flags, tree_flags;
    guint n_describes;
    GString *log;
} Script;

/* ---- the host ---- */

static gint32
gather_lengths(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
               G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
               guint64 *lengths, G_GNUC_UNUSED struct torpor_error *error)
{
    memcpy(lengths, ((Script *)host_data)->n_times + first, count * sizeof *lengths);
    return TORPOR_STATUS_OK;
}

static gint32
gather_times(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
             G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
             const guint64 *lengths, void *values, G_GNUC_UNUSED struct torpor_error *error)
{
    double *to = values;
    for (guint64 i = 0; i < count; i++)
        for (guint64 k = 0; k < lengths[i]; k++)
            *to++ = ((Script *)host_data)->times[3 * (first + i) + k];
    return TORPOR_STATUS_OK;
}

static gint32
set_lengths(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
            G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
            const guint64 *lengths, G_GNUC_UNUSED struct torpor_error *error)
{
    memcpy(((Script *)host_data)->n_times + first, lengths, count * sizeof *lengths);
    return TORPOR_STATUS_OK;
}

static gint32
scatter_times(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
              G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
              const guint64 *lengths, const void *values, G_GNUC_UNUSED struct torpor_error *error)
{
    const double *from = values;
    for (guint64 i = 0; i < count; i++)
        for (guint64 k = 0; k < lengths[i]; k++)
            ((Script *)host_data)->times[3 * (first + i) + k] = *from++;
    return TORPOR_STATUS_OK;
}

static const struct torpor_ragged_accessor times_accessor = {
    TORPOR_RAGGED_ACCESSOR_INIT, .lengths = gather_lengths, .gather = gather_times,
    .set_lengths = set_lengths, .scatter = scatter_times};

static gint32
gain_to_state(void *tree_data, const struct torpor_tree_writer *writer,
              G_GNUC_UNUSED struct torpor_error *error)
{
    writer->begin_map(writer->data, "solver");
    writer->put_float(writer->data, "gain", ((Script *)tree_data)->gain);
    return writer->end_map(writer->data);
}

static gint32
gain_from_state(void *tree_data, const struct torpor_tree_reader *reader,
                G_GNUC_UNUSED gint32 mismatch, struct torpor_error *error)
{
    return reader->get_float(reader->data, "solver/gain", &((Script *)tree_data)->gain, error);
}

static gint32
gain_commit(G_GNUC_UNUSED void *tree_data, G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

static gint32
script_describe(void *host_data, const struct torpor_description *description,
                G_GNUC_UNUSED struct torpor_error *error)
{
    Script *script = host_data;
    script->n_describes++;
    const struct torpor_population nodes = {
        TORPOR_POPULATION_INIT,   .path = "nodes/iaf_psc_alpha",      .type = "node",
        .count = script->n_nodes, .layout = TORPOR_LAYOUT_CONTIGUOUS, .base = script->nodes,
        .stride = sizeof(Node)};
    const struct torpor_population extra = {TORPOR_POPULATION_INIT,
                                            .path = "nodes/extra",
                                            .type = "node",
                                            .count = 2,
                                            .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                            .base = script->nodes,
                                            .stride = sizeof(Node)};
    const struct torpor_population trains = {TORPOR_POPULATION_INIT, .path = "trains",
                                             .type = "train", .count = N,
                                             .layout = TORPOR_LAYOUT_ACCESSORS};
    const struct torpor_generator seed = {
        TORPOR_GENERATOR_INIT, .path = "global", .algorithm = "x", .flags = script->seed_flags,
        .state = {.data = &script->seed, .dtype = TORPOR_DTYPE_UINT64}};
    const struct torpor_generator time_of_day = {
        TORPOR_GENERATOR_INIT, .path = "time", .algorithm = "x", .flags = script->time_flags,
        .state = {.data = &script->time_of_day, .dtype = TORPOR_DTYPE_UINT64}};
    const struct torpor_tree tree = {
        TORPOR_TREE_INIT,     .path = "kernel",          .flags = script->tree_flags,
        .tree_data = script,  .to_state = gain_to_state, .from_state = gain_from_state,
        .commit = gain_commit};
    description->add_population(description->data, &nodes);
    description->add_population(description->data, &trains);
    if (script->has_extra)
        description->add_population(description->data, &extra);
    description->add_generator(description->data, &time_of_day);
    description->add_generator(description->data, &seed);
    return description->add_tree(description->data, &tree);
}

static void
script_log(void *host_data, gint32 level, const char *message)
{
    g_string_append_printf(((Script *)host_data)->log, "%d %s\n", level, message);
}

static const struct torpor_host script_host = {
    TORPOR_HOST_INIT, .flags = TORPOR_HOST_CONCURRENT, .name = "script",  .version = "1",
    STEP_CLOCK_SLOTS, .describe = script_describe,     .log = script_log,
};

G_GNUC_UNUSED static void
declare(const Script *script, TorporCatalogue *catalogue)
{
    GError *error = NULL;
    const struct torpor_field fields[] = {
        TORPOR_FIELD(Node, V_m, "mV"),
        TORPOR_FIELD(Node, I_e, "pA", .flags = TORPOR_FIELD_PARAMETER),
        TORPOR_FIELD(Node, weight, "pA", .flags = TORPOR_FIELD_GIVEN),
        TORPOR_FIELD(Node, tau, "ms", .flags = TORPOR_FIELD_CONSTANT),
        TORPOR_FIELD(Node, cache, NULL, .flags = TORPOR_FIELD_HIDDEN),
        TORPOR_FIELD_AS("more", Node, I_e, "pA",
                        .flags = TORPOR_FIELD_PARAMETER | TORPOR_FIELD_OPTIONAL),
    };
    const struct torpor_type node = {TORPOR_TYPE_INIT, .version = script->version, .name = "node",
                                     .fields = fields, .n_fields = script->has_optional ? 6 : 5};
    const struct torpor_field times = {TORPOR_FIELD_INIT,
                                       .kind = TORPOR_FIELD_RAGGED,
                                       .name = "times",
                                       .dtype = TORPOR_DTYPE_FLOAT64,
                                       .unit = "ms",
                                       .flags = TORPOR_FIELD_PARAMETER,
                                       .ragged_accessor = &times_accessor};
    const struct torpor_type train = {TORPOR_TYPE_INIT, .version = 1, .name = "train",
                                      .fields = &times, .n_fields = 1};
    torpor_catalogue_add_type(catalogue, &node, &error);
    g_assert_no_error(error);
    torpor_catalogue_add_type(catalogue, &train, &error);
    g_assert_no_error(error);
}

/* The network as the script builds it, at any time. */
static void
build(Script *script, guint64 n_nodes)
{
    g_free(script->nodes);
    script->n_nodes = n_nodes;
    script->nodes = g_new0(Node, n_nodes);
    for (guint64 i = 0; i < n_nodes; i++)
        script->nodes[i] = (Node){-70, 300 + (double)(i % 3), 20, 10, 0};
    for (guint i = 0; i < N; i++)
        script->n_times[i] = i % 4;
    for (guint i = 0; i < 3 * N; i++)
        script->times[i] = i;
    script->seed = 12345;
    script->time_of_day++; /* never the same */
    script->time_flags = TORPOR_ORIGIN_NONE;
    script->gain = 1.5;
    script->step = 0;
    script->version = 1;
}

#endif
