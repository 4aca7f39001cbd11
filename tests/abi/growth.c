/* A host that uses every struct which may grow. Built twice, with the headers as they are and with
 * those of a later minor (grow.py); opens plugins that were built with the others.
 * argv[1]: a plugin. */
#include <torpor/loader.h>

#include "../unit/model_types.h"
#include "../unit/scratch.h"

/* What an older plugin must not look at. */
#ifdef GROWN
#define SPOIL(object) memset((object).appended, 0xee, sizeof(object).appended)
#else
#define SPOIL(object) (void)(object)
#endif

static const char *plugin_path;
static const char *fingerprint = "grown or not";

/* ---- the host ---- */

static gint32
tell_clock(void *host_data, struct torpor_clock *out, struct torpor_error *error)
{
    const Model *model = host_data;
    *out = (struct torpor_clock){TORPOR_CLOCK_INIT, .time = 0.1 * (double)model->step, .unit = "ms",
                                 .step = model->step};
    return model_fail(model, "clock", error);
}

static gint32
tell_fingerprint(void *host_data, char *out, guint64 size, guint64 *length,
                 struct torpor_error *error)
{
    *length = g_strlcpy(out, fingerprint, size);
    return model_fail(host_data, "fingerprint", error);
}

static gint32
flush(void *output_data, G_GNUC_UNUSED struct torpor_error *error)
{
    return fflush(((Model *)output_data)->spikes) == 0 ? TORPOR_STATUS_OK : TORPOR_STATUS_IO;
}

static gint32
rolled_back(void *output_data, guint64 byte_length, G_GNUC_UNUSED struct torpor_error *error)
{
    Model *model = output_data;
    return fseek(model->spikes, (long)byte_length, SEEK_SET) == 0 ? TORPOR_STATUS_OK
                                                                  : TORPOR_STATUS_IO;
}

static void
add_population(const struct torpor_description *description, struct torpor_population population)
{
    SPOIL(population);
    g_assert_cmpint(description->add_population(description->data, &population), ==, 0);
}

static void
add_populations(Model *model, const struct torpor_description *description)
{
    const struct torpor_column columns[] = {{model->sensor_x, 0},
                                            {model->sensor_y, 2 * sizeof(float)}};
    add_population(description, (struct torpor_population){
                                    TORPOR_POPULATION_INIT, .path = "neurons", .type = "neuron",
                                    .count = N_NEURONS, .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                    .base = model->neurons, .stride = sizeof(Neuron)});
    add_population(description, (struct torpor_population){
                                    TORPOR_POPULATION_INIT, .path = "synapses", .type = "synapse",
                                    .count = N_SYNAPSES, .layout = TORPOR_LAYOUT_POINTERS,
                                    .objects = (void *const *)model->synapses});
    add_population(description, (struct torpor_population){
                                    TORPOR_POPULATION_INIT, .path = "cells", .type = "cell",
                                    .count = N_CELLS, .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                    .base = model->cells, .stride = sizeof(Compartment)});
    add_population(description, (struct torpor_population){
                                    TORPOR_POPULATION_INIT, .path = "sensors", .type = "sensor",
                                    .count = N_SENSORS, .layout = TORPOR_LAYOUT_COLUMNS,
                                    .columns = columns, .n_columns = 2});
    add_population(description, (struct torpor_population){TORPOR_POPULATION_INIT, .path = "rates",
                                                           .type = "rate", .count = N_RATES,
                                                           .layout = TORPOR_LAYOUT_ACCESSORS});
    add_population(description, (struct torpor_population){TORPOR_POPULATION_INIT, .path = "trains",
                                                           .type = "train", .count = N_NEURONS,
                                                           .layout = TORPOR_LAYOUT_ACCESSORS});
}

static gint32
describe(void *host_data, const struct torpor_description *description, struct torpor_error *error)
{
    Model *model = host_data;
    struct torpor_tree tree = {TORPOR_TREE_INIT,
                               .path = "kernel",
                               .tree_data = model,
                               .to_state = kernel_to_state,
                               .from_state = kernel_from_state,
                               .commit = kernel_commit,
                               .abort = kernel_abort};
    struct torpor_generator generators[] = {
        {TORPOR_GENERATOR_INIT, .path = "thread/0", .algorithm = "lcg",
         .state =
             {.data = model->generator, .dtype = TORPOR_DTYPE_UINT64, .rank = 1, .shape = {4}}},
        {TORPOR_GENERATOR_INIT, .path = "thread/1", .algorithm = "lcg",
         .state = {.data = model->strided_generator,
                   .dtype = TORPOR_DTYPE_UINT32,
                   .rank = 1,
                   .shape = {6}}},
    };
    struct torpor_output output = {TORPOR_OUTPUT_INIT, .path = "spikes", .output_data = model,
                                   .flush = flush, .rolled_back = rolled_back};
    SPOIL(tree);
    SPOIL(output);
    SPOIL(generators[0]);
    SPOIL(generators[1]);
    add_populations(model, description);
    g_assert_cmpint(description->add_tree(description->data, &tree), ==, 0);
    g_assert_cmpint(description->add_generator(description->data, &generators[0]), ==, 0);
    g_assert_cmpint(description->add_generator(description->data, &generators[1]), ==, 0);
    g_assert_cmpint(description->add_output(description->data, &output), ==, 0);
    g_assert_cmpint(description->add_note(description->data, "kind", "test"), ==, 0);
    return model_fail(model, "describe", error);
}

