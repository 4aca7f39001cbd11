/* A file of one rank, of which one of two takes a part: parameters are compared as they are
 * restored, and each read, allocation and call of the host fails once. */
#include "failing.h"

#include "../loader/host.h"
#include "model.h"
#include "saved_file.h"

#define N_SAVED 2000u /* values that are not read with the tree */
#define N_TAKEN 700u

typedef struct {
    guint32 id[N_SAVED];
    double bias[N_SAVED];  /* a parameter, behind an accessor */
    guint32 twin[N_SAVED]; /* one that is a reference */
    double gain[N_SAVED];  /* one that the file lacks */
    guint64 n;
    guint n_ranks;
    struct torpor_host table;
    struct torpor_collective collective;
    TorporCatalogue *catalogue; /* (not owned) */
    TorporHost host;
} Network;

static gint32
answer(const char *kind, struct torpor_error *error)
{
    if (!fails(kind))
        return TORPOR_STATUS_OK;
    g_strlcpy(error->message, "the host was asked to fail", sizeof error->message);
    return TORPOR_STATUS_HOST;
}

static gint32
gather_bias(void *data, G_GNUC_UNUSED const struct torpor_population *population,
            G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
            void *column, struct torpor_error *error)
{
    memcpy(column, ((const Network *)data)->bias + first, count * sizeof(double));
    return answer("gather", error);
}

static gint32
scatter_bias(void *data, G_GNUC_UNUSED const struct torpor_population *population,
             G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
             const void *column, G_GNUC_UNUSED struct torpor_error *error)
{
    memcpy(((Network *)data)->bias + first, column, count * sizeof(double));
    return TORPOR_STATUS_OK;
}

static gint32
describe(void *data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    Network *network = data;
    const struct torpor_column columns[] = {{network->bias, 0},
                                            {network->twin, 0},
                                            {network->id, 0},
                                            {network->gain, 0},
                                            {network->gain, 0}};
    const struct torpor_population cells = {TORPOR_POPULATION_INIT,
                                            .path = "cells",
                                            .type = "cell",
                                            .count = network->n,
                                            .layout = TORPOR_LAYOUT_COLUMNS,
                                            .columns = columns,
                                            .n_columns = network->n_ranks > 1 ? 5 : 2,
                                            .key = network->n_ranks > 1 ? "id" : NULL};
    return description->add_population(description->data, &cells);
}

