/* Runs whose checkpoints are to be damaged: by one process, or by threads as ranks; and what the
 * host's state was at each of them. */
#ifndef TORPOR_TEST_SAVED_RUN_H
#define TORPOR_TEST_SAVED_RUN_H

#include <xxhash.h>

#include "session/hooks.h"

#include "../ranks/cells.h"

#define EVERY 10u
#define N_SAVED 4u
#define NEWEST ((guint64)EVERY * N_SAVED)
#ifndef TABLE_WORDS
#define TABLE_WORDS 8192u /* enough to have ranges, and blocks, of its own */
#endif
#define MAX_RANKS 2u

/* A file that is damaged, so that the run resumes from `step`. */
typedef struct {
    const char *name;
    guint64 step;
    gboolean has_more; /* than the newest checkpoint needs of it */
} Part;

/* How checkpoints are saved. The newest is that of step 40. */
typedef struct {
    const char *name;
    const char *options;
    guint n_ranks;
    gboolean has_table; /* that never changes, so that files refer to it */
    Part parts[4];
} Kind;

/* A cell, wherever its list is, and without padding. */
typedef struct {
    guint32 id;
    gint32 count;
    double v;
    float weights[2];
    guint64 active; /* XXH3 of the list's values */
} CellState;

/* What is restored, whole. */
typedef struct {
    CellState cells[N_CELLS];
    Link links[2 * N_CELLS];
    double ring[N_SLOTS * N_CELLS];
    guint64 generator[2];
    gint64 total;
    guint64 table[TABLE_WORDS];
} State;

typedef struct {
    const Kind *kind;
    char *dir;
    guint64 seed;
    void (*log)(void *host_data, int32_t level, const char *message); /* NULL: that of cells.h */
    State *states[N_SAVED];                                           /* at step 10, 20, ... */
    Crowd crowd;
    guint n_done;
    guint n_noticed;
} Sweep;

typedef struct {
    Cells cells; /* first, as the host's functions find it */
    Sweep *sweep;
    guint64 table[TABLE_WORDS];
} Host;

/* ---- the host: cells, and a table ---- */

static gint32
describe(void *data, const struct torpor_description *description, struct torpor_error *error)
{
    Host *host = data;
    const struct torpor_generator table = {
        TORPOR_GENERATOR_INIT, .path = "table", .algorithm = "table",
        .state = {
            .data = host->table, .dtype = TORPOR_DTYPE_UINT64, .rank = 1, .shape = {TABLE_WORDS}}};
    if (host->sweep->kind->has_table)
        description->add_generator(description->data, &table);
    return cells_describe(data, description, error);
}

static CellState
cell_state_of(const Cell *cell)
{
    return (CellState){.id = cell->id,
                       .count = cell->count,
                       .v = cell->v,
                       .weights = {cell->weights[0], cell->weights[1]},
                       .active = XXH3_64bits(cell->active, cell->n_active * sizeof *cell->active)};
}

static State *
state_of(const Host *host)
{
    State *state = g_new0(State, 1); /* the padding, too */
    for (guint i = 0; i < host->cells.n; i++)
        state->cells[i] = cell_state_of(&host->cells.cells[i]);
    memcpy(state->links, host->cells.links, sizeof state->links);
    memcpy(state->ring, host->cells.ring, sizeof state->ring);
    memcpy(state->generator, host->cells.generator, sizeof state->generator);
    state->total = host->cells.total;
    if (host->sweep->kind->has_table)
        memcpy(state->table, host->table, sizeof state->table);
    return state;
}

static TorporSession *
attach(Host *host, struct torpor_host *table, struct torpor_collective *collective)
{
    Sweep *sweep = host->sweep;
    g_autoptr(GError) error = NULL;
    g_autofree char *text =
        g_strdup_printf("dir=%s,mode=sync,fsync=no,every=%u ms,every_wall=off,keep=9%s", sweep->dir,
                        EVERY, sweep->kind->options);
    g_auto(GStrv) options = g_strsplit(text, ",", -1);
    *table = cells_host;
    table->describe = describe;
    if (sweep->log != NULL)
        table->log = sweep->log;
    if (host->cells.n_ranks > 1) {
        *collective = (struct torpor_collective){
            TORPOR_COLLECTIVE_INIT,         .rank = host->cells.seat.rank,
            .n_ranks = host->cells.n_ranks, .collective_data = &host->cells.seat,
            .barrier = crowd_barrier,       .allgather = crowd_allgather,
            .broadcast = crowd_broadcast};
        table->collective = collective;
    }
    TorporSession *session = torpor_session_new(table, host, (const char *const *)options,
                                                g_strv_length(options), &error);
    if (session != NULL && cells_declare(&host->cells, session->catalogue, &error))
        return session;
    fprintf(stderr, "saver: %s\n", error->message); /* the other rank would wait */
    exit(1);
}

static gpointer
run_rank(gpointer data)
{
    Host *host = data;
    struct torpor_host table;
    struct torpor_collective collective;
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    TorporSession *session = attach(host, &table, &collective);
    torpor_session_restore(session, NULL, &resumed, &error);
    g_assert_no_error(error);
    while (host->cells.step < NEWEST + 3) {
        g_assert_true(cells_step(&host->cells));
        torpor_session_step(session, host->cells.step, (double)host->cells.step);
        if (host->cells.n_ranks == 1 && host->cells.step % EVERY == 0)
            host->sweep->states[host->cells.step / EVERY - 1] = state_of(host);
    }
    (void)torpor_session_free(session);
    return NULL;
}

static Host *
host_new(Sweep *sweep, guint rank, guint n_ranks)
{
    Host *host = g_new0(Host, 1);
    cells_init(&host->cells, (Seat){&sweep->crowd, rank}, n_ranks, ONE_BY_ONE);
    host->cells.generator[0] ^= sweep->seed;
    host->sweep = sweep;
    for (guint i = 0; i < TABLE_WORDS; i++)
        host->table[i] = (i + sweep->seed) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    return host;
}

static void
host_free(Host *host)
{
    cells_clear(&host->cells);
    g_free(host);
}

/* Steps 10 to 40 are saved. */
G_GNUC_UNUSED static void
run(Sweep *sweep, guint n_ranks)
{
    GThread *threads[MAX_RANKS];
    Host *hosts[MAX_RANKS];
    crowd_init(&sweep->crowd, n_ranks);
    for (guint i = 0; i < n_ranks; i++) {
        hosts[i] = host_new(sweep, i, n_ranks);
        threads[i] = g_thread_new("rank", run_rank, hosts[i]);
    }
    for (guint i = 0; i < n_ranks; i++) {
        g_thread_join(threads[i]);
        host_free(hosts[i]);
    }
    crowd_clear(&sweep->crowd);
}

#endif
