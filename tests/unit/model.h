/* A small host with every kind of field and layout, for the tests of saving and restoring.
 *
 * Deterministic: two models that have the same state do the same from then on. `fail_at` makes one
 * callback fail, named as in the host's table. */
#ifndef TORPOR_TEST_MODEL_H
#define TORPOR_TEST_MODEL_H

#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "host/catalogue.h"
#include "host/host_table.h"
#include "model_types.h"
#include "scratch.h"

/* ---- the host's table ---- */

static void *
cell_at(void *host_data, G_GNUC_UNUSED const struct torpor_population *population, guint64 index)
{
    Model *model = host_data;
    if (g_strcmp0(model->fail_at, "object_at") == 0 && index == 7)
        return NULL;
    return &model->cells[N_CELLS - 1 - index];
}

static gint32
model_flush(void *output_data, struct torpor_error *error)
{
    Model *model = output_data;
    g_assert_cmpint(fflush(model->spikes), ==, 0);
    return model_fail(model, "flush", error);
}

static gint32
model_rolled_back(void *output_data, guint64 byte_length, struct torpor_error *error)
{
    Model *model = output_data;
    g_assert_cmpint(fseek(model->spikes, (long)byte_length, SEEK_SET), ==, 0);
    return model_fail(model, "rolled_back", error);
}

/* All that is handed over is copied, so it may lie here. */
static gint32
model_describe(void *host_data, const struct torpor_description *description,
               struct torpor_error *error)
{
    Model *model = host_data;
    model->n_descriptions++;
    for (guint i = 0; i < model->n_populations; i++) {
        struct torpor_population population = model->populations[i];
        g_autofree char *path = g_strdup(population.path);
        population.path = path;
        description->add_population(description->data, &population);
        memset(path == NULL ? "" : path, '?', path == NULL ? 0 : strlen(path));
    }
    for (guint i = 0; i < G_N_ELEMENTS(model->generators); i++)
        description->add_generator(description->data, &model->generators[i]);
    if (model->spikes != NULL)
        description->add_output(description->data, &model->output);
    description->add_note(description->data, "model", "a test");
    /* What an earlier call returned is that of the last one, too. */
    gint32 status = description->add_tree(description->data, &model->tree);
    return status != TORPOR_STATUS_OK ? status : model_fail(model, "describe", error);
}

static gint32
model_n_threads(void *host_data, guint32 *out, struct torpor_error *error)
{
    *out = 3;
    return model_fail(host_data, "n_threads", error);
}

static gint32
model_clock(void *host_data, struct torpor_clock *out, struct torpor_error *error)
{
    const Model *model = host_data;
    *out = (struct torpor_clock){TORPOR_CLOCK_INIT, .time = 0.1 * (double)model->step, .unit = "ms",
                                 .step = model->step};
    return model_fail(model, "clock", error);
}

static gint32
model_fingerprint(void *host_data, char *out, guint64 size, guint64 *length,
                  struct torpor_error *error)
{
    const Model *model = host_data;
    *length = g_strlcpy(out, model->fingerprint, size);
    return model_fail(model, "fingerprint", error);
}

static gint32
model_save_begin(void *host_data, struct torpor_error *error)
{
    Model *model = host_data;
    gint32 status = model_fail(model, "save_begin", error);
    model->n_save_begins += status == 0;
    return status;
}

static void
model_save_end(void *host_data)
{
    ((Model *)host_data)->n_save_ends++;
}

static gint32
model_restore_begin(void *host_data, const struct torpor_clock *clock, struct torpor_error *error)
{
    g_assert_cmpstr(clock->unit, ==, "ms");
    return model_fail(host_data, "restore_begin", error);
}

static void
model_restore_abort(void *host_data)
{
    Model *model = host_data;
    g_assert_false(model->has_pending_tree);
    model_drop_pending(model);
    model->n_aborts++;
}

static gint32
model_restore_commit(void *host_data, const struct torpor_clock *clock, struct torpor_error *error)
{
    Model *model = host_data;
    g_assert_false(model->has_pending_tree);
    model->step = clock->step;
    model->n_commits++;
    return model_fail(model, "restore_commit", error);
}

static void
model_post_checkpoint(void *host_data, G_GNUC_UNUSED guint64 step)
{
    ((Model *)host_data)->n_post_checkpoints++;
}

static void
model_log(void *host_data, gint32 level, const char *message)
{
    static GMutex lock; /* the worker of an asynchronous save logs, too */
    Model *model = host_data;
    g_mutex_lock(&lock);
    g_string_append_printf(model->log, "%d %s\n", level, message);
    g_mutex_unlock(&lock);
}

static gint32
model_register_hooks(void *host_data, const struct torpor_hooks *hooks, void *hook_data)
{
    Model *model = host_data;
    model->hooks = hooks;
    model->hook_data = hook_data;
    return TORPOR_STATUS_OK;
}

