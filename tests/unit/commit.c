/* Columns of many pieces: several threads, the host's own and ours, memory and disk. */
#include "restore/commit.h"

#include <malloc.h>
#include <sys/resource.h>

#include "file/writer.h"
#include "round.h"
#include "save/capture_write.h"

#define N_CELLS_HERE 380000u
#define PAIRS_TOGETHER 4096u

typedef struct {
    double x;
    float y[3];
    guint32 z;
    guint8 odd; /* the same in all cells but one, which a few samples do not meet */
} Cell;

/* How far one kind of work is. */
typedef struct {
    const char *what;
    guint64 done, total;
    guint n_calls;
} Reported;

typedef struct {
    Cell *cells;
    double *column;
    double *hidden; /* behind an accessor */
    guint8 *pairs;  /* two fields of an object share a byte, behind accessors */
    struct torpor_column columns[4];
    struct torpor_population populations[2];
    guint64 step;
    guint n_tasks; /* that the host ran */
    GThread *host_thread;
    gint n_from_others; /* calls of accessors from other threads */
    gint n_telling;     /* progress at once */
    Reported reported[3];
    gint pair_users[N_CELLS_HERE / PAIRS_TOGETHER + 1]; /* that write into these pairs just now */
    gint max_pair_users;
} Big;

static gint32
hidden_gather(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
              G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
              void *column, G_GNUC_UNUSED struct torpor_error *error)
{
    Big *big = host_data;
    if (g_thread_self() != big->host_thread)
        g_atomic_int_inc(&big->n_from_others);
    memcpy(column, big->hidden + first, count * sizeof(double));
    return 0;
}

static gint32
hidden_scatter(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
               G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count,
               const void *column, G_GNUC_UNUSED struct torpor_error *error)
{
    Big *big = host_data;
    if (g_thread_self() != big->host_thread)
        g_atomic_int_inc(&big->n_from_others);
    memcpy(big->hidden + first, column, count * sizeof(double));
    return 0;
}

static const guint low = 0, high = 4; /* bits: where a field of a pair is */

static gint32
half_gather(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
            const struct torpor_field *field, guint64 first, guint64 count, void *column,
            G_GNUC_UNUSED struct torpor_error *error)
{
    const guint8 *pairs = ((Big *)host_data)->pairs + first;
    for (guint64 i = 0; i < count; i++)
        ((guint8 *)column)[i] = pairs[i] >> *(const guint *)field->field_data & 15;
    return 0;
}

static gint32
half_scatter(void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
             const struct torpor_field *field, guint64 first, guint64 count, const void *column,
             G_GNUC_UNUSED struct torpor_error *error)
{
    guint shift = *(const guint *)field->field_data;
    guint8 *pairs = ((Big *)host_data)->pairs + first;
    for (guint64 i = 0; i < count; i++)
        pairs[i] =
            (guint8)((pairs[i] & ~(15u << shift)) | (guint)((const guint8 *)column)[i] << shift);
    return 0;
}

static const struct torpor_accessor half_accessor = {TORPOR_ACCESSOR_INIT, .gather = half_gather,
                                                     .scatter = half_scatter};
static const struct torpor_accessor hidden_accessor = {
    TORPOR_ACCESSOR_INIT, .gather = hidden_gather, .scatter = hidden_scatter};
static const struct torpor_field cell_fields[] = {
    {TORPOR_FIELD_INIT, .name = "x", .dtype = TORPOR_DTYPE_FLOAT64, .kind = TORPOR_FIELD_VALUE,
     .offset = offsetof(Cell, x)},
    {TORPOR_FIELD_INIT, .name = "y", .dtype = TORPOR_DTYPE_FLOAT32, .kind = TORPOR_FIELD_VALUE,
     .rank = 1, .shape = {3}, .offset = offsetof(Cell, y)},
    {TORPOR_FIELD_INIT, .name = "z", .dtype = TORPOR_DTYPE_UINT32, .kind = TORPOR_FIELD_VALUE,
     .offset = offsetof(Cell, z)},
    {TORPOR_FIELD_INIT, .name = "odd", .dtype = TORPOR_DTYPE_UINT8, .kind = TORPOR_FIELD_VALUE,
     .offset = offsetof(Cell, odd)},
};
static const struct torpor_field column_fields[] = {
    {TORPOR_FIELD_INIT, .name = "column", .dtype = TORPOR_DTYPE_FLOAT64,
     .kind = TORPOR_FIELD_VALUE},
    {TORPOR_FIELD_INIT, .name = "hidden", .dtype = TORPOR_DTYPE_FLOAT64, .kind = TORPOR_FIELD_VALUE,
     .accessor = &hidden_accessor},
    {TORPOR_FIELD_INIT, .name = "low", .dtype = TORPOR_DTYPE_UINT8, .kind = TORPOR_FIELD_VALUE,
     .accessor = &half_accessor, .field_data = &low},
    {TORPOR_FIELD_INIT, .name = "high", .dtype = TORPOR_DTYPE_UINT8, .kind = TORPOR_FIELD_VALUE,
     .accessor = &half_accessor, .field_data = &high},
};
static const struct torpor_type cell_type = {TORPOR_TYPE_INIT,
                                             .version = 1,
                                             .name = "cell",
                                             .fields = cell_fields,
                                             .n_fields = G_N_ELEMENTS(cell_fields),
                                             .object_size = sizeof(Cell)};
