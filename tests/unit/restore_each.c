/* A restore whose reads and allocations fail, one after the other, from a file whose values are too
 * many to be read with the tree: it is refused and the host is as it was, or it says that the state
 * is torn. */
#include "failing.h"

#include <stdbool.h>
#include <stdlib.h>

#include "../loader/host.h"
#include "model.h"
#include "saved_file.h"

#define N_HERE 5000u /* more than the lists that are looked at together */

typedef struct {
    double v;
    double tau; /* constant */
    guint32 next;
    bool is_on;
    bool *marks;
    double *delays; /* constant */
    double *times;
    guint64 n_marks, n_delays, n_times;
} Cell;

/* Posts point to sites, which the host gives one by one. */
typedef struct {
    double x;
} Site;

typedef struct {
    Site *to;
} Post;

typedef struct {
    Cell cells[N_HERE];
    Post posts[3];
    Site sites[3];
    guint64 generator[1000];
    TorporHost host;
    TorporCatalogue *catalogue;
    TorporOutputs *outputs;
    char *folder;
    char *path;
} Network;

/* ---- references behind an accessor, which the host checks ---- */

static gint32
answer(const char *kind, struct torpor_error *error)
{
    if (!fails(kind))
        return TORPOR_STATUS_OK;
    g_strlcpy(error->message, "the host was asked to fail", sizeof error->message);
    return TORPOR_STATUS_HOST;
}

static gint32
gather_next(void *data, G_GNUC_UNUSED const struct torpor_population *population,
            G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
            void *column, struct torpor_error *error)
{
    for (guint64 i = 0; i < count; i++)
        ((guint32 *)column)[i] = ((Network *)data)->cells[first + i].next;
    return answer("gather", error);
}

static gint32
scatter_next(void *data, G_GNUC_UNUSED const struct torpor_population *population,
             G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
             const void *column, struct torpor_error *error)
{
    for (guint64 i = 0; i < count; i++)
        ((Network *)data)->cells[first + i].next = ((const guint32 *)column)[i];
    return answer("scatter", error);
}

static gint32
check_next(G_GNUC_UNUSED void *data, G_GNUC_UNUSED const struct torpor_population *population,
           G_GNUC_UNUSED const struct torpor_field *field, G_GNUC_UNUSED guint64 first,
           G_GNUC_UNUSED guint64 count, G_GNUC_UNUSED const void *column,
           struct torpor_error *error)
{
    return answer("check", error);
}

static const struct torpor_accessor next_accessor = {TORPOR_ACCESSOR_INIT, .gather = gather_next,
                                                     .scatter = scatter_next, .check = check_next};

/* ---- the host ---- */

static const struct torpor_field post_fields[] = {
    {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_REFERENCE, .name = "to", .dtype = TORPOR_DTYPE_POINTER,
     .target = "sites"}};
static const struct torpor_type post = {TORPOR_TYPE_INIT, .version = 1,
                                        .name = "post",   .fields = post_fields,
                                        .n_fields = 1,    .object_size = sizeof(Post)};
static const struct torpor_field site_fields[] = {TORPOR_FIELD(Site, x, "mV")};
static const struct torpor_type site = {TORPOR_TYPE_INIT, .version = 1,
                                        .name = "site",   .fields = site_fields,
                                        .n_fields = 1,    .object_size = sizeof(Site)};
static const struct torpor_field fields[] = {
    TORPOR_FIELD(Cell, v, "mV"),
    TORPOR_FIELD(Cell, tau, "ms", .flags = TORPOR_FIELD_CONSTANT),
    {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_REFERENCE, .name = "next",
     .dtype = TORPOR_DTYPE_UINT32, .target = "cells", .accessor = &next_accessor},
    TORPOR_FIELD(Cell, is_on, NULL),
    {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "none", .dtype = TORPOR_DTYPE_FLOAT64,
     .rank = 1, .shape = {0}},
    TORPOR_LIST(Cell, marks, n_marks, NULL),
    TORPOR_LIST(Cell, delays, n_delays, "ms", .flags = TORPOR_FIELD_CONSTANT),
    TORPOR_LIST(Cell, times, n_times, "ms"),
};
static const struct torpor_type type = {TORPOR_TYPE_INIT, .version = 1,
                                        .name = "cell",   .fields = fields,
                                        .n_fields = 8,    .object_size = sizeof(Cell)};

static void *
site_at(void *host_data, G_GNUC_UNUSED const struct torpor_population *population, guint64 index)
{
    return &((Network *)host_data)->sites[index];
}

static gint32
describe(void *host_data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    Network *network = host_data;
    const struct torpor_population cells = {
        TORPOR_POPULATION_INIT, .path = "cells",        .type = "cell",
        .count = N_HERE,        .base = network->cells, .layout = TORPOR_LAYOUT_CONTIGUOUS,
        .stride = sizeof(Cell)};
    const struct torpor_generator generator = {
        TORPOR_GENERATOR_INIT, .path = "noise", .algorithm = "x",
        .state = {
            .data = network->generator, .dtype = TORPOR_DTYPE_UINT64, .rank = 1, .shape = {1000}}};
    const struct torpor_population posts = {
        TORPOR_POPULATION_INIT, .path = "posts",
        .type = "post",         .count = 3,
        .base = network->posts, .layout = TORPOR_LAYOUT_CONTIGUOUS,
        .stride = sizeof(Post)};
    const struct torpor_population sites = {
        TORPOR_POPULATION_INIT,           .path = "sites",     .type = "site", .count = 3,
        .layout = TORPOR_LAYOUT_CALLBACK, .object_at = site_at};
    description->add_generator(description->data, &generator);
    description->add_population(description->data, &posts);
    description->add_population(description->data, &sites);
    return description->add_population(description->data, &cells);
}

