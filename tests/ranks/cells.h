/* A host on several ranks: cells that are dealt to the ranks, each of which depends on another one,
 * with a list of when each was active; links, which refer to a cell of their rank; a ring of what
 * arrives at the cells later; and what all ranks have in common. What it does depends
 * neither on the number of ranks nor on how the cells are dealt. */
#ifndef TORPOR_TEST_CELLS_H
#define TORPOR_TEST_CELLS_H

#include <stdio.h>
#include <stdlib.h>

#include "host/catalogue.h"

#include "crowd.h"

#define N_CELLS 101u
#define N_SLOTS 3u
#define N_WORDS 512u    /* of a cell's row, if it has one: more than shares a range with others */
#define ROWS_CHANGE 25u /* at this step, and never again */

typedef enum { IN_BLOCKS, ONE_BY_ONE, BACKWARDS } Dealing;

typedef struct {
    guint32 id; /* the key, on several ranks */
    gint32 count;
    double v;
    float weights[2];
    double bias;    /* a parameter, of which nothing depends */
    double *active; /* when */
    guint32 n_active;
} Cell;

/* Two for each cell, of which the second one refers to it only at times. */
typedef struct {
    guint32 id; /* the key */
    guint32 to; /* number of the cell on this rank; G_MAXUINT32: none */
    double sum; /* of what the cell was */
} Link;

typedef struct {
    Seat seat;
    guint n_ranks;
    Dealing dealing;
    guint n; /* own cells */
    Cell cells[N_CELLS];
    guint n_links;
    Link links[2 * N_CELLS];
    double ring[N_SLOTS * N_CELLS]; /* [N_SLOTS][n] */
    double *rows;                   /* [n][N_WORDS], with revisions; NULL: none */
    gboolean keeps_revision;        /* wrongly */
    guint64 generator[2];
    gint64 total; /* of all counts: a tree that all ranks have */
    gint64 prepared_total;
    guint64 messages;       /* to other ranks: of no use on another number of them */
    guint64 bytes;          /* of these, in a tree */
    guint32 exchange_flags; /* of their population; 0: none */
    const char *exchange_key;
    guint64 step;
    FILE *output; /* rank 0 */
    char *output_path;
    const char *fails_at; /* a callback */
    gint32 fail_status;
    guint64 fail_step;
    guint64 dies_at_save; /* at this step: it sends nothing any more; 0: never */
    GString *log;
    double gain;                      /* part of the fingerprint */
    double drive;                     /* a parameter without a key, of which nothing depends */
    gboolean lacks_keys;              /* of its links */
    gboolean has_version_2;           /* of their type */
    gboolean nests;                   /* their sum is an object of type "sum" */
    const struct torpor_codec *codec; /* of links, or of sums; NULL: none */
    gint32 least_level;               /* of the messages that `log` gets */
} Cells;

static inline guint
cells_owner(guint id, guint n_ranks, Dealing dealing)
{
    return dealing == IN_BLOCKS ? (guint)((guint64)id * n_ranks / N_CELLS) : id % n_ranks;
}

/* The links of own cells; backwards where there are keys. */
static inline void
cells_link(Cells *cells)
{
    cells->n_links = 2 * cells->n;
    for (guint i = 0; i < cells->n_links; i++) {
        guint number = cells->n_ranks == 1 ? i : cells->n_links - 1 - i;
        guint cell = number / 2;
        cells->links[i] = (Link){.id = cells->cells[cell].id * 2 + number % 2, .to = cell};
    }
}

static inline double
cells_row_value(guint id, guint word, guint64 step)
{
    return id * 1000.0 + word + (step >= ROWS_CHANGE ? 0.25 : 0);
}

static inline void
cells_set_rows(Cells *cells)
{
    for (guint i = 0; i < cells->n; i++)
        for (guint word = 0; word < N_WORDS; word++)
            cells->rows[i * N_WORDS + word] =
                cells_row_value(cells->cells[i].id, word, cells->step);
}

static inline gboolean
cells_rows_are_right(const Cells *cells)
{
    for (guint i = 0; i < cells->n; i++)
        for (guint word = 0; word < N_WORDS; word++)
            if (cells->rows[i * N_WORDS + word] !=
                cells_row_value(cells->cells[i].id, word, cells->step))
                return FALSE;
    return TRUE;
}