static const struct torpor_type column_type = {TORPOR_TYPE_INIT, .version = 1, .name = "column",
                                               .fields = column_fields,
                                               .n_fields = G_N_ELEMENTS(column_fields)};

static gint32
big_clock(void *host_data, struct torpor_clock *out, G_GNUC_UNUSED struct torpor_error *error)
{
    *out = (struct torpor_clock){TORPOR_CLOCK_INIT, .unit = "ms", .step = ((Big *)host_data)->step};
    return 0;
}

static gint32
big_describe(void *host_data, const struct torpor_description *description,
             G_GNUC_UNUSED struct torpor_error *error)
{
    const Big *big = host_data;
    description->add_population(description->data, &big->populations[0]);
    return description->add_population(description->data, &big->populations[1]);
}

static gint32
big_restore_commit(void *host_data, const struct torpor_clock *clock,
                   G_GNUC_UNUSED struct torpor_error *error)
{
    ((Big *)host_data)->step = clock->step;
    return 0;
}

static gint32
big_register(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_hooks *hooks,
             G_GNUC_UNUSED void *hook_data)
{
    return 0;
}

typedef struct {
    void (*task)(void *task_data, guint64 index);
    void *task_data;
    guint64 index;
} Task;

static gpointer
run_task(gpointer data)
{
    Task *task = data;
    task->task(task->task_data, task->index);
    return NULL;
}

static void
big_parallel_for(void *host_data, guint64 n_tasks, void (*task)(void *task_data, guint64 index),
                 void *task_data)
{
    Task *tasks = g_new(Task, n_tasks);
    GThread **threads = g_new(GThread *, n_tasks);
    for (guint64 i = 0; i < n_tasks; i++) {
        tasks[i] = (Task){task, task_data, i};
        threads[i] = g_thread_new("host", run_task, &tasks[i]);
    }
    for (guint64 i = 0; i < n_tasks; i++)
        g_thread_join(threads[i]);
    ((Big *)host_data)->n_tasks += (guint)n_tasks;
    g_free(threads);
    g_free(tasks);
}

static void
big_progress(void *host_data, const char *what, guint64 done, guint64 total)
{
    Big *big = host_data;
    g_assert_cmpint(g_atomic_int_add(&big->n_telling, 1), ==, 0);
    Reported *reported = big->reported;
    while (reported->what != NULL && !g_str_equal(reported->what, what))
        reported++;
    g_assert_true(reported < big->reported + G_N_ELEMENTS(big->reported));
    g_assert_cmpuint(done, >=, reported->done);
    g_assert_cmpuint(done, <=, total);
    g_assert_true(reported->what == NULL || reported->total == total);
    *reported = (Reported){what, done, total, reported->n_calls + 1};
    g_atomic_int_add(&big->n_telling, -1);
}

/* The progress of each kind of work was reported to its end. */
static void
big_check_reported(const Big *big, const char *const *works)
{
    guint n = 0;
    for (; works[n] != NULL; n++) {
        g_assert_cmpstr(big->reported[n].what, ==, works[n]);
        g_assert_cmpuint(big->reported[n].done, ==, big->reported[n].total);
        g_assert_cmpuint(big->reported[n].n_calls, >, 0);
    }
    for (; n < G_N_ELEMENTS(big->reported); n++)
        g_assert_null(big->reported[n].what);
}

