#include "checkpoint/own_shard.h"

#include <glib/gstdio.h>
#include <string.h>

#include "host/section_names.h"
#include "msgpack/decode.h"
#include "saved_file.h"

/* Some ranges of the file, and a part of one. */
#define N_CELLS ((guint64)2500000)

typedef struct {
    guint32 key;
    guint32 other;
} Cell;

typedef struct {
    guint32 *ids;
    float *values;
    Cell *objects; /* NULL: the cells are columns */
    guint64 n;
} Cells;

static gint32
tell_clock(void *data, struct torpor_clock *out, struct torpor_error *error)
{
    (void)data, (void)error;
    out->step = 1;
    out->time = 1;
    out->unit = "ms";
    return TORPOR_STATUS_OK;
}

static gint32
describe(void *data, const struct torpor_description *description, struct torpor_error *error)
{
    const Cells *cells = data;
    const struct torpor_column columns[] = {{cells->ids, 0}, {cells->values, 0}};
    struct torpor_population population = {TORPOR_POPULATION_INIT, .path = "cells",
                                           .count = cells->n, .key = "key"};
    (void)error;
    if (cells->objects == NULL) {
        population.type = "column";
        population.layout = TORPOR_LAYOUT_COLUMNS;
        population.columns = columns;
        population.n_columns = 2;
    } else {
        population.type = "cell";
        population.layout = TORPOR_LAYOUT_CONTIGUOUS;
        population.base = cells->objects;
        population.stride = sizeof(Cell);
    }
    return description->add_population(description->data, &population);
}

static gint32
take_clock(void *data, const struct torpor_clock *clock, struct torpor_error *error)
{
    (void)data, (void)clock, (void)error;
    return TORPOR_STATUS_OK;
}

static const struct torpor_host table = {TORPOR_HOST_INIT,     .name = "cells",
                                         .version = "1",       .clock = tell_clock,
                                         .describe = describe, .restore_commit = take_clock};

static const struct torpor_field column_fields[] = {
    {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "key", .dtype = TORPOR_DTYPE_UINT32},
    {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "x", .dtype = TORPOR_DTYPE_FLOAT32}};
static const struct torpor_field cell_fields[] = {TORPOR_FIELD(Cell, key, NULL),
                                                  TORPOR_FIELD(Cell, other, NULL)};

static TorporCatalogue *
catalogue_new(void)
{
    const struct torpor_type column = {TORPOR_TYPE_INIT, .name = "column", .version = 1,
                                       .fields = column_fields, .n_fields = 2};
    const struct torpor_type cell = {TORPOR_TYPE_INIT, .name = "cell",
                                     .version = 1,     .fields = cell_fields,
                                     .n_fields = 2,    .object_size = sizeof(Cell)};
    TorporCatalogue *catalogue = torpor_catalogue_new();
    g_assert_true(torpor_catalogue_add_type(catalogue, &column, NULL));
    g_assert_true(torpor_catalogue_add_type(catalogue, &cell, NULL));
    return catalogue;
}

static gboolean
is_own(const TorporFile *file, const TorporHost *host, const TorporCatalogue *catalogue)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    g_autoptr(TorporDescription) description = torpor_description_new(host, &error);
    g_assert_no_error(error);
    g_autoptr(TorporPopulations) live =
        torpor_populations_new(host, catalogue, description, &error);
    g_assert_no_error(error);
    gboolean own;
    g_assert_true(torpor_own_shard_check(file, tree, live, &own, &error));
    return own;
}

static guint32 *
key_of(const Cells *cells, guint64 i)
{
    return cells->objects == NULL ? &cells->ids[i] : &cells->objects[i].key;
}