static const struct torpor_host model_host = {
    TORPOR_HOST_INIT,
    .flags = TORPOR_HOST_CONCURRENT | TORPOR_HOST_FORKABLE,
    .name = "test-model",
    .version = "1",
    .register_hooks = model_register_hooks,
    .clock = model_clock,
    .describe = model_describe,
    .fingerprint = model_fingerprint,
    .n_threads = model_n_threads,
    .save_begin = model_save_begin,
    .save_end = model_save_end,
    .restore_begin = model_restore_begin,
    .restore_commit = model_restore_commit,
    .restore_abort = model_restore_abort,
    .post_checkpoint = model_post_checkpoint,
    .log = model_log,
};

/* ---- life ---- */

static void
model_list(Model *model)
{
    model->sensor_columns[0] = (struct torpor_column){.data = model->sensor_x};
    model->sensor_columns[1] =
        (struct torpor_column){.data = model->sensor_y, .stride = 2 * sizeof(float)};
    const struct torpor_population populations[] = {
        {TORPOR_POPULATION_INIT, .path = "neurons", .type = "neuron", .count = N_NEURONS,
         .layout = TORPOR_LAYOUT_CONTIGUOUS, .base = model->neurons, .stride = sizeof(Neuron)},
        {TORPOR_POPULATION_INIT, .path = "synapses/static", .type = "synapse", .count = N_SYNAPSES,
         .layout = TORPOR_LAYOUT_POINTERS, .objects = (void *const *)model->synapses},
        {TORPOR_POPULATION_INIT, .path = "synapses/cells", .type = "compartment", .count = N_CELLS,
         .layout = TORPOR_LAYOUT_CALLBACK, .object_at = cell_at},
        {TORPOR_POPULATION_INIT, .path = "sensors", .type = "sensor", .count = N_SENSORS,
         .layout = TORPOR_LAYOUT_COLUMNS, .columns = model->sensor_columns,
         .n_columns = G_N_ELEMENTS(model->sensor_columns)},
        {TORPOR_POPULATION_INIT, .path = "rates", .type = "rate", .count = N_RATES,
         .layout = TORPOR_LAYOUT_ACCESSORS},
        {TORPOR_POPULATION_INIT, .path = "trains", .type = "train", .count = N_NEURONS,
         .layout = TORPOR_LAYOUT_ACCESSORS},
    };
    memcpy(model->populations, populations, sizeof populations);
    model->n_populations = G_N_ELEMENTS(populations);
    model->tree = (struct torpor_tree){TORPOR_TREE_INIT,
                                       .path = "kernel/main",
                                       .tree_data = model,
                                       .to_state = kernel_to_state,
                                       .from_state = kernel_from_state,
                                       .commit = kernel_commit,
                                       .abort = kernel_abort};
    model->generators[0] = (struct torpor_generator){
        TORPOR_GENERATOR_INIT, .path = "thread/0", .algorithm = "xorshift",
        .state = {.data = model->generator, .dtype = TORPOR_DTYPE_UINT64, .rank = 1, .shape = {4}}};
    model->generators[1] =
        (struct torpor_generator){TORPOR_GENERATOR_INIT, .path = "thread/1", .algorithm = "lcg",
                                  .state = {.data = model->strided_generator,
                                            .dtype = TORPOR_DTYPE_UINT32,
                                            .rank = 1,
                                            .shape = {3},
                                            .stride = 2 * sizeof(guint32)}};
    model->output =
        (struct torpor_output){TORPOR_OUTPUT_INIT, .path = model->spikes_path, .output_data = model,
                               .flush = model_flush, .rolled_back = model_rolled_back};
}

/* spikes_path NULL: no output file; `append`: open what is there. */
G_GNUC_UNUSED static Model *
model_new(guint32 seed, const char *spikes_path, gboolean append)
{
    Model *model = g_new0(Model, 1);
    model_draw(model, seed);
    model->fingerprint = "model of the tests";
    model->log = g_string_new(NULL);
    if (spikes_path != NULL) {
        model->spikes_path = g_strdup(spikes_path);
        model->spikes = fopen(spikes_path, append ? "r+" : "w+");
        g_assert_nonnull(model->spikes);
    }
    model_list(model);
    return model;
}

G_GNUC_UNUSED static gint32
model_advance(void *host_data, guint64 n_steps, struct torpor_error *error)
{
    for (guint64 i = 0; i < n_steps; i++)
        model_step(host_data);
    return error == NULL ? TORPOR_STATUS_OK : model_fail(host_data, "advance", error);
}

/* The types, declared. */
G_GNUC_UNUSED static TorporCatalogue *
model_catalogue(void)
{
    TorporCatalogue *catalogue = torpor_catalogue_new();
    GError *error = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(model_types); i++) {
        torpor_catalogue_add_type(catalogue, model_types[i], &error);
        g_assert_no_error(error);
    }
    return catalogue;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Model, model_free)

/* A folder of its own, removed with all that is in it. */
G_GNUC_UNUSED static char *
model_folder_new(void)
{
    return g_dir_make_tmp("torpor-test-XXXXXX", NULL);
}

G_GNUC_UNUSED static void
model_folder_remove(const char *folder)
{
    g_assert_true(scratch_remove(folder));
}

#endif
