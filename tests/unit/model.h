/* A small host with every kind of field and layout, for the tests of saving and restoring.
 *
 * Deterministic: two models that have the same state do the same from then on. `fail_at` makes one
 * callback fail, named as in the host's table. */
#ifndef TORPOR_TEST_MODEL_H
#define TORPOR_TEST_MODEL_H

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalogue.h"
#include "host_table.h"

#ifndef N_NEURONS /* the golden checkpoints are of a smaller one */
#define N_NEURONS 300u
#define N_SYNAPSES 500u
#define N_SENSORS 70u
#define N_CELLS 40u
#define N_RATES 90u
#endif
#define N_WINDOW 5u

typedef struct {
    double Ca;
    float gates[2];
} Compartment;

typedef struct _Neuron Neuron;
struct _Neuron {
    double V_m;
    float g[3];
    guint8 is_refractory;
    Compartment compartments[2];
    Neuron *nearest; /* NULL for some */
    double tau;      /* constant */
    guint32 n_spikes;
    guint32 left_out; /* changes; a field covers it only where is_left_out is not set */
};

typedef struct {
    double weight;
    guint64 target;
    double same; /* in all of them */
} Synapse;

typedef struct {
    guint64 n;
    double *times;
} Train;

typedef struct {
    /* State. */
    Neuron neurons[N_NEURONS];
    Synapse *synapses[N_SYNAPSES];
    double sensor_x[N_SENSORS];
    float sensor_y[2 * N_SENSORS]; /* every second is used */
    Compartment cells[N_CELLS];
    double rates[N_RATES];
    Train trains[N_NEURONS];
    guint64 generator[4];
    guint32 strided_generator[6]; /* every second is used */
    double kernel_gain;
    gint64 kernel_mode;
    char kernel_text[16];
    float kernel_window[N_WINDOW];
    guint64 step;
    FILE *spikes;
    /* Not state. */
    char *spikes_path;
    const char *fail_at;
    Train pending_trains[N_NEURONS];
    double pending_gain;
    gint64 pending_mode;
    char pending_text[16];
    float pending_window[N_WINDOW];
    gboolean has_pending_tree;
    guint n_aborts, n_commits, n_post_checkpoints, n_save_begins, n_save_ends;
    guint32 type_version;
    const char *fingerprint;
    const struct torpor_hooks *hooks;
    void *hook_data;
    struct torpor_population populations[6];
    struct torpor_column sensor_columns[2];
    struct torpor_tree tree;
    struct torpor_generator generators[2];
    struct torpor_output output;
    struct torpor_note note;
    guint n_populations;
    GString *log;
} Model;

static gint32
model_fail(const Model *model, const char *where, struct torpor_error *error)
{
    if (g_strcmp0(model->fail_at, where) != 0)
        return TORPOR_STATUS_OK;
    g_strlcpy(error->message, "asked to fail", sizeof error->message);
    error->status = TORPOR_STATUS_HOST;
    return TORPOR_STATUS_HOST;
}

/* ---- accessors ---- */

static gint32
rate_gather(void *host_data, const struct torpor_population *population,
            G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
            void *column, struct torpor_error *error)
{
    const Model *model = host_data;
    g_assert_cmpstr(population->path, ==, "rates");
    g_assert_cmpuint((gsize)column % 8, ==, 0);
    memcpy(column, model->rates + first, count * sizeof(double));
    return model_fail(model, "gather", error);
}

static gint32
rate_check(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
           G_GNUC_UNUSED const struct torpor_field *field, G_GNUC_UNUSED guint64 first,
           G_GNUC_UNUSED guint64 count, G_GNUC_UNUSED const void *column,
           struct torpor_error *error)
{
    return model_fail(host_data, "check", error);
}

static void
rate_scatter(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
             G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
             const void *column)
{
    Model *model = host_data;
    memcpy(model->rates + first, column, count * sizeof(double));
}

static gint32
train_lengths(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
              G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
              guint64 *lengths, struct torpor_error *error)
{
    const Model *model = host_data;
    for (guint64 i = 0; i < count; i++)
        lengths[i] = model->trains[first + i].n;
    return model_fail(model, "lengths", error);
}

