/* Which columns are guessed to be constant, and what is saved if a guess is wrong: save/column.c,
 * save/guess.c. */
#include "save/guess.h"

#include <string.h>

#include "../loader/host.h"
#include "model.h"
#include "msgpack/decode.h"
#include "msgpack/stored.h"
#include "save/saver.h"

#define N_OBJECTS 30000u
#define N_SLOTS 8u /* of a buffer */

typedef struct {
    gint16 kinds[N_OBJECTS];
    gint n_read; /* atomic: of these */
} Host;

static gint32
gather(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
       G_GNUC_UNUSED const struct torpor_field *field, uint64_t first, uint64_t count, void *column,
       G_GNUC_UNUSED struct torpor_error *error)
{
    Host *host = host_data;
    memcpy(column, host->kinds + first, count * sizeof *host->kinds);
    g_atomic_int_add(&host->n_read, (gint)count);
    return TORPOR_STATUS_OK;
}

static gint32
lengths(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
        G_GNUC_UNUSED const struct torpor_field *field, G_GNUC_UNUSED uint64_t first,
        uint64_t count, uint64_t *out, G_GNUC_UNUSED struct torpor_error *error)
{
    for (guint64 i = 0; i < count; i++)
        out[i] = N_SLOTS;
    return TORPOR_STATUS_OK;
}

static gint32
gather_ragged(G_GNUC_UNUSED void *host_data,
              G_GNUC_UNUSED const struct torpor_population *population,
              G_GNUC_UNUSED const struct torpor_field *field, uint64_t first, uint64_t count,
              G_GNUC_UNUSED const uint64_t *n, void *values,
              G_GNUC_UNUSED struct torpor_error *error)
{
    for (guint64 i = 0; i < count * N_SLOTS; i++)
        ((double *)values)[i] = (double)(first * N_SLOTS + i);
    return TORPOR_STATUS_OK;
}

static const struct torpor_accessor of_kind = {TORPOR_ACCESSOR_INIT, .gather = gather};
static const struct torpor_ragged_accessor of_buffer = {
    TORPOR_RAGGED_ACCESSOR_INIT, .lengths = lengths, .gather = gather_ragged};
static const struct torpor_field fields[] = {
    {TORPOR_FIELD_INIT, .name = "kind", .dtype = TORPOR_DTYPE_INT16, .kind = TORPOR_FIELD_VALUE,
     .flags = TORPOR_FIELD_CONSTANT, .accessor = &of_kind},
    {TORPOR_FIELD_INIT, .name = "buffer", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_RAGGED, .flags = TORPOR_FIELD_CONSTANT, .ragged_accessor = &of_buffer},
};
static const struct torpor_type type = {TORPOR_TYPE_INIT, .version = 1, .name = "cell",
                                        .fields = fields, .n_fields = G_N_ELEMENTS(fields)};

static gint32
describe(G_GNUC_UNUSED void *host_data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    const struct torpor_population population = {TORPOR_POPULATION_INIT, .path = "cells",
                                                 .type = "cell", .count = N_OBJECTS,
                                                 .layout = TORPOR_LAYOUT_ACCESSORS};
    return description->add_population(description->data, &population);
}

static const struct torpor_host table = {TORPOR_HOST_INIT,
                                         .flags = TORPOR_HOST_CONCURRENT,
                                         .name = "cells",
                                         .version = "1",
                                         .clock = fine_clock,
                                         .describe = describe,
                                         .restore_commit = fine_restore_commit};

static void
assert_kinds(const char *path, const Host *host, guint64 n_rows)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    const TorporNode *node = torpor_tree_root(tree);
    for (const char *const *key = (const char *[]){"populations", "cells", "kind", NULL};
         *key != NULL; key++)
        node = torpor_map_get(node, *key);
    g_assert_cmpuint(node->value.array->shape[0], ==, n_rows);
    gint16 read[N_OBJECTS];
    torpor_array_read(file, node->value.array, 0, n_rows * sizeof *read, read, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(read, n_rows * sizeof *read, host->kinds, n_rows * sizeof *read);
}

/* Beside buffers that are gathered, a column that looks constant is compared as they are, and not
 * before. odd: in one cell, which no sample has, it is not constant. */
static void
test_beside_buffers(gconstpointer odd)
{
    g_autoptr(GError) error = NULL;
    g_autofree Host *host = g_new0(Host, 1);
    const TorporHost saved = {&table, host};
    g_autofree char *folder = model_folder_new();
    g_autofree char *path = g_build_filename(folder, "x.msgpack", NULL);
    g_autoptr(TorporCatalogue) catalogue = torpor_catalogue_new();
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    g_autoptr(TorporSaver) saver = torpor_saver_new(TORPOR_MODE_SYNC, FALSE);
    torpor_catalogue_add_type(catalogue, &type, &error);
    g_assert_no_error(error);
    host->kinds[N_OBJECTS / 3] = odd != NULL;
    TorporCapture *capture = torpor_capture_new(&saved, catalogue, outputs, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(host->n_read, <, N_OBJECTS / 10); /* samples */
    torpor_saver_write_aside(saver, capture, path, &error);
    g_assert_no_error(error);
    assert_kinds(path, host, odd == NULL ? 1 : N_OBJECTS);
    model_folder_remove(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/guess/beside-buffers/right", NULL, test_beside_buffers);
    g_test_add_data_func("/guess/beside-buffers/wrong", "odd", test_beside_buffers);
    return g_test_run();
}