static inline void
cells_init(Cells *cells, Seat seat, guint n_ranks, Dealing dealing)
{
    *cells = (Cells){.seat = seat,
                     .n_ranks = n_ranks,
                     .dealing = dealing,
                     .gain = 1,
                     .least_level = TORPOR_LOG_WARNING};
    cells->log = g_string_new(NULL);
    for (guint i = 0; i < N_CELLS; i++) {
        guint id = dealing == BACKWARDS && n_ranks > 1 ? N_CELLS - 1 - i : i;
        if (cells_owner(id, n_ranks, dealing) == seat.rank)
            cells->cells[cells->n++] = (Cell){.id = id, .v = 0.37 * id, .weights = {1, 2 + id % 5}};
    }
    cells->generator[0] = 88172645463325252u;
    cells_link(cells);
}

static inline void
cells_clear(Cells *cells)
{
    if (cells->output != NULL)
        fclose(cells->output);
    g_free(cells->output_path);
    g_free(cells->rows);
    for (guint i = 0; i < cells->n; i++)
        free(cells->cells[i].active);
    g_string_free(cells->log, TRUE);
}

static inline void
cells_open_output(Cells *cells, const char *folder)
{
    cells->output_path = g_build_filename(folder, "output", NULL);
    if (cells->seat.rank == 0) {
        FILE *file = fopen(cells->output_path, "a");
        fclose(file);
        cells->output = fopen(cells->output_path, "r+");
        fseek(cells->output, 0, SEEK_END);
    }
}

/* The values of all cells by id: one call of the collective. */
static inline gboolean
cells_exchange(const Cells *cells, double *all)
{
    struct torpor_error error;
    double mine[N_CELLS * 2] = {0};
    g_autofree double *gathered = g_new0(double, (gsize)cells->n_ranks *N_CELLS * 2);
    for (guint i = 0; i < cells->n; i++) {
        mine[cells->cells[i].id * 2] = cells->cells[i].v;
        mine[cells->cells[i].id * 2 + 1] = 1;
    }
    if (cells->n_ranks == 1)
        memcpy(gathered, mine, sizeof mine);
    else if (crowd_allgather((void *)&cells->seat, mine, sizeof mine, gathered, &error) != 0)
        return FALSE;
    for (guint rank = 0; rank < cells->n_ranks; rank++)
        for (guint id = 0; id < N_CELLS; id++)
            if (gathered[(rank * N_CELLS + id) * 2 + 1] > 0)
                all[id] = gathered[(rank * N_CELLS + id) * 2];
    return TRUE;
}

static inline gboolean
cells_step(Cells *cells)
{
    double all[N_CELLS];
    if (!cells_exchange(cells, all))
        return FALSE;
    guint64 x = cells->generator[0];
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    cells->generator[0] = x;
    double noise = (double)(x >> 11) * 0x1p-53;
    cells->step++;
    cells->messages += cells->n_ranks;
    cells->bytes += 16 * cells->n_ranks;
    if (cells->rows != NULL && cells->step == ROWS_CHANGE)
        cells_set_rows(cells);
    guint slot = cells->step % N_SLOTS;
    for (guint i = 0; i < cells->n; i++) {
        Cell *cell = &cells->cells[i];
        double *arriving = &cells->ring[slot * cells->n + i];
        cell->v += 0.1 * noise * cells->gain + *arriving;
        *arriving = 0.01 * all[(cell->id * 7 + 3) % N_CELLS];
        if (cell->v > 20) {
            cell->v -= 20;
            cell->count++;
            cell->active = realloc(cell->active, (cell->n_active + 1) * sizeof *cell->active);
            cell->active[cell->n_active++] = (double)cells->step;
            cell->weights[cells->step % 2] *= 1.5f;
        }
    }
    for (guint i = 0; i < cells->n_links; i++) {
        Link *link = &cells->links[i];
        guint cell = (cells->n_ranks == 1 ? i : cells->n_links - 1 - i) / 2;
        if (link->to != G_MAXUINT32)
            link->sum += cells->cells[link->to].v;
        link->to = link->id % 2 == 1 && (cells->step + link->id) % 3 == 0 ? G_MAXUINT32 : cell;
    }
    for (guint id = 0; id < N_CELLS; id++)
        cells->total += all[id] > 19;
    if (cells->output != NULL)
        fprintf(cells->output, "%" G_GUINT64_FORMAT " %.17g\n", cells->step, all[17]);
    return TRUE;
}

/* ---- the host ---- */

static inline gint32
cells_answer(Cells *cells, const char *callback, struct torpor_error *error)
{
    if (cells->fails_at == NULL || strcmp(cells->fails_at, callback) != 0 ||
        (cells->fail_step > 0 && cells->step != cells->fail_step))
        return TORPOR_STATUS_OK;
    g_snprintf(error->message, sizeof error->message, "%s was asked to fail", callback);
    return cells->fail_status == 0 ? TORPOR_STATUS_HOST : cells->fail_status;
}