static gint32
train_gather(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
             G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
             const guint64 *lengths, void *values, struct torpor_error *error)
{
    const Model *model = host_data;
    double *to = values;
    for (guint64 i = 0; i < count; i++) {
        g_assert_cmpuint(lengths[i], ==, model->trains[first + i].n);
        if (lengths[i] > 0)
            memcpy(to, model->trains[first + i].times, lengths[i] * sizeof *to);
        to += lengths[i];
    }
    return model_fail(model, "gather_ragged", error);
}

static gint32
train_set_lengths(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
                  G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
                  const guint64 *lengths, struct torpor_error *error)
{
    Model *model = host_data;
    for (guint64 i = 0; i < count; i++) {
        g_free(model->pending_trains[first + i].times);
        model->pending_trains[first + i] = (Train){lengths[i], g_new0(double, lengths[i])};
    }
    return model_fail(model, "set_lengths", error);
}

static void
train_scatter(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
              G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
              const guint64 *lengths, const void *values)
{
    Model *model = host_data;
    const double *from = values;
    for (guint64 i = 0; i < count; i++) {
        Train *pending = &model->pending_trains[first + i];
        g_assert_cmpuint(pending->n, ==, lengths[i]);
        if (lengths[i] > 0)
            memcpy(pending->times, from, lengths[i] * sizeof *from);
        from += lengths[i];
        g_free(model->trains[first + i].times);
        model->trains[first + i] = *pending;
        *pending = (Train){0};
    }
}

static const struct torpor_accessor rate_accessor = {.struct_size = sizeof rate_accessor,
                                                     .gather = rate_gather,
                                                     .check = rate_check,
                                                     .scatter = rate_scatter};
static const struct torpor_accessor train_accessor = {.struct_size = sizeof train_accessor,
                                                      .lengths = train_lengths,
                                                      .gather_ragged = train_gather,
                                                      .set_lengths = train_set_lengths,
                                                      .scatter_ragged = train_scatter};

/* ---- types ---- */

static const struct torpor_field compartment_fields[] = {
    {.name = "Ca",
     .unit = "mM",
     .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE,
     .offset = offsetof(Compartment, Ca)},
    {.name = "gates",
     .dtype = TORPOR_DTYPE_FLOAT32,
     .kind = TORPOR_FIELD_VALUE,
     .rank = 1,
     .shape = {2},
     .offset = offsetof(Compartment, gates)},
};
static const struct torpor_field neuron_fields[] = {
    {.name = "V_m",
     .unit = "mV",
     .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE,
     .offset = offsetof(Neuron, V_m)},
    {.name = "g",
     .unit = "nS",
     .dtype = TORPOR_DTYPE_FLOAT32,
     .kind = TORPOR_FIELD_VALUE,
     .rank = 1,
     .shape = {3},
     .offset = offsetof(Neuron, g)},
    {.name = "is_refractory",
     .dtype = TORPOR_DTYPE_BOOL,
     .kind = TORPOR_FIELD_VALUE,
     .offset = offsetof(Neuron, is_refractory)},
    {.name = "compartments",
     .kind = TORPOR_FIELD_NESTED,
     .rank = 1,
     .shape = {2},
     .offset = offsetof(Neuron, compartments),
     .target = "compartment"},
    {.name = "nearest",
     .dtype = TORPOR_DTYPE_POINTER,
     .kind = TORPOR_FIELD_REFERENCE,
     .offset = offsetof(Neuron, nearest),
     .target = "neurons"},
    {.name = "tau",
     .unit = "ms",
     .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE,
     .flags = TORPOR_FIELD_CONSTANT,
     .offset = offsetof(Neuron, tau)},
    {.name = "n_spikes",
     .dtype = TORPOR_DTYPE_UINT32,
     .kind = TORPOR_FIELD_VALUE,
     .flags = TORPOR_FIELD_HIDDEN,
     .offset = offsetof(Neuron, n_spikes)},
    {.name = "left_out",
     .dtype = TORPOR_DTYPE_UINT32,
     .kind = TORPOR_FIELD_VALUE,
     .offset = offsetof(Neuron, left_out)},
};
static const struct torpor_field synapse_fields[] = {
    {.name = "weight",
     .unit = "nS",
     .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE,
     .offset = offsetof(Synapse, weight)},
    {.name = "target",
     .dtype = TORPOR_DTYPE_UINT64,
     .kind = TORPOR_FIELD_REFERENCE,
     .offset = offsetof(Synapse, target),
     .target = "neurons"},
    {.name = "same",
     .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE,
     .offset = offsetof(Synapse, same)},
};
static const struct torpor_field sensor_fields[] = {
    {.name = "x", .dtype = TORPOR_DTYPE_FLOAT64, .kind = TORPOR_FIELD_VALUE},
    {.name = "y", .dtype = TORPOR_DTYPE_FLOAT32, .kind = TORPOR_FIELD_VALUE},
};
static const struct torpor_field rate_fields[] = {
    {.name = "rate",
     .unit = "spikes/s",
     .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE,
     .accessor = &rate_accessor},
};
static const struct torpor_field train_fields[] = {
    {.name = "times",
     .unit = "ms",
     .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_RAGGED,
     .accessor = &train_accessor},
};