static const struct torpor_host table = {
    TORPOR_HOST_INIT,    .name = "cells",      .version = "1",
    .clock = fine_clock, .describe = describe, .restore_commit = fine_restore_commit};

/* What evolves; the constants stay. */
static void
fill(Network *network, guint seed)
{
    for (guint i = 0; i < N_HERE; i++) {
        Cell *cell = &network->cells[i];
        cell->v = seed * 1000.0 + i;
        cell->next = (i + seed) % N_HERE;
        cell->is_on = (i + seed) % 2;
        cell->n_marks = (i + seed) % 3;
        cell->n_times = (i * seed) % 4;
        free(cell->marks);
        free(cell->times);
        cell->marks = malloc(3);
        cell->times = malloc(4 * sizeof *cell->times);
        for (guint k = 0; k < 4; k++)
            cell->times[k] = seed + i + k;
        memset(cell->marks, (i + seed) % 2, 3);
    }
    for (guint i = 0; i < 3; i++) {
        network->posts[i].to = &network->sites[(i + seed) % 3];
        network->sites[i].x = seed * 10.0 + i;
    }
    for (guint i = 0; i < 1000; i++)
        network->generator[i] = seed * (guint64)7919 + i;
}

static guint64
digest(const Network *network)
{
    guint64 sum = network->generator[999];
    for (guint i = 0; i < 3; i++)
        sum = sum * 31 + (guint64)(network->posts[i].to - network->sites) +
              (guint64)network->sites[i].x;
    for (guint i = 0; i < N_HERE; i++) {
        const Cell *cell = &network->cells[i];
        sum = sum * 31 + (guint64)cell->v + cell->next * 5 + cell->is_on + cell->n_marks * 7;
        for (guint64 k = 0; k < cell->n_times; k++)
            sum = sum * 31 + (guint64)cell->times[k];
        for (guint64 k = 0; k < cell->n_marks; k++)
            sum = sum * 31 + cell->marks[k];
    }
    return sum;
}

static void
set_up(Network *network, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < N_HERE; i++) {
        Cell *cell = &network->cells[i];
        cell->tau = 10 + i;
        cell->n_delays = i < 10 ? i % 3 : 0; /* they are read one by one */
        cell->delays = calloc(3, sizeof *cell->delays);
        cell->delays[1] = i;
    }
    fill(network, 1);
    network->host = (TorporHost){&table, network};
    network->catalogue = torpor_catalogue_new();
    network->outputs = torpor_outputs_new();
    network->folder = model_folder_new();
    network->path = g_build_filename(network->folder, "x.msgpack", NULL);
    g_assert_true(torpor_catalogue_add_type(network->catalogue, &type, &error));
    g_assert_true(torpor_catalogue_add_type(network->catalogue, &post, &error));
    g_assert_true(torpor_catalogue_add_type(network->catalogue, &site, &error));
    saved_file_write(network->path, &network->host, network->catalogue, network->outputs, TRUE,
                     &error);
    g_assert_no_error(error);
}

static void
tear_down(Network *network, G_GNUC_UNUSED gconstpointer data)
{
    for (guint i = 0; i < N_HERE; i++) {
        free(network->cells[i].marks);
        free(network->cells[i].delays);
        free(network->cells[i].times);
    }
    torpor_catalogue_free(network->catalogue);
    torpor_outputs_free(network->outputs);
    model_folder_remove(network->folder);
    g_free(network->folder);
    g_free(network->path);
}

/* TRUE: there was such a call. */
static gboolean
attempt(Network *network, const char *kind, gint n, gboolean for_ever, guint64 saved)
{
    g_autoptr(GError) error = NULL;
    fill(network, 2);
    guint64 before = digest(network);
    fail_call(kind, n, EIO, for_ever);
    gboolean done = saved_file_restore(network->path, &network->host, network->catalogue,
                                       network->outputs, 1, TORPOR_MISMATCH_ERROR, NULL, &error);
    gboolean is_met = fail_no_more();
    g_assert_true(done == (error == NULL) && (done || is_met));
    if (done)
        g_assert_cmpuint(digest(network), ==, saved);
    else if (error->code != TORPOR_STATUS_TORN)
        g_assert_cmpuint(digest(network), ==, before);
    return is_met;
}

static void
test_each(Network *network, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const kinds[] = {"pread", "try", "scatter", "check"};
    guint64 saved = digest(network);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (gint for_ever = 0; for_ever < 2; for_ever++)
            for (gint n = 1; attempt(network, kinds[i], n, for_ever, saved);
                 n += for_ever || n > 400 ? 1 + n / 20 : 1)
                ;
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/restore/each-call", Network, NULL, set_up, test_each, tear_down);
    return g_test_run();
}