static inline gint32
cells_clock(void *data, struct torpor_clock *out, struct torpor_error *error)
{
    const Cells *cells = data;
    (void)error;
    out->step = cells->step;
    out->time = (double)cells->step;
    out->unit = "ms";
    return TORPOR_STATUS_OK;
}

static inline gint32
cells_fingerprint(void *data, char *out, uint64_t size, uint64_t *length,
                  struct torpor_error *error)
{
    const Cells *cells = data;
    (void)error;
    *length = (uint64_t)g_snprintf(out, size, "cells n=%u gain=%g", N_CELLS, cells->gain);
    return TORPOR_STATUS_OK;
}

static inline gint32
cells_save_begin(void *data, struct torpor_error *error)
{
    Cells *cells = data;
    if (cells->dies_at_save > 0 && cells->step == cells->dies_at_save)
        crowd_die(cells->seat.crowd);
    return cells_answer(data, "save_begin", error);
}

static inline gint32
cells_restore_begin(void *data, const struct torpor_clock *clock, struct torpor_error *error)
{
    (void)clock;
    return cells_answer(data, "restore_begin", error);
}

static inline gint32
cells_restore_commit(void *data, const struct torpor_clock *clock, struct torpor_error *error)
{
    Cells *cells = data;
    cells->step = clock->step;
    return cells_answer(data, "restore_commit", error);
}

static inline gint32
cells_flush(void *data, struct torpor_error *error)
{
    (void)error;
    fflush(((Cells *)data)->output);
    return TORPOR_STATUS_OK;
}

static inline gint32
cells_rolled_back(void *data, uint64_t length, struct torpor_error *error)
{
    (void)error;
    fseek(((Cells *)data)->output, (long)length, SEEK_SET);
    return TORPOR_STATUS_OK;
}

static inline gint32
cells_to_state(void *data, const struct torpor_tree_writer *writer, struct torpor_error *error)
{
    (void)error;
    return writer->put_int(writer->data, "total", ((Cells *)data)->total);
}

static inline gint32
cells_from_state(void *data, const struct torpor_tree_reader *reader, int32_t mismatch,
                 struct torpor_error *error)
{
    (void)mismatch;
    return reader->get_int(reader->data, "total", &((Cells *)data)->prepared_total, error);
}

static inline gint32
cells_commit(void *data, struct torpor_error *error)
{
    Cells *cells = data;
    (void)error;
    cells->total = cells->prepared_total;
    return TORPOR_STATUS_OK;
}

static inline gint32
cells_bytes_to_state(void *data, const struct torpor_tree_writer *writer,
                     struct torpor_error *error)
{
    (void)error;
    return writer->put_uint(writer->data, "bytes", ((Cells *)data)->bytes);
}

static inline gint32
cells_bytes_from_state(void *data, const struct torpor_tree_reader *reader, int32_t mismatch,
                       struct torpor_error *error)
{
    (void)mismatch;
    return reader->get_uint(reader->data, "bytes", &((Cells *)data)->bytes, error);
}

static inline gint32
cells_parameters_to_state(void *data, const struct torpor_tree_writer *writer,
                          struct torpor_error *error)
{
    (void)error;
    return writer->put_float(writer->data, "drive", ((Cells *)data)->drive);
}

static inline gint32
cells_parameters_from_state(void *data, const struct torpor_tree_reader *reader, int32_t mismatch,
                            struct torpor_error *error)
{
    double drive;
    (void)data, (void)mismatch;
    return reader->get_float(reader->data, "drive", &drive, error);
}

static inline gint32
cells_parameters_commit(void *data, struct torpor_error *error)
{
    (void)data, (void)error;
    return TORPOR_STATUS_OK;
}

static inline void
cells_log(void *data, int32_t level, const char *message)
{
    static GMutex lock;
    g_mutex_lock(&lock);
    if (level >= ((const Cells *)data)->least_level)
        g_string_append_printf(((Cells *)data)->log, "%s\n", message);
    g_mutex_unlock(&lock);
}

static const struct torpor_field cell_fields[] = {
    TORPOR_FIELD(Cell, count, NULL),
    TORPOR_FIELD(Cell, v, "mV"),
    TORPOR_FIELD(Cell, weights, NULL, .flags = TORPOR_FIELD_GIVEN),
    TORPOR_FIELD(Cell, bias, "mV", .flags = TORPOR_FIELD_PARAMETER),
    TORPOR_LIST(Cell, active, n_active, "ms"),
    TORPOR_FIELD(Cell, id, NULL),
};