#define MODEL_TYPE(identifier, object, size)                                                       \
    static const struct torpor_type identifier##_type = {                                          \
        .struct_size = sizeof(struct torpor_type),                                                 \
        .version = 1,                                                                              \
        .name = #identifier,                                                                       \
        .fields = identifier##_fields,                                                             \
        .n_fields = G_N_ELEMENTS(identifier##_fields),                                             \
        .field_size = sizeof(struct torpor_field),                                                 \
        .object_size = size}
MODEL_TYPE(compartment, Compartment, sizeof(Compartment));
MODEL_TYPE(neuron, Neuron, sizeof(Neuron));
MODEL_TYPE(synapse, Synapse, sizeof(Synapse));
MODEL_TYPE(sensor, Sensor, 0);
MODEL_TYPE(rate, Rate, 0);
MODEL_TYPE(train, Train, 0);

static const struct torpor_type *const model_types[] = {
    &compartment_type, &neuron_type, &synapse_type, &sensor_type, &rate_type, &train_type};

/* ---- lists ---- */

static void *
cell_at(void *host_data, G_GNUC_UNUSED const struct torpor_population *population, guint64 index)
{
    Model *model = host_data;
    if (g_strcmp0(model->fail_at, "object_at") == 0 && index == 7)
        return NULL;
    return &model->cells[N_CELLS - 1 - index];
}

static gint32
model_populations(void *host_data, const struct torpor_population **out, guint64 *count,
                  guint32 *element_size, struct torpor_error *error)
{
    Model *model = host_data;
    *out = model->populations;
    *count = model->n_populations;
    *element_size = sizeof *model->populations;
    return model_fail(model, "populations", error);
}

static gint32
kernel_to_state(void *tree_data, const struct torpor_tree_writer *writer,
                struct torpor_error *error)
{
    const Model *model = tree_data;
    const struct torpor_view window = {.data = (void *)model->kernel_window,
                                       .unit = "mV",
                                       .dtype = TORPOR_DTYPE_FLOAT32,
                                       .rank = 1,
                                       .shape = {N_WINDOW}};
    writer->put_float(writer->data, "gain", model->kernel_gain);
    writer->put_int(writer->data, "mode", model->kernel_mode);
    writer->begin_map(writer->data, "inner");
    writer->put_text(writer->data, "text", model->kernel_text);
    writer->put_nil(writer->data, "nothing");
    writer->put_bool(writer->data, "yes", 1);
    writer->put_uint(writer->data, "big", G_MAXUINT64);
    writer->put_bytes(writer->data, "bytes", "a\0b", 3);
    writer->end_map(writer->data);
    writer->put_view(writer->data, "window", &window);
    return model_fail(model, "to_state", error);
}