static gint32
set_clock(void *host_data, const struct torpor_clock *clock,
          G_GNUC_UNUSED struct torpor_error *error)
{
    ((Model *)host_data)->step = clock->step;
    return TORPOR_STATUS_OK;
}

static gint32
advance(void *host_data, guint64 n_steps, G_GNUC_UNUSED struct torpor_error *error)
{
    for (guint64 i = 0; i < n_steps; i++)
        model_step(host_data);
    return TORPOR_STATUS_OK;
}

/* ---- a codec, and a migration that leads on from version 1 of a type ---- */

static double pending_Ca[N_CELLS];

static gint32
cells_to_state(G_GNUC_UNUSED void *codec_data, G_GNUC_UNUSED void *host_data,
               const struct torpor_population *population, const struct torpor_tree_writer *writer,
               G_GNUC_UNUSED struct torpor_error *error)
{
    const Compartment *cells = population->base;
    double Ca[N_CELLS], gates[2 * N_CELLS];
    for (guint i = 0; i < N_CELLS; i++) {
        Ca[i] = cells[i].Ca;
        gates[2 * i] = (double)cells[i].gates[0];
        gates[2 * i + 1] = (double)cells[i].gates[1];
    }
    const struct torpor_array array = {
        .data = Ca, .dtype = TORPOR_DTYPE_FLOAT64, .rank = 1, .shape = {N_CELLS}};
    const struct torpor_array all = {
        .data = gates, .dtype = TORPOR_DTYPE_FLOAT64, .rank = 1, .shape = {2 * N_CELLS}};
    writer->put_array(writer->data, "gates", &all);
    return writer->put_array(writer->data, "Ca", &array);
}

static double pending_gates[2 * N_CELLS];

static gint32
cells_from_state(G_GNUC_UNUSED void *codec_data, G_GNUC_UNUSED void *host_data,
                 G_GNUC_UNUSED const struct torpor_population *population,
                 const struct torpor_tree_reader *reader, G_GNUC_UNUSED gint32 mismatch,
                 struct torpor_error *error)
{
    const struct torpor_array array = {
        .data = pending_Ca, .dtype = TORPOR_DTYPE_FLOAT64, .rank = 1, .shape = {N_CELLS}};
    const struct torpor_array all = {
        .data = pending_gates, .dtype = TORPOR_DTYPE_FLOAT64, .rank = 1, .shape = {2 * N_CELLS}};
    gint32 status = reader->read_array(reader->data, "Ca", &array, error);
    return status != 0 ? status : reader->read_array(reader->data, "gates", &all, error);
}

static gint32
cells_commit(G_GNUC_UNUSED void *codec_data, G_GNUC_UNUSED void *host_data,
             const struct torpor_population *population, G_GNUC_UNUSED struct torpor_error *error)
{
    Compartment *cells = population->base;
    for (guint i = 0; i < N_CELLS; i++)
        cells[i] = (Compartment){pending_Ca[i],
                                 {(float)pending_gates[2 * i], (float)pending_gates[2 * i + 1]}};
    return TORPOR_STATUS_OK;
}

static gint32
rename_rate(G_GNUC_UNUSED void *migration_data, G_GNUC_UNUSED const char *path,
            G_GNUC_UNUSED guint64 count, const struct torpor_tree_reader *from,
            const struct torpor_tree_writer *to, G_GNUC_UNUSED struct torpor_error *error)
{
    return to->copy(to->data, "frequency", from->data, "rate");
}

/* ---- a session ---- */

static void
expect_ok(gint32 status, const struct torpor_error *error)
{
    if (status != TORPOR_STATUS_OK)
        g_error("status %d: %s", status, error->message);
}

static void
declare(struct torpor *torpor, struct torpor_type type)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    SPOIL(type);
    expect_ok(torpor_declare_type(torpor, &type, &error), &error);
}

/* rate_version 2: its field has another name, and a migration leads there. */
static void
declare_all(struct torpor *torpor, guint32 rate_version)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor_type cell = {TORPOR_TYPE_INIT, .version = 1, .name = "cell"};
    struct torpor_codec codec = {TORPOR_CODEC_INIT, .type = "cell", .to_state = cells_to_state,
                                 .from_state = cells_from_state, .commit = cells_commit};
    struct torpor_migration migration = {TORPOR_MIGRATION_INIT, .type = "rate", .from_version = 1,
                                         .to_version = 2, .migrate = rename_rate};
    struct torpor_field frequency = rate_fields[0];
    struct torpor_accessor accessor = rate_accessor;
    struct torpor_type rate = rate_type;
    SPOIL(codec);
    SPOIL(migration);
    SPOIL(frequency);
    SPOIL(accessor);
    frequency.accessor = &accessor;
    rate.fields = &frequency;
    rate.version = rate_version;
    if (rate_version == 2)
        frequency.name = "frequency";
    for (gsize i = 0; i < G_N_ELEMENTS(model_types); i++)
        declare(torpor, model_types[i] == &rate_type ? rate : *model_types[i]);
    declare(torpor, cell);
    expect_ok(torpor_declare_codec(torpor, &codec, &error), &error);
    if (rate_version == 2)
        expect_ok(torpor_declare_migration(torpor, &migration, &error), &error);
}