static const struct torpor_field link_fields[] = {
    TORPOR_REFERENCE(Link, to, "cells/all"),
    TORPOR_FIELD(Link, sum, "mV"),
    TORPOR_FIELD(Link, id, NULL),
};

static const struct torpor_field exchange_fields[] = {TORPOR_FIELD(Cells, messages, NULL)};

/* Its sum as an object of its own. */
static const struct torpor_field sum_fields[] = {{TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE,
                                                  .name = "value", .dtype = TORPOR_DTYPE_FLOAT64,
                                                  .unit = "mV"}};
static const struct torpor_field nesting_link_fields[] = {
    TORPOR_REFERENCE(Link, to, "cells/all"),
    {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_NESTED, .name = "sum", .target = "sum",
     .offset = offsetof(Link, sum)},
    TORPOR_FIELD(Link, id, NULL),
};

/* On one rank there are no keys: the last field is left out. */
static inline gboolean
cells_declare(const Cells *cells, TorporCatalogue *catalogue, GError **error)
{
    const struct torpor_type cell = {TORPOR_TYPE_INIT,
                                     .version = 1,
                                     .name = "cell",
                                     .fields = cell_fields,
                                     .n_fields = cells->n_ranks > 1 ? 6 : 5,
                                     .object_size = sizeof(Cell)};
    const struct torpor_type link = {TORPOR_TYPE_INIT,
                                     .version = cells->has_version_2 ? 2 : 1,
                                     .name = "link",
                                     .fields = cells->nests ? nesting_link_fields : link_fields,
                                     .n_fields = cells->n_ranks > 1 ? 3 : 2,
                                     .object_size = sizeof(Link)};
    const struct torpor_type exchange = {TORPOR_TYPE_INIT, .version = 1, .name = "exchange",
                                         .fields = exchange_fields, .n_fields = 1};
    const struct torpor_type sum = {TORPOR_TYPE_INIT, .version = 1,
                                    .name = "sum",    .fields = sum_fields,
                                    .n_fields = 1,    .object_size = sizeof(double)};
    const struct torpor_field slot_fields[] = {
        {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "g", .dtype = TORPOR_DTYPE_FLOAT64,
         .rank = 1, .shape = {cells->n}, .unit = "nS"},
        {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "of", .dtype = TORPOR_DTYPE_UINT32,
         .rank = 1, .shape = {cells->n}},
    };
    const struct torpor_type slot = {TORPOR_TYPE_INIT, .version = 1, .name = "slot",
                                     .fields = slot_fields, .n_fields = cells->n_ranks > 1 ? 2 : 1};
    static const struct torpor_field row_fields[] = {
        {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "values",
         .dtype = TORPOR_DTYPE_FLOAT64, .rank = 1, .shape = {N_WORDS}},
        {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "of", .dtype = TORPOR_DTYPE_UINT32},
    };
    const struct torpor_type row = {TORPOR_TYPE_INIT, .version = 1, .name = "row",
                                    .fields = row_fields, .n_fields = cells->n_ranks > 1 ? 2 : 1};
    return torpor_catalogue_add_type(catalogue, &cell, error) &&
           torpor_catalogue_add_type(catalogue, &exchange, error) &&
           (cells->rows == NULL || torpor_catalogue_add_type(catalogue, &row, error)) &&
           (!cells->nests || torpor_catalogue_add_type(catalogue, &sum, error)) &&
           torpor_catalogue_add_type(catalogue, &link, error) &&
           (cells->codec == NULL || torpor_catalogue_add_codec(catalogue, cells->codec, error)) &&
           (cells->n == 0 || torpor_catalogue_add_type(catalogue, &slot, error));
}