static gint32
kernel_from_state(void *tree_data, const struct torpor_tree_reader *reader,
                  G_GNUC_UNUSED gint32 mismatch, struct torpor_error *error)
{
    Model *model = tree_data;
    const struct torpor_view window = {.data = model->pending_window,
                                       .unit = "mV",
                                       .dtype = TORPOR_DTYPE_FLOAT32,
                                       .rank = 1,
                                       .shape = {N_WINDOW}};
    const char *text = NULL;
    const void *bytes = NULL;
    guint64 length = 0, big = 0, n_keys = 0;
    gint32 yes = 0, status = reader->get_float(reader->data, "gain", &model->pending_gain, error);
    if (status == 0)
        status = reader->get_int(reader->data, "mode", &model->pending_mode, error);
    if (status == 0)
        status = reader->get_text(reader->data, "inner/text", &text, error);
    if (status == 0)
        status = reader->get_bytes(reader->data, "inner/bytes", &bytes, &length, error);
    if (status == 0)
        status = reader->get_bool(reader->data, "inner/yes", &yes, error);
    if (status == 0)
        status = reader->get_uint(reader->data, "inner/big", &big, error);
    if (status == 0)
        status = reader->n_keys(reader->data, "inner", &n_keys, error);
    if (status == 0)
        status = reader->read_view(reader->data, "window", &window, error);
    if (status != 0)
        return status;
    gboolean is_known = length == 3 && memcmp(bytes, "a\0b", 3) == 0 && yes == 1 && n_keys == 5;
    if (!is_known || big != G_MAXUINT64 || strlen(text) >= sizeof model->pending_text) {
        g_strlcpy(error->message, "what the kernel saves always has changed",
                  sizeof error->message);
        return TORPOR_STATUS_MISMATCH;
    }
    g_strlcpy(model->pending_text, text, sizeof model->pending_text);
    gint32 failed = model_fail(model, "from_state", error);
    model->has_pending_tree = failed == TORPOR_STATUS_OK; /* what failed is not aborted */
    return failed;
}

static void
kernel_commit(void *tree_data)
{
    Model *model = tree_data;
    g_assert_true(model->has_pending_tree);
    model->has_pending_tree = FALSE;
    model->kernel_gain = model->pending_gain;
    model->kernel_mode = model->pending_mode;
    memcpy(model->kernel_text, model->pending_text, sizeof model->kernel_text);
    memcpy(model->kernel_window, model->pending_window, sizeof model->kernel_window);
}

static void
kernel_abort(void *tree_data)
{
    Model *model = tree_data;
    g_assert_true(model->has_pending_tree);
    model->has_pending_tree = FALSE;
}

static gint32
model_trees(void *host_data, const struct torpor_tree **out, guint64 *count, guint32 *element_size,
            struct torpor_error *error)
{
    Model *model = host_data;
    *out = &model->tree;
    *count = 1;
    *element_size = sizeof model->tree;
    return model_fail(model, "trees", error);
}

static gint32
model_generators(void *host_data, const struct torpor_generator **out, guint64 *count,
                 guint32 *element_size, struct torpor_error *error)
{
    Model *model = host_data;
    *out = model->generators;
    *count = 2;
    *element_size = sizeof *model->generators;
    return model_fail(model, "generators", error);
}

static gint32
model_flush(void *output_data, struct torpor_error *error)
{
    Model *model = output_data;
    g_assert_cmpint(fflush(model->spikes), ==, 0);
    return model_fail(model, "flush", error);
}

static void
model_rolled_back(void *output_data, guint64 byte_length)
{
    Model *model = output_data;
    g_assert_cmpint(fseek(model->spikes, (long)byte_length, SEEK_SET), ==, 0);
}

static gint32
model_outputs(void *host_data, const struct torpor_output **out, guint64 *count,
              guint32 *element_size, struct torpor_error *error)
{
    Model *model = host_data;
    *out = &model->output;
    *count = model->spikes != NULL;
    *element_size = sizeof model->output;
    return model_fail(model, "outputs", error);
}

static gint32
model_provenance(void *host_data, const struct torpor_note **out, guint64 *count,
                 guint32 *element_size, struct torpor_error *error)
{
    Model *model = host_data;
    model->note = (struct torpor_note){"model", "a test"};
    *out = &model->note;
    *count = 1;
    *element_size = sizeof model->note;
    return model_fail(model, "provenance", error);
}

