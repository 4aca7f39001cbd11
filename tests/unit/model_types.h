/* What the model of the tests declares: its types with their accessors, and the tree of its kernel.
 */
#ifndef TORPOR_TEST_MODEL_TYPES_H
#define TORPOR_TEST_MODEL_TYPES_H

#include "model_state.h"

static gint32
model_refuse(const char *why, struct torpor_error *error)
{
    g_assert_nonnull(error); /* no callback is ever given NULL */
    g_strlcpy(error->message, why, sizeof error->message);
    error->status = TORPOR_STATUS_HOST;
    return TORPOR_STATUS_HOST;
}

/* `fail_at` of the model names the callback that is to fail. */
static gint32
model_fail(const Model *model, const char *where, struct torpor_error *error)
{
    g_assert_nonnull(error);
    return g_strcmp0(model->fail_at, where) == 0 ? model_refuse("asked to fail", error)
                                                 : TORPOR_STATUS_OK;
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

static gint32
rate_scatter(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
             G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
             const void *column, struct torpor_error *error)
{
    Model *model = host_data;
    memcpy(model->rates + first, column, count * sizeof(double));
    return model_fail(model, "scatter", error);
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

/* The lengths are those that were set aside, and all is laid out as for the scatter. */
static gint32
train_check(void *host_data, const struct torpor_population *population,
            const struct torpor_field *field, guint64 first, guint64 count, const guint64 *lengths,
            const void *values, struct torpor_error *error)
{
    const Model *model = host_data;
    const double *from = values;
    g_assert_cmpstr(population->path, ==, "trains");
    g_assert_cmpuint(field->kind, ==, TORPOR_FIELD_RAGGED);
    for (guint64 i = 0; i < count; i++)
        g_assert_cmpuint(lengths[i], ==, model->pending_trains[first + i].n);
    for (guint64 i = 0; count == N_NEURONS && i < lengths[1]; i++)
        if (!(from[lengths[0] + i] >= 0.0))
            return model_refuse("a time of a train is below 0", error);
    return model_fail(model, "check_ragged", error);
}

static gint32
train_scatter(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
              G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
              const guint64 *lengths, const void *values, struct torpor_error *error)
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
    return model_fail(model, "scatter_ragged", error);
}

static const struct torpor_accessor rate_accessor = {TORPOR_ACCESSOR_INIT, .gather = rate_gather,
                                                     .check = rate_check, .scatter = rate_scatter};
static const struct torpor_ragged_accessor train_accessor = {
    TORPOR_RAGGED_ACCESSOR_INIT, .lengths = train_lengths,         .gather = train_gather,
    .check = train_check,        .set_lengths = train_set_lengths, .scatter = train_scatter};

/* ---- types ---- */

static const struct torpor_field compartment_fields[] = {
    {TORPOR_FIELD_INIT, .name = "Ca", .unit = "mM", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE, .offset = offsetof(Compartment, Ca)},
    {TORPOR_FIELD_INIT, .name = "gates", .dtype = TORPOR_DTYPE_FLOAT32, .kind = TORPOR_FIELD_VALUE,
     .rank = 1, .shape = {2}, .offset = offsetof(Compartment, gates)},
};
static const struct torpor_field neuron_fields[] = {
    {TORPOR_FIELD_INIT, .name = "V_m", .unit = "mV", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE, .offset = offsetof(Neuron, V_m)},
    {TORPOR_FIELD_INIT, .name = "g", .unit = "nS", .dtype = TORPOR_DTYPE_FLOAT32,
     .kind = TORPOR_FIELD_VALUE, .rank = 1, .shape = {3}, .offset = offsetof(Neuron, g)},
    {TORPOR_FIELD_INIT, .name = "is_refractory", .dtype = TORPOR_DTYPE_BOOL,
     .kind = TORPOR_FIELD_VALUE, .offset = offsetof(Neuron, is_refractory)},
    {TORPOR_FIELD_INIT, .name = "compartments", .kind = TORPOR_FIELD_NESTED, .rank = 1,
     .shape = {2}, .offset = offsetof(Neuron, compartments), .target = "compartment"},
    {TORPOR_FIELD_INIT, .name = "nearest", .dtype = TORPOR_DTYPE_POINTER,
     .kind = TORPOR_FIELD_REFERENCE, .offset = offsetof(Neuron, nearest), .target = "neurons"},
    {TORPOR_FIELD_INIT, .name = "tau", .unit = "ms", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE, .flags = TORPOR_FIELD_CONSTANT, .offset = offsetof(Neuron, tau)},
    {TORPOR_FIELD_INIT, .name = "n_spikes", .dtype = TORPOR_DTYPE_UINT32,
     .kind = TORPOR_FIELD_VALUE, .flags = TORPOR_FIELD_HIDDEN,
     .offset = offsetof(Neuron, n_spikes)},
    {TORPOR_FIELD_INIT, .name = "left_out", .dtype = TORPOR_DTYPE_UINT32,
     .kind = TORPOR_FIELD_VALUE, .offset = offsetof(Neuron, left_out)},
};
static const struct torpor_field synapse_fields[] = {
    {TORPOR_FIELD_INIT, .name = "weight", .unit = "nS", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE, .offset = offsetof(Synapse, weight)},
    {TORPOR_FIELD_INIT, .name = "target", .dtype = TORPOR_DTYPE_UINT64,
     .kind = TORPOR_FIELD_REFERENCE, .offset = offsetof(Synapse, target), .target = "neurons"},
    {TORPOR_FIELD_INIT, .name = "same", .dtype = TORPOR_DTYPE_FLOAT64, .kind = TORPOR_FIELD_VALUE,
     .offset = offsetof(Synapse, same)},
};
static const struct torpor_field sensor_fields[] = {
    {TORPOR_FIELD_INIT, .name = "x", .dtype = TORPOR_DTYPE_FLOAT64, .kind = TORPOR_FIELD_VALUE},
    {TORPOR_FIELD_INIT, .name = "y", .dtype = TORPOR_DTYPE_FLOAT32, .kind = TORPOR_FIELD_VALUE},
};
static const struct torpor_field rate_fields[] = {
    {TORPOR_FIELD_INIT, .name = "rate", .unit = "spikes/s", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE, .accessor = &rate_accessor},
};
static const struct torpor_field train_fields[] = {
    {TORPOR_FIELD_INIT, .name = "times", .unit = "ms", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_RAGGED, .ragged_accessor = &train_accessor},
};

#define MODEL_TYPE(identifier, object, size)                                                       \
    static const struct torpor_type identifier##_type = {TORPOR_TYPE_INIT,                         \
                                                         .version = 1,                             \
                                                         .name = #identifier,                      \
                                                         .fields = identifier##_fields,            \
                                                         .n_fields =                               \
                                                             G_N_ELEMENTS(identifier##_fields),    \
                                                         .object_size = size}
MODEL_TYPE(compartment, Compartment, sizeof(Compartment));
MODEL_TYPE(neuron, Neuron, sizeof(Neuron));
MODEL_TYPE(synapse, Synapse, sizeof(Synapse));
MODEL_TYPE(sensor, Sensor, 0);
MODEL_TYPE(rate, Rate, 0);
MODEL_TYPE(train, Train, 0);

static const struct torpor_type *const model_types[] = {
    &compartment_type, &neuron_type, &synapse_type, &sensor_type, &rate_type, &train_type};

/* ---- the kernel's tree ---- */

static gint32
kernel_gather_window(void *gather_data, void *values, struct torpor_error *error)
{
    const Model *model = gather_data;
    memcpy(values, model->kernel_window, sizeof model->kernel_window);
    return model_fail(model, "gather late", error);
}

static gint32
kernel_to_state(void *tree_data, const struct torpor_tree_writer *writer,
                struct torpor_error *error)
{
    const Model *model = tree_data;
    const struct torpor_array window = {
        .unit = "mV", .dtype = TORPOR_DTYPE_FLOAT32, .rank = 1, .shape = {N_WINDOW}};
    writer->put_float(writer->data, "gain", model->kernel_gain);
    writer->put_int(writer->data, "mode", model->kernel_mode);
    writer->begin_map(writer->data, "inner");
    writer->put_text(writer->data, "text", model->kernel_text);
    writer->put_nil(writer->data, "nothing");
    writer->put_bool(writer->data, "yes", 1);
    writer->put_uint(writer->data, "big", G_MAXUINT64);
    writer->put_bytes(writer->data, "bytes", "a\0b", 3);
    writer->end_map(writer->data);
    writer->put_late(writer->data, "window", &window, kernel_gather_window, (void *)model);
    return model_fail(model, "to_state", error);
}

static gint32
kernel_from_state(void *tree_data, const struct torpor_tree_reader *reader,
                  G_GNUC_UNUSED gint32 mismatch, struct torpor_error *error)
{
    Model *model = tree_data;
    const struct torpor_array window = {.data = model->pending_window,
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
        status = reader->read_array(reader->data, "window", &window, error);
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

static gint32
kernel_commit(void *tree_data, struct torpor_error *error)
{
    Model *model = tree_data;
    g_assert_true(model->has_pending_tree);
    model->has_pending_tree = FALSE;
    model->kernel_gain = model->pending_gain;
    model->kernel_mode = model->pending_mode;
    memcpy(model->kernel_text, model->pending_text, sizeof model->kernel_text);
    memcpy(model->kernel_window, model->pending_window, sizeof model->kernel_window);
    return model_fail(model, "commit", error);
}

static void
kernel_abort(void *tree_data)
{
    Model *model = tree_data;
    g_assert_true(model->has_pending_tree);
    model->has_pending_tree = FALSE;
}

#endif