static Big *
big_new(void)
{
    Big *big = g_new0(Big, 1);
    big->cells = g_new0(Cell, N_CELLS_HERE);
    big->column = g_new(double, N_CELLS_HERE);
    big->hidden = g_new(double, N_CELLS_HERE);
    big->pairs = g_new0(guint8, N_CELLS_HERE);
    big->host_thread = g_thread_self();
    big->columns[0].data = big->column;
    big->populations[0] = (struct torpor_population){TORPOR_POPULATION_INIT,
                                                     .path = "cells",
                                                     .type = "cell",
                                                     .count = N_CELLS_HERE,
                                                     .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                                     .base = big->cells,
                                                     .stride = sizeof(Cell)};
    big->populations[1] = (struct torpor_population){TORPOR_POPULATION_INIT,
                                                     .path = "columns",
                                                     .type = "column",
                                                     .count = N_CELLS_HERE,
                                                     .layout = TORPOR_LAYOUT_COLUMNS,
                                                     .columns = big->columns,
                                                     .n_columns = 4};
    return big;
}

static void
big_fill(Big *big, guint32 seed)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    for (guint i = 0; i < N_CELLS_HERE; i++) {
        guint32 r = g_rand_int(rand);
        guint8 odd = i == N_CELLS_HERE / 2 + 12345 ? 1 : (guint8)(7 * seed);
        big->cells[i] = (Cell){r, {(float)i, (float)seed, 1}, r ^ i, odd};
        big->column[i] = r + 0.5;
        big->hidden[i] = r - 0.25;
        big->pairs[i] = (guint8)(r >> 8);
    }
}

static void
big_free(Big *big)
{
    g_free(big->cells);
    g_free(big->column);
    g_free(big->hidden);
    g_free(big->pairs);
    g_free(big);
}

/* ---- memory ---- */