static gint32
model_clock(void *host_data, struct torpor_clock *out, struct torpor_error *error)
{
    const Model *model = host_data;
    *out = (struct torpor_clock){.struct_size = sizeof *out,
                                 .time = 0.1 * (double)model->step,
                                 .unit = "ms",
                                 .step = model->step};
    return model_fail(model, "clock", error);
}

static gint32
model_fingerprint(void *host_data, const char **out, struct torpor_error *error)
{
    const Model *model = host_data;
    *out = model->fingerprint;
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
model_drop_pending(Model *model)
{
    for (guint i = 0; i < N_NEURONS; i++) {
        g_free(model->pending_trains[i].times);
        model->pending_trains[i] = (Train){0};
    }
}

static void
model_restore_abort(void *host_data)
{
    Model *model = host_data;
    g_assert_false(model->has_pending_tree);
    model_drop_pending(model);
    model->n_aborts++;
}

static void
model_restore_commit(void *host_data, const struct torpor_clock *clock)
{
    Model *model = host_data;
    g_assert_false(model->has_pending_tree);
    model->step = clock->step;
    model->n_commits++;
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
    .abi_major = TORPOR_ABI_MAJOR,
    .abi_minor = TORPOR_ABI_MINOR,
    .struct_size = sizeof model_host,
    .name = "test-model",
    .version = "1",
    .register_hooks = model_register_hooks,
    .clock = model_clock,
    .populations = model_populations,
    .trees = model_trees,
    .generators = model_generators,
    .outputs = model_outputs,
    .fingerprint = model_fingerprint,
    .provenance = model_provenance,
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
        {.path = "neurons",
         .type = "neuron",
         .count = N_NEURONS,
         .layout = TORPOR_LAYOUT_CONTIGUOUS,
         .base = model->neurons,
         .stride = sizeof(Neuron)},
        {.path = "synapses/static",
         .type = "synapse",
         .count = N_SYNAPSES,
         .layout = TORPOR_LAYOUT_POINTERS,
         .objects = (void *const *)model->synapses},
        {.path = "synapses/cells",
         .type = "compartment",
         .count = N_CELLS,
         .layout = TORPOR_LAYOUT_CALLBACK,
         .object_at = cell_at},
        {.path = "sensors",
         .type = "sensor",
         .count = N_SENSORS,
         .layout = TORPOR_LAYOUT_COLUMNS,
         .columns = model->sensor_columns},
        {.path = "rates", .type = "rate", .count = N_RATES, .layout = TORPOR_LAYOUT_ACCESSORS},
        {.path = "trains", .type = "train", .count = N_NEURONS, .layout = TORPOR_LAYOUT_ACCESSORS},
    };
    memcpy(model->populations, populations, sizeof populations);
    model->n_populations = G_N_ELEMENTS(populations);
    model->tree = (struct torpor_tree){.path = "kernel/main",
                                       .tree_data = model,
                                       .to_state = kernel_to_state,
                                       .from_state = kernel_from_state,
                                       .commit = kernel_commit,
                                       .abort = kernel_abort};
    model->generators[0] = (struct torpor_generator){
        .path = "thread/0",
        .algorithm = "xorshift",
        .state = {.data = model->generator, .dtype = TORPOR_DTYPE_UINT64, .rank = 1, .shape = {4}}};
    model->generators[1] = (struct torpor_generator){.path = "thread/1",
                                                     .algorithm = "lcg",
                                                     .state = {.data = model->strided_generator,
                                                               .dtype = TORPOR_DTYPE_UINT32,
                                                               .rank = 1,
                                                               .shape = {3},
                                                               .stride = 2 * sizeof(guint32)}};
    model->output = (struct torpor_output){.path = model->spikes_path,
                                           .output_data = model,
                                           .flush = model_flush,
                                           .rolled_back = model_rolled_back};
}