static inline gint32
cells_describe(void *data, const struct torpor_description *description, struct torpor_error *error)
{
    Cells *cells = data;
    guint32 ids[N_CELLS];
    gboolean has_keys = cells->n_ranks > 1;
    for (guint i = 0; i < cells->n; i++)
        ids[i] = cells->cells[i].id;
    struct torpor_population population = {
        TORPOR_POPULATION_INIT, .layout = TORPOR_LAYOUT_CONTIGUOUS,
        .path = "cells/all",    .type = "cell",
        .count = cells->n,      .base = cells->cells,
        .stride = sizeof(Cell), .key = has_keys ? "id" : NULL};
    struct torpor_population links = {
        TORPOR_POPULATION_INIT,  .layout = TORPOR_LAYOUT_CONTIGUOUS,
        .path = "links",         .type = "link",
        .count = cells->n_links, .base = cells->links,
        .stride = sizeof(Link),  .key = has_keys && !cells->lacks_keys ? "id" : NULL};
    static guint32 ring_ids[CROWD_MAX][N_SLOTS * N_CELLS];
    for (guint slot = 0; slot < N_SLOTS; slot++)
        memcpy(&ring_ids[cells->seat.rank][slot * cells->n], ids, cells->n * sizeof *ids);
    const struct torpor_column ring_columns[] = {{cells->ring, 0}, {ring_ids[cells->seat.rank], 0}};
    struct torpor_population ring = {TORPOR_POPULATION_INIT,
                                     .layout = TORPOR_LAYOUT_COLUMNS,
                                     .path = "ring",
                                     .type = "slot",
                                     .count = N_SLOTS,
                                     .columns = ring_columns,
                                     .n_columns = has_keys ? 2 : 1,
                                     .key = has_keys ? "of" : NULL};
    const guint64 revisions[] = {cells->step >= ROWS_CHANGE && !cells->keeps_revision ? 2 : 1, 1};
    const struct torpor_column row_columns[] = {{cells->rows, 0}, {ring_ids[cells->seat.rank], 0}};
    const struct torpor_population rows = {TORPOR_POPULATION_INIT,
                                           .layout = TORPOR_LAYOUT_COLUMNS,
                                           .path = "rows",
                                           .type = "row",
                                           .count = cells->n,
                                           .columns = row_columns,
                                           .n_columns = has_keys ? 2 : 1,
                                           .key = has_keys ? "of" : NULL,
                                           .revisions = revisions,
                                           .n_revisions = has_keys ? 2 : 1};
    const struct torpor_population exchange = {TORPOR_POPULATION_INIT,
                                               .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                               .path = "exchange",
                                               .type = "exchange",
                                               .count = 1,
                                               .base = cells,
                                               .stride = sizeof *cells,
                                               .key = cells->exchange_key,
                                               .flags = cells->exchange_flags};
    const struct torpor_tree bytes = {TORPOR_TREE_INIT,
                                      .path = "bytes",
                                      .flags = TORPOR_ORIGIN_STATE | TORPOR_TREE_OF_RANK,
                                      .tree_data = cells,
                                      .to_state = cells_bytes_to_state,
                                      .from_state = cells_bytes_from_state,
                                      .commit = cells_parameters_commit};
    const struct torpor_generator generator = {
        TORPOR_GENERATOR_INIT, .path = "noise", .algorithm = "xorshift64",
        .state = {.data = cells->generator, .dtype = TORPOR_DTYPE_UINT64, .rank = 1, .shape = {2}}};
    const struct torpor_tree tree = {TORPOR_TREE_INIT,
                                     .path = "total",
                                     .tree_data = cells,
                                     .to_state = cells_to_state,
                                     .from_state = cells_from_state,
                                     .commit = cells_commit};
    const struct torpor_tree parameters = {TORPOR_TREE_INIT,
                                           .path = "parameters",
                                           .flags = TORPOR_ORIGIN_PARAMETER,
                                           .tree_data = cells,
                                           .to_state = cells_parameters_to_state,
                                           .from_state = cells_parameters_from_state,
                                           .commit = cells_parameters_commit};
    const struct torpor_output output = {TORPOR_OUTPUT_INIT, .path = cells->output_path,
                                         .output_data = cells, .flush = cells_flush,
                                         .rolled_back = cells_rolled_back};
    (void)error;
    if (cells->n > 0) {
        description->add_population(description->data, &links); /* before what they refer to */
        description->add_population(description->data, &population);
        description->add_population(description->data, &ring);
        if (cells->rows != NULL)
            description->add_population(description->data, &rows);
    }
    if (cells->output != NULL)
        description->add_output(description->data, &output);
    if (cells->exchange_flags != 0) {
        description->add_population(description->data, &exchange);
        description->add_tree(description->data, &bytes);
    }
    description->add_tree(description->data, &tree);
    description->add_tree(description->data, &parameters);
    return description->add_generator(description->data, &generator);
}

static inline gint32
cells_register(void *data, const struct torpor_hooks *hooks, void *hook_data)
{
    (void)data, (void)hooks, (void)hook_data;
    return TORPOR_STATUS_OK;
}

static const struct torpor_host cells_host = {
    TORPOR_HOST_INIT,
    .flags = TORPOR_HOST_NO_SIGNALS,
    .name = "cells",
    .version = "1",
    .register_hooks = cells_register,
    .clock = cells_clock,
    .describe = cells_describe,
    .fingerprint = cells_fingerprint,
    .save_begin = cells_save_begin,
    .restore_begin = cells_restore_begin,
    .restore_commit = cells_restore_commit,
    .log = cells_log,
};

#endif