/* Sanitizers have an allocator of their own, which such a limit would end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAN_LIMIT_MEMORY FALSE
#else
#define CAN_LIMIT_MEMORY TRUE
#endif

/* The process gets no more memory, but for what it had before and gave back in small pieces. */
static struct rlimit
forbid_memory(void)
{
    struct rlimit before, none;
    g_assert_cmpint(getrlimit(RLIMIT_AS, &before), ==, 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    if (CAN_LIMIT_MEMORY)
        g_assert_cmpint(setrlimit(RLIMIT_AS, &none), ==, 0);
    return before;
}

static void
allow_memory(const struct rlimit *before)
{
    g_assert_cmpint(setrlimit(RLIMIT_AS, before), ==, 0);
}

/* Past prepare nothing can fail for want of memory, ragged values of any length included. */
static void
test_ragged_without_memory(Round *round, gconstpointer memory_bytes)
{
    g_autoptr(GError) error = NULL;
    Train *train = &round->model->trains[7];
    train->n = 500000;
    train->times = g_renew(double, train->times, train->n);
    for (guint64 i = 0; i < train->n; i++)
        train->times[i] = (double)i + 0.5;
    round_save_fine(round);
    g_autofree char *saved = model_digest(round->model);
    model_advance(round->model, 3, NULL);
    g_autoptr(TorporReport) report = torpor_report_new(&round->host, TORPOR_MISMATCH_ERROR);
    TorporCheckpointFile *checkpoint = torpor_checkpoint_file_open(
        round->path, &round->host, (guint64)(gsize)memory_bytes, &error);
    g_assert_no_error(error);
    g_autoptr(TorporRestore) restore = torpor_restore_prepare(
        &round->host, round->catalogue, round->outputs, checkpoint, report, &error);
    g_assert_no_error(error);
    struct rlimit before = forbid_memory();
    gboolean is_committed = torpor_restore_commit(restore, &error);
    allow_memory(&before);
    g_assert_no_error(error);
    g_assert_true(is_committed);
    g_autofree char *restored = model_digest(round->model);
    g_assert_cmpstr(saved, ==, restored);
}

/* ---- round trips ---- */

typedef struct {
    const char *path;
    guint64 memory_bytes;
    guint32 flags;
    gboolean has_threads;
} Case;

static void
test_round_trip(gconstpointer data)
{
    const Case *which = data;
    g_autoptr(GError) error = NULL;
    const struct torpor_host table = {TORPOR_HOST_INIT,
                                      .flags = which->flags,
                                      .name = "big",
                                      .version = "1",
                                      .register_hooks = big_register,
                                      .clock = big_clock,
                                      .describe = big_describe,
                                      .restore_commit = big_restore_commit,
                                      .progress = big_progress,
                                      .parallel_for = which->has_threads ? big_parallel_for : NULL};
    Big *big = big_new();
    Big *copy = big_new();
    const TorporHost host = {&table, big};
    g_autofree char *folder = model_folder_new();
    g_autofree char *path = g_build_filename(folder, "x.msgpack", NULL);
    g_autoptr(TorporCatalogue) catalogue = torpor_catalogue_new();
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    torpor_catalogue_add_type(catalogue, &cell_type, &error);
    g_assert_no_error(error);
    torpor_catalogue_add_type(catalogue, &column_type, &error);
    g_assert_no_error(error);
    big_fill(big, 1);
    big_fill(copy, 1);
    {
        g_autoptr(TorporCapture) capture =
            torpor_capture_new(&host, catalogue, outputs, NULL, NULL, &error);
        g_assert_no_error(error);
        g_autoptr(TorporPlaces) places = torpor_places_new();
        TorporFileWriter *writer = torpor_file_writer_new(path, TRUE, FALSE, &error);
        g_assert_no_error(error);
        torpor_capture_write(capture, torpor_file_writer_sink(writer), places, &error);
        torpor_file_writer_append_index(writer, places, &error);
        torpor_file_writer_commit(writer, &error);
        g_assert_no_error(error);
        big_check_reported(big, (const char *const[]){"save", NULL});
    }
    big_fill(big, 2);
    g_autoptr(TorporReport) report = torpor_report_new(&host, TORPOR_MISMATCH_ERROR);
    TorporCheckpointFile *checkpoint =
        torpor_checkpoint_file_open(path, &host, which->memory_bytes, &error);
    g_assert_no_error(error);
    g_autoptr(TorporRestore) restore =
        torpor_restore_prepare(&host, catalogue, outputs, checkpoint, report, &error);
    g_assert_no_error(error);
    struct rlimit before = which->has_threads ? (struct rlimit){0} : forbid_memory();
    torpor_restore_commit(restore, &error);
    if (!which->has_threads) /* the host's own would not start */
        allow_memory(&before);
    g_assert_no_error(error);
    g_assert_cmpint(memcmp(big->cells, copy->cells, N_CELLS_HERE * sizeof(Cell)), ==, 0);
    g_assert_cmpint(memcmp(big->column, copy->column, N_CELLS_HERE * sizeof(double)), ==, 0);
    g_assert_cmpint(memcmp(big->hidden, copy->hidden, N_CELLS_HERE * sizeof(double)), ==, 0);
    const char *const from_memory[] = {"save", "restore", NULL};
    const char *const from_disk[] = {"save", "verify", "restore", NULL};
    big_check_reported(big, which->memory_bytes > 1 ? from_memory : from_disk);
    g_assert_cmpint(memcmp(big->pairs, copy->pairs, N_CELLS_HERE), ==, 0);
    g_assert_cmpint(big->max_pair_users, ==, 0);
    if (which->flags != TORPOR_HOST_CONCURRENT)
        g_assert_cmpint(big->n_from_others, ==, 0);
    g_assert_cmpint(big->n_tasks > 0, ==, which->has_threads && g_get_num_processors() > 1);
    model_folder_remove(folder);
    big_free(big);
    big_free(copy);
}

int
main(int argc, char **argv)
{
    static const Case cases[] = {
        {"/commit/round-trip/memory", G_MAXUINT64, TORPOR_HOST_CONCURRENT, FALSE},
        {"/commit/round-trip/disk", 1, TORPOR_HOST_CONCURRENT, FALSE},
        {"/commit/round-trip/hosts-threads", 1, TORPOR_HOST_CONCURRENT, TRUE},
        {"/commit/round-trip/serial-host", 1, 0, TRUE},
    };
    g_test_init(&argc, &argv, NULL);
    /* What is given back goes back to the system, where the limit will keep it. */
    (void)mallopt(M_MMAP_THRESHOLD, 64 << 10);
    g_test_add("/commit/without-memory/ragged", Round, NULL, set_up, test_ragged_without_memory,
               tear_down);
    g_test_add("/commit/without-memory/ragged/disk", Round, GSIZE_TO_POINTER(1), set_up,
               test_ragged_without_memory, tear_down);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add_data_func(cases[i].path, &cases[i], test_round_trip);
    return g_test_run();
}