/* spikes_path NULL: no output file; `append`: open what is there. */
G_GNUC_UNUSED static Model *
model_new(guint32 seed, const char *spikes_path, gboolean append)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    Model *model = g_new0(Model, 1);
    for (guint i = 0; i < N_NEURONS; i++) {
        Neuron *neuron = &model->neurons[i];
        neuron->V_m = g_rand_double_range(rand, -70, -50);
        for (guint k = 0; k < 3; k++)
            neuron->g[k] = (float)g_rand_double(rand);
        neuron->is_refractory = (guint8)g_rand_int_range(rand, 0, 2);
        for (guint k = 0; k < 2; k++)
            neuron->compartments[k] = (Compartment){
                g_rand_double(rand), {(float)g_rand_double(rand), (float)g_rand_double(rand)}};
        neuron->nearest = i % 5 == 0 ? NULL : &model->neurons[g_rand_int_range(rand, 0, N_NEURONS)];
        neuron->tau = 20 + (double)i;
        guint n = i % 7 == 0 ? 0 : (guint)g_rand_int_range(rand, 0, 20);
        model->trains[i] = (Train){n, g_new(double, n)};
        for (guint k = 0; k < n; k++)
            model->trains[i].times[k] = g_rand_double(rand);
    }
    for (guint i = 0; i < N_SYNAPSES; i++) {
        model->synapses[i] = g_new0(Synapse, 1);
        *model->synapses[i] = (Synapse){g_rand_double(rand), (guint64)(i * 7 % N_NEURONS), 3.5};
    }
    model->synapses[3]->target = TORPOR_NO_OBJECT;
    for (guint i = 0; i < N_SENSORS; i++)
        model->sensor_x[i] = g_rand_double(rand);
    for (guint i = 0; i < 2 * N_SENSORS; i++)
        model->sensor_y[i] = (float)g_rand_double(rand);
    for (guint i = 0; i < N_CELLS; i++)
        model->cells[i].Ca = g_rand_double(rand);
    for (guint i = 0; i < N_RATES; i++)
        model->rates[i] = g_rand_double(rand);
    for (guint i = 0; i < 4; i++)
        model->generator[i] = ((guint64)g_rand_int(rand) << 32) | g_rand_int(rand);
    for (guint i = 0; i < 6; i++)
        model->strided_generator[i] = g_rand_int(rand);
    model->kernel_gain = g_rand_double(rand);
    model->kernel_mode = -7;
    g_strlcpy(model->kernel_text, "begin", sizeof model->kernel_text);
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

G_GNUC_UNUSED static void
model_free(Model *model)
{
    model_drop_pending(model);
    for (guint i = 0; i < N_NEURONS; i++)
        g_free(model->trains[i].times);
    for (guint i = 0; i < N_SYNAPSES; i++)
        g_free(model->synapses[i]);
    if (model->spikes != NULL)
        fclose(model->spikes);
    g_free(model->spikes_path);
    g_string_free(model->log, TRUE);
    g_free(model);
}