static gint32
no_call(G_GNUC_UNUSED void *data, G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

static gint32
no_allgather(G_GNUC_UNUSED void *data, G_GNUC_UNUSED const void *mine, G_GNUC_UNUSED guint64 length,
             G_GNUC_UNUSED void *all, G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

static gint32
no_broadcast(G_GNUC_UNUSED void *data, G_GNUC_UNUSED void *bytes, G_GNUC_UNUSED guint64 length,
             G_GNUC_UNUSED guint32 root, G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

static void
network_init(Network *network, guint64 n, guint n_ranks)
{
    network->n = n;
    network->n_ranks = n_ranks;
    network->collective =
        (struct torpor_collective){TORPOR_COLLECTIVE_INIT, .n_ranks = n_ranks, .barrier = no_call,
                                   .allgather = no_allgather, .broadcast = no_broadcast};
    network->table = (struct torpor_host){
        TORPOR_HOST_INIT,    .name = "cells",      .version = "1",
        .clock = fine_clock, .describe = describe, .restore_commit = fine_restore_commit};
    network->table.collective = n_ranks > 1 ? &network->collective : NULL;
    network->host = (TorporHost){&network->table, network};
    for (guint i = 0; i < n; i++) {
        network->id[i] = n_ranks > 1 ? 2 * i : i;
        network->bias[i] = network->id[i] * 0.5;
        network->twin[i] = i;
    }
}

static TorporCatalogue *
declare(guint n_ranks)
{
    static const double usual = 1;
    static const struct torpor_accessor accessor = {TORPOR_ACCESSOR_INIT, .gather = gather_bias,
                                                    .scatter = scatter_bias};
    const struct torpor_field fields[] = {
        {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "bias",
         .dtype = TORPOR_DTYPE_FLOAT64, .flags = TORPOR_FIELD_PARAMETER, .accessor = &accessor},
        {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_REFERENCE, .name = "twin",
         .dtype = TORPOR_DTYPE_UINT32, .target = "cells", .flags = TORPOR_FIELD_PARAMETER},
        TORPOR_FIELD_COLUMN("id", (guint32 *)0, NULL),
        TORPOR_FIELD_COLUMN("gain", (double *)0, NULL,
                            .flags = TORPOR_FIELD_PARAMETER | TORPOR_FIELD_OPTIONAL,
                            .default_value = &usual),
        {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "nothing", .rank = 1,
         .dtype = TORPOR_DTYPE_BOOL, .flags = TORPOR_FIELD_OPTIONAL, .default_value = &usual}};
    const struct torpor_type type = {TORPOR_TYPE_INIT, .version = 1, .name = "cell",
                                     .fields = fields, .n_fields = n_ranks > 1 ? 5 : 2};
    g_autoptr(GError) error = NULL;
    TorporCatalogue *catalogue = torpor_catalogue_new();
    torpor_catalogue_add_type(catalogue, &type, &error);
    g_assert_no_error(error);
    return catalogue;
}

static gboolean
restore(const char *path, Network *network, gint32 parameters, GError **error)
{
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    g_autoptr(TorporReport) report = torpor_report_new(&network->host, TORPOR_MISMATCH_ERROR);
    TorporCheckpointFile *checkpoint = torpor_checkpoint_file_open(path, &network->host, 1, error);
    if (checkpoint == NULL)
        return FALSE;
    checkpoint->parameters = parameters;
    g_autoptr(TorporRestore) prepared = torpor_restore_prepare(&network->host, network->catalogue,
                                                               outputs, checkpoint, report, error);
    return prepared != NULL && torpor_restore_commit(prepared, error);
}

static void
test_parameters(void)
{
    static const char *const kinds[] = {"pread", "try", "gather"};
    g_autoptr(GError) error = NULL;
    g_autofree Network *saved = g_new0(Network, 1), *taken = g_new0(Network, 1);
    g_autofree char *folder = model_folder_new();
    g_autofree char *path = g_build_filename(folder, "x.msgpack", NULL);
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    g_autoptr(TorporCatalogue) catalogue = declare(1);
    g_autoptr(TorporCatalogue) other = declare(2);
    network_init(saved, N_SAVED, 1);
    network_init(taken, N_TAKEN, 2);
    taken->catalogue = other;
    saved_file_write(path, &saved->host, catalogue, outputs, TRUE, &error);
    g_assert_no_error(error);
    restore(path, taken, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(taken->gain[5], ==, 1);
    g_assert_cmpuint(taken->twin[5], ==, 5);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (gint n = 1, is_met = TRUE; is_met; n++) {
            g_autoptr(GError) failure = NULL;
            fail_call(kinds[i], n, EIO, FALSE);
            gboolean done = restore(path, taken, TORPOR_MISMATCH_ERROR, &failure);
            is_met = fail_no_more();
            g_assert_true(done == (failure == NULL) && (done || is_met));
        }
    taken->bias[3] = 7;
    g_assert_false(restore(path, taken, TORPOR_MISMATCH_ERROR, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
    g_clear_error(&error);
    g_assert_cmpfloat(taken->bias[3], ==, 7);
    restore(path, taken, TORPOR_MISMATCH_WARN, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(taken->bias[3], ==, taken->id[3] * 0.5);
    model_folder_remove(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal((GLogLevelFlags)(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL));
    g_test_add_func("/restore/ranks/parameters", test_parameters);
    return g_test_run();
}