static struct torpor *
open_session(Model *model, guint32 rate_version)
{
    const char *const options[] = {"dir=ckpt", "fsync=no", "every=1 ms"};
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor_collective single = {TORPOR_COLLECTIVE_INIT, .n_ranks = 1};
    struct torpor_host host = {TORPOR_HOST_INIT,      .name = "growth",
                               .version = "1",        .clock = tell_clock,
                               .describe = describe,  .fingerprint = tell_fingerprint,
                               .collective = &single, .restore_commit = set_clock};
    SPOIL(single);
    SPOIL(host);
    struct torpor *torpor = torpor_open_file(plugin_path, &host, model, options, 3, &error);
    expect_ok(torpor == NULL ? error.status : TORPOR_STATUS_OK, &error);
    declare_all(torpor, rate_version);
    return torpor;
}

static gint32
look(void *look_data, const struct torpor_glimpse *glimpse, struct torpor_error *error)
{
    gint64 mode = 0;
    g_assert_true(TORPOR_HAS(glimpse, struct torpor_glimpse, reader));
    g_assert_cmpuint(glimpse->clock->step, ==, 10);
    expect_ok(glimpse->reader->get_int(glimpse->reader->data, "trees/kernel/mode", &mode, error),
              error);
    *(gint64 *)look_data = mode;
    return TORPOR_STATUS_OK;
}

static void
test_round_trip(void)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    Model *model = g_new0(Model, 1);
    model_draw(model, 1);
    model->log = g_string_new(NULL);
    model->spikes = fopen("spikes", "w+");
    struct torpor *torpor = open_session(model, 1);
    gint32 resumed = 1, found = 0;
    expect_ok(torpor_restore(torpor, NULL, &resumed, &error), &error);
    g_assert_cmpint(resumed, ==, 0);
    for (guint i = 0; i < 12; i++) {
        model_step(model);
        g_assert_cmpint(torpor_step(torpor, model->step, 0.1 * (double)model->step), ==,
                        TORPOR_GO_ON);
    }
    g_autofree char *later = model_digest(model);
    struct torpor_outcome outcome = {TORPOR_OUTCOME_INIT};
    SPOIL(outcome);
    expect_ok(torpor_wait(torpor, &outcome, &error), &error);
    g_assert_cmpuint(outcome.step, ==, 10);
    g_assert_true(g_str_has_suffix(outcome.path, "ckpt-0000000000000010.msgpack"));
    gint64 mode = 0;
    expect_ok(torpor_peek(torpor, NULL, look, &mode, &found, &error), &error);
    g_assert_cmpint(found, ==, 1);
    g_assert_cmpint(mode, ==, 3); /* begun at -7 */
    expect_ok(torpor_host_selfcheck(torpor, advance, 3, &error), &error);
    g_assert_cmpint(torpor_close(torpor, &error), ==, TORPOR_STATUS_OK);

    for (guint32 rate_version = 1; rate_version <= 2; rate_version++) {
        torpor = open_session(model, rate_version);
        expect_ok(torpor_restore(torpor, NULL, &resumed, &error), &error);
        g_assert_cmpint(resumed, ==, 1);
        g_assert_cmpuint(model->step, ==, 10);
        g_assert_cmpint(strstr(torpor_report(torpor), "migrated from version 1") != NULL, ==,
                        rate_version == 2);
        advance(model, 2, &error);
        g_autofree char *again = model_digest(model);
        g_assert_cmpstr(later, ==, again);
        expect_ok(torpor_close(torpor, &error), &error);
    }
    model_free(model);
}

static void
test_errors(void)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    Model *model = g_new0(Model, 1);
    model->log = g_string_new(NULL);
    model_draw(model, 1);
    struct torpor *torpor = open_session(model, 1);
    SPOIL(error);
    model->fail_at = "describe";
    g_assert_cmpint(torpor_save(torpor, "x.msgpack", &error), ==, TORPOR_STATUS_HOST);
    g_assert_nonnull(strstr(error.message, "the host's describe: asked to fail"));
    g_assert_cmpint(torpor_close(torpor, NULL), ==, TORPOR_STATUS_OK);
    model_free(model);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    plugin_path = argv[1];
    g_test_add_func("/growth/round-trip", test_round_trip);
    g_test_add_func("/growth/errors", test_errors);
    return scratch_run_tests();
}