/* One step of something that depends on all of the state. */
static void
model_step(Model *model)
{
    guint64 *generator = model->generator;
    for (guint i = 0; i < N_NEURONS; i++) {
        Neuron *neuron = &model->neurons[i];
        generator[0] = generator[0] * G_GUINT64_CONSTANT(6364136223846793005) + generator[1] + i;
        double noise = (double)(generator[0] >> 40) * 1e-6;
        neuron->V_m += (neuron->g[i % 3] + noise - neuron->V_m) / neuron->tau * model->kernel_gain;
        neuron->compartments[i % 2].Ca += neuron->V_m * 1e-3;
        neuron->compartments[(i + 1) % 2].gates[0] += (float)noise;
        neuron->is_refractory = noise > 5;
        neuron->left_out++;
        if (neuron->nearest != NULL)
            neuron->g[0] += (float)neuron->nearest->V_m * 1e-4f;
        neuron->nearest = i % 11 == 3 ? &model->neurons[generator[0] % N_NEURONS] : neuron->nearest;
        if (noise < 8)
            continue;
        neuron->n_spikes++;
        Train *train = &model->trains[i];
        train->times = g_renew(double, train->times, train->n + 1);
        train->times[train->n++] = (double)model->step * 0.1;
        if (model->spikes != NULL)
            fprintf(model->spikes, "%u %" G_GUINT64_FORMAT "\n", i, model->step);
    }
    for (guint i = 0; i < N_SYNAPSES; i++) {
        Synapse *synapse = model->synapses[i];
        if (synapse->target != TORPOR_NO_OBJECT)
            synapse->weight += model->neurons[synapse->target].V_m * 1e-5 + synapse->same;
        if (i % 13 == model->step % 13)
            synapse->target = generator[0] % N_NEURONS;
    }
    for (guint i = 0; i < N_SENSORS; i++) {
        model->sensor_x[i] += model->neurons[i].V_m;
        model->sensor_y[2 * i] += model->strided_generator[2 * (i % 3)] * 1e-9f;
    }
    for (guint i = 0; i < N_CELLS; i++)
        model->cells[i].gates[1] += (float)model->rates[i] + (float)model->trains[i].n;
    for (guint i = 0; i < N_RATES; i++)
        model->rates[i] = model->rates[i] * 0.5 + model->kernel_window[i % N_WINDOW];
    for (guint i = 0; i < 6; i += 2)
        model->strided_generator[i] = model->strided_generator[i] * 1664525u + 1013904223u;
    model->kernel_window[model->step % N_WINDOW] += (float)model->sensor_x[1] * 1e-3f;
    model->kernel_mode = (gint64)((guint64)model->kernel_mode + 1); /* any value may be restored */
    g_snprintf(model->kernel_text, sizeof model->kernel_text, "s%" G_GINT64_FORMAT,
               model->kernel_mode);
    model->step++;
}

G_GNUC_UNUSED static gint32
model_advance(void *host_data, guint64 n_steps, struct torpor_error *error)
{
    for (guint64 i = 0; i < n_steps; i++)
        model_step(host_data);
    return model_fail(host_data, "advance", error);
}

/* All state as bytes; addresses as indices. */
G_GNUC_UNUSED static char *
model_digest(const Model *model)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; i < N_NEURONS; i++) {
        Neuron neuron;
        memset(&neuron, 0, sizeof neuron);
        const Neuron *from = &model->neurons[i];
        memcpy(&neuron, from, sizeof neuron);
        neuron.nearest = from->nearest == NULL
                             ? NULL
                             : (Neuron *)(gsize)(1 + (gsize)(from->nearest - model->neurons));
        g_checksum_update(sum, (const guchar *)&neuron, sizeof neuron);
        g_checksum_update(sum, (const guchar *)&model->trains[i].n, sizeof model->trains[i].n);
        g_checksum_update(sum, (const guchar *)model->trains[i].times,
                          (gssize)(model->trains[i].n * sizeof(double)));
    }
    for (guint i = 0; i < N_SYNAPSES; i++)
        g_checksum_update(sum, (const guchar *)model->synapses[i], sizeof(Synapse));
    g_checksum_update(sum, (const guchar *)model->sensor_x, sizeof model->sensor_x);
    for (guint i = 0; i < N_SENSORS; i++)
        g_checksum_update(sum, (const guchar *)&model->sensor_y[2 * i], sizeof(float));
    g_checksum_update(sum, (const guchar *)model->cells, sizeof model->cells);
    g_checksum_update(sum, (const guchar *)model->rates, sizeof model->rates);
    g_checksum_update(sum, (const guchar *)model->generator, sizeof model->generator);
    for (guint i = 0; i < 6; i += 2)
        g_checksum_update(sum, (const guchar *)&model->strided_generator[i], sizeof(guint32));
    g_checksum_update(sum, (const guchar *)&model->kernel_gain, sizeof(double));
    g_checksum_update(sum, (const guchar *)&model->kernel_mode, sizeof(gint64));
    g_checksum_update(sum, (const guchar *)model->kernel_text, -1);
    g_checksum_update(sum, (const guchar *)model->kernel_window, sizeof model->kernel_window);
    g_checksum_update(sum, (const guchar *)&model->step, sizeof model->step);
    return g_strdup(g_checksum_get_string(sum));
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
    g_autoptr(GDir) names = g_dir_open(folder, 0, NULL);
    for (const char *name; names != NULL && (name = g_dir_read_name(names)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            model_folder_remove(path);
        else
            g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

#endif
