/* Cells of branches of spines, and a host that saves and restores them: types inside types. */
#ifndef TORPOR_TEST_NESTED_CELLS_H
#define TORPOR_TEST_NESTED_CELLS_H

#include <glib/gstdio.h>

#include "../loader/host.h"
#include "saved_file.h"

/* ---- a cell of branches of spines ---- */

#define N_CELLS 50u

typedef struct {
    double weight;
    float u[2];
} Spine;

typedef struct {
    Spine spines[3];
    double d;
    Spine tip;
} Branch;

typedef struct {
    double V_m;
    Branch branches[2];
    Spine one;
} Cell;

static const struct torpor_field spine_fields[] = {
    {TORPOR_FIELD_INIT, .name = "weight", .unit = "nS", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE, .offset = offsetof(Spine, weight)},
    {TORPOR_FIELD_INIT, .name = "u", .dtype = TORPOR_DTYPE_FLOAT32, .kind = TORPOR_FIELD_VALUE,
     .rank = 1, .shape = {2}, .offset = offsetof(Spine, u)},
};
static const struct torpor_field spine_fields_2[] = {
    {TORPOR_FIELD_INIT, .name = "w", .unit = "nS", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE, .offset = offsetof(Spine, weight)},
    {TORPOR_FIELD_INIT, .name = "u", .dtype = TORPOR_DTYPE_FLOAT32, .kind = TORPOR_FIELD_VALUE,
     .rank = 1, .shape = {2}, .offset = offsetof(Spine, u)},
};
static const struct torpor_field branch_fields[] = {
    {TORPOR_FIELD_INIT, .name = "spines", .kind = TORPOR_FIELD_NESTED, .rank = 1, .shape = {3},
     .offset = offsetof(Branch, spines), .target = "spine"},
    {TORPOR_FIELD_INIT, .name = "d", .dtype = TORPOR_DTYPE_FLOAT64, .kind = TORPOR_FIELD_VALUE,
     .offset = offsetof(Branch, d)},
    {TORPOR_FIELD_INIT, .name = "tip", .kind = TORPOR_FIELD_NESTED, .offset = offsetof(Branch, tip),
     .target = "spine"},
};
static const struct torpor_field cell_fields[] = {
    {TORPOR_FIELD_INIT, .name = "V_m", .unit = "mV", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE, .offset = offsetof(Cell, V_m)},
    {TORPOR_FIELD_INIT, .name = "branches", .kind = TORPOR_FIELD_NESTED, .rank = 1, .shape = {2},
     .offset = offsetof(Cell, branches), .target = "branch"},
    {TORPOR_FIELD_INIT, .name = "one", .kind = TORPOR_FIELD_NESTED, .offset = offsetof(Cell, one),
     .target = "spine"},
};

static struct torpor_type
type_of(const char *name, guint32 version, const struct torpor_field *fields, guint32 n_fields,
        guint64 object_size)
{
    return (struct torpor_type){TORPOR_TYPE_INIT, .version = version,   .name = name,
                                .fields = fields, .n_fields = n_fields, .object_size = object_size};
}

/* ---- the host ---- */

typedef struct {
    Cell cells[N_CELLS];
    void *pointers[N_CELLS];
    struct torpor_population population;
    struct torpor_type types[4];
    TorporCatalogue *catalogue;
    TorporHost host;
    char *folder;
    char *path;
    char *report;
    void *more; /* of a test */
} Bench;

static gint32
describe(void *host_data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    const Bench *bench = host_data;
    return description->add_population(description->data, &bench->population);
}

static void
say_nothing(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED gint32 level,
            G_GNUC_UNUSED const char *message)
{
}

static void *
cell_at(void *host_data, G_GNUC_UNUSED const struct torpor_population *population, guint64 index)
{
    return &((Bench *)host_data)->cells[N_CELLS - 1 - index];
}

static const struct torpor_host table = {
    TORPOR_HOST_INIT,    .name = "nested",     .version = "1",
    .clock = fine_clock, .describe = describe, .restore_commit = fine_restore_commit,
    .log = say_nothing};