/* A key that is another one, wherever it is: at the ends, and at those of ranges of the file. */
static void
check_each(Cells *cells)
{
    static const guint64 places[] = {0,       1,       1048575, 1048576, 1048566,
                                     1234567, 2097151, 2097152, 2097140, N_CELLS - 1};
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("torpor-own-shard-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "x.msgpack", NULL);
    g_autoptr(TorporCatalogue) catalogue = catalogue_new();
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    const TorporHost host = {&table, cells};
    for (guint64 i = 0; i < cells->n; i++)
        *key_of(cells, i) = (guint32)(i * 7 + 3);
    g_assert_true(saved_file_write(path, &host, catalogue, outputs, TRUE, &error));
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    g_assert_true(is_own(file, &host, catalogue));
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        *key_of(cells, places[i]) += 1;
        g_assert_false(is_own(file, &host, catalogue));
        *key_of(cells, places[i]) -= 1;
    }
    cells->n--;
    g_assert_false(is_own(file, &host, catalogue));
    cells->n++;
    g_assert_true(is_own(file, &host, catalogue));
    g_remove(path);
    g_rmdir(folder);
}

static void
test_columns(void)
{
    g_autofree guint32 *ids = g_new(guint32, N_CELLS);
    g_autofree float *values = g_new0(float, N_CELLS);
    Cells cells = {.ids = ids, .values = values, .n = N_CELLS};
    for (guint64 i = 0; i < N_CELLS; i++)
        values[i] = (float)i;
    check_each(&cells);
}

static void
test_objects(void)
{
    g_autofree Cell *objects = g_new0(Cell, N_CELLS);
    Cells cells = {.objects = objects, .n = N_CELLS};
    check_each(&cells);
}

/* ---- one row of keys, for all objects ---- */

#define N_KEYS 3u

static gint32
gather_row(void *data, const struct torpor_population *population, const struct torpor_field *field,
           guint64 first, guint64 count, void *column, struct torpor_error *error)
{
    (void)population, (void)field, (void)first, (void)error;
    g_assert_cmpuint(count, ==, 1);
    g_assert_cmpuint((gsize)column % 16, ==, 0); /* whatever the dtype */
    memcpy(column, data, N_KEYS * sizeof(guint32));
    return TORPOR_STATUS_OK;
}

static gint32
describe_row(void *data, const struct torpor_description *description, struct torpor_error *error)
{
    const struct torpor_population population = {
        TORPOR_POPULATION_INIT,           .path = "cells", .type = "row", .count = 1, .key = "key",
        .layout = TORPOR_LAYOUT_ACCESSORS};
    (void)data, (void)error;
    return description->add_population(description->data, &population);
}

static void
test_row(void)
{
    static const struct torpor_accessor accessor = {TORPOR_ACCESSOR_INIT, .gather = gather_row};
    static const struct torpor_field fields[] = {
        {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "key", .dtype = TORPOR_DTYPE_UINT32,
         .rank = 1, .shape = {N_KEYS}, .flags = TORPOR_FIELD_CONSTANT, .accessor = &accessor}};
    static const struct torpor_type type = {TORPOR_TYPE_INIT, .name = "row", .version = 1,
                                            .fields = fields, .n_fields = 1};
    struct torpor_host row_table = table;
    row_table.describe = describe_row;
    guint32 keys[N_KEYS] = {4, 5, 6};
    const TorporHost host = {&row_table, keys};
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("torpor-own-shard-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "x.msgpack", NULL);
    g_autoptr(TorporCatalogue) catalogue = torpor_catalogue_new();
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    g_assert_true(torpor_catalogue_add_type(catalogue, &type, &error));
    g_assert_true(saved_file_write(path, &host, catalogue, outputs, TRUE, &error));
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    g_assert_true(is_own(file, &host, catalogue));
    keys[2] = 7;
    g_assert_false(is_own(file, &host, catalogue));
    g_remove(path);
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/own-shard/columns/every-key-counts", test_columns);
    g_test_add_func("/own-shard/objects/every-key-counts", test_objects);
    g_test_add_func("/own-shard/row/every-key-counts", test_row);
    return g_test_run();
}