static void
fill(Bench *bench, guint32 seed)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    char *bytes = (char *)bench->cells;
    for (gsize i = 0; i < sizeof bench->cells; i++)
        bytes[i] = (char)g_rand_int(rand);
}

static void
declare(Bench *bench, guint32 spine_version)
{
    g_clear_pointer(&bench->catalogue, torpor_catalogue_free);
    bench->catalogue = torpor_catalogue_new();
    bench->types[0] = type_of("thing", 1, NULL, 0, 0);
    bench->types[1] = type_of("spine", spine_version,
                              spine_version == 1 ? spine_fields : spine_fields_2, 2, sizeof(Spine));
    bench->types[1].base = "thing";
    bench->types[2] = type_of("branch", 1, branch_fields, 3, sizeof(Branch));
    bench->types[3] = type_of("cell", 1, cell_fields, 3, sizeof(Cell));
    for (gsize i = 0; i < G_N_ELEMENTS(bench->types); i++) {
        GError *error = NULL;
        torpor_catalogue_add_type(bench->catalogue, &bench->types[i], &error);
        g_assert_no_error(error);
    }
}

static void
set_up(Bench *bench, gconstpointer layout)
{
    bench->folder = g_dir_make_tmp("torpor-test-XXXXXX", NULL);
    bench->path = g_build_filename(bench->folder, "x.msgpack", NULL);
    bench->host = (TorporHost){&table, bench};
    for (guint i = 0; i < N_CELLS; i++)
        bench->pointers[i] = &bench->cells[(i * 7) % N_CELLS];
    bench->population = (struct torpor_population){TORPOR_POPULATION_INIT,
                                                   .path = "cells",
                                                   .type = "cell",
                                                   .count = N_CELLS,
                                                   .layout = GPOINTER_TO_UINT(layout),
                                                   .base = bench->cells,
                                                   .stride = sizeof(Cell),
                                                   .objects = bench->pointers,
                                                   .object_at = cell_at};
    fill(bench, 1);
    declare(bench, 1);
}

static void
tear_down(Bench *bench, G_GNUC_UNUSED gconstpointer layout)
{
    torpor_catalogue_free(bench->catalogue);
    g_unlink(bench->path);
    g_rmdir(bench->folder);
    g_free(bench->folder);
    g_free(bench->path);
    g_free(bench->report);
}

static void
save(Bench *bench)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    saved_file_write(bench->path, &bench->host, bench->catalogue, outputs, TRUE, &error);
    g_assert_no_error(error);
}

static gboolean
restore(Bench *bench, gint32 mismatch, GError **error)
{
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    g_autoptr(TorporReport) report = torpor_report_new(&bench->host, mismatch);
    TorporCheckpointFile *checkpoint =
        torpor_checkpoint_file_open(bench->path, &bench->host, 0, error);
    g_assert_nonnull(checkpoint);
    g_autoptr(TorporRestore) prepared =
        torpor_restore_prepare(&bench->host, bench->catalogue, outputs, checkpoint, report, error);
    gboolean done = prepared != NULL && torpor_restore_commit(prepared, error);
    g_free(bench->report);
    bench->report = g_strdup(report->text->str);
    return done;
}

/* Each test with objects in a row, behind pointers, and behind a callback. */
static void
add(const char *path, void (*test)(Bench *, gconstpointer))
{
    static const struct {
        const char *name;
        guint32 layout;
    } layouts[] = {{"contiguous", TORPOR_LAYOUT_CONTIGUOUS},
                   {"pointers", TORPOR_LAYOUT_POINTERS},
                   {"callback", TORPOR_LAYOUT_CALLBACK}};
    for (gsize i = 0; i < G_N_ELEMENTS(layouts); i++) {
        g_autofree char *whole = g_strdup_printf("%s/%s", path, layouts[i].name);
        g_test_add(whole, Bench, GUINT_TO_POINTER(layouts[i].layout), set_up, test, tear_down);
    }
}

#endif
