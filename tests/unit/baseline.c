/* save/baseline.c, and what a session does with it: incremental=yes. The host counts which of its
 * values are read. */
#include "save/baseline.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/file.h"
#include "scratch.h"
#include "session/hooks.h"
#include "session/saving.h"
#include "step_clock.h"

#define N_CELLS ((guint64)50001)

typedef struct {
    double V_m;
    double weight;
    float delay;
    guint32 kind; /* the same in all cells */
    gint16 age;
    guint16 padding;
    double taus[2]; /* ragged, with as many in each cell */
} Cell;

enum { V_M, WEIGHT, DELAY, KIND, AGE, TAUS, N_FIELDS };
static const guint64 all_but_V_m[N_FIELDS] = {0, 1, 1, 1, 1, 1}; /* have a revision */

typedef struct {
    const char *mode;
    const char *compress;
} Case;

typedef struct {
    guint64 step; /* first: see step_clock.h */
    Cell *cells;
    guint64 revisions[N_FIELDS];
    gint n_read[N_FIELDS]; /* atomic: values of each field */
    guint64 n_cells;
    char *folder;
    TorporSession *session;
} Host;

static gint32
copy(Host *host, const struct torpor_field *field, guint64 first, guint64 count, char *column,
     gboolean is_save)
{
    const gsize size = torpor_dtype_by_id(field->dtype)->size;
    for (guint64 i = 0; i < count; i++) {
        char *value = (char *)&host->cells[first + i] + GPOINTER_TO_SIZE(field->field_data);
        if (is_save)
            memcpy(column + i * size, value, size);
        else
            memcpy(value, column + i * size, size);
    }
    return TORPOR_STATUS_OK;
}

static gint32
gather(void *data, const struct torpor_population *population, const struct torpor_field *field,
       uint64_t first, uint64_t count, void *column, struct torpor_error *error)
{
    static const char *const names[] = {"V_m", "weight", "delay", "kind", "age", "taus"};
    Host *host = data;
    (void)population;
    (void)error;
    for (guint i = 0; i < N_FIELDS; i++)
        if (strcmp(names[i], field->name) == 0)
            g_atomic_int_add(&host->n_read[i], (gint)count);
    return copy(host, field, first, count, column, TRUE);
}

static gint32
scatter(void *data, const struct torpor_population *population, const struct torpor_field *field,
        uint64_t first, uint64_t count, const void *column, struct torpor_error *error)
{
    (void)population;
    (void)error;
    return copy(data, field, first, count, (char *)column, FALSE);
}

static const struct torpor_accessor accessor = {TORPOR_ACCESSOR_INIT, .gather = gather,
                                                .scatter = scatter};

static gint32
lengths(void *data, const struct torpor_population *population, const struct torpor_field *field,
        uint64_t first, uint64_t count, uint64_t *out, struct torpor_error *error)
{
    Host *host = data;
    (void)population, (void)field, (void)first, (void)error;
    g_atomic_int_add(&host->n_read[TAUS], (gint)count);
    for (guint64 i = 0; i < count; i++)
        out[i] = G_N_ELEMENTS(host->cells->taus);
    return TORPOR_STATUS_OK;
}

static gint32
gather_taus(void *data, const struct torpor_population *population,
            const struct torpor_field *field, uint64_t first, uint64_t count, const uint64_t *n,
            void *values, struct torpor_error *error)
{
    const Host *host = data;
    (void)population, (void)field, (void)n, (void)error;
    for (guint64 i = 0; i < count; i++)
        memcpy((char *)values + i * sizeof host->cells->taus, host->cells[first + i].taus,
               sizeof host->cells->taus);
    return TORPOR_STATUS_OK;
}

static gint32
set_lengths(void *data, const struct torpor_population *population,
            const struct torpor_field *field, uint64_t first, uint64_t count, const uint64_t *n,
            struct torpor_error *error)
{
    (void)data, (void)population, (void)field, (void)first, (void)count, (void)n, (void)error;
    return TORPOR_STATUS_OK;
}

static gint32
scatter_taus(void *data, const struct torpor_population *population,
             const struct torpor_field *field, uint64_t first, uint64_t count, const uint64_t *n,
             const void *values, struct torpor_error *error)
{
    Host *host = data;
    (void)population, (void)field, (void)n, (void)error;
    for (guint64 i = 0; i < count; i++)
        memcpy(host->cells[first + i].taus, (const char *)values + i * sizeof host->cells->taus,
               sizeof host->cells->taus);
    return TORPOR_STATUS_OK;
}

static const struct torpor_ragged_accessor ragged_accessor = {
    TORPOR_RAGGED_ACCESSOR_INIT, .lengths = lengths, .gather = gather_taus,
    .set_lengths = set_lengths, .scatter = scatter_taus};
#define FIELD(member, dtype_name, ...)                                                             \
    {                                                                                              \
        TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = #member,                            \
                           .dtype = TORPOR_DTYPE_##dtype_name, .accessor = &accessor,              \
                           .field_data = (const void *)offsetof(Cell, member), .unit = __VA_ARGS__ \
    }
static const struct torpor_field fields[] = {FIELD(V_m, FLOAT64, "mV"),
                                             FIELD(weight, FLOAT64, "nS"),
                                             FIELD(delay, FLOAT32, "ms"),
                                             FIELD(kind, UINT32, NULL),
                                             FIELD(age, INT16, NULL),
                                             {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_RAGGED,
                                              .name = "taus", .dtype = TORPOR_DTYPE_FLOAT64,
                                              .ragged_accessor = &ragged_accessor, .unit = "ms"}};
static const struct torpor_type type = {TORPOR_TYPE_INIT, .version = 1, .name = "cell",
                                        .fields = fields, .n_fields = N_FIELDS};

static gint32
host_describe(void *data, const struct torpor_description *description, struct torpor_error *error)
{
    const Host *host = data;
    (void)error;
    const struct torpor_population population = {
        TORPOR_POPULATION_INIT, .path = "layer~1/cells",           .type = "cell",
        .count = host->n_cells, .layout = TORPOR_LAYOUT_ACCESSORS, .revisions = host->revisions,
        .n_revisions = N_FIELDS};
    return description->add_population(description->data, &population);
}

static const struct torpor_host table = {TORPOR_HOST_INIT,
                                         .flags = TORPOR_HOST_FORKABLE | TORPOR_HOST_NO_SIGNALS |
                                                  TORPOR_HOST_CONCURRENT,
                                         .name = "host",
                                         .version = "1",
                                         .describe = host_describe,
                                         STEP_CLOCK_SLOTS};

static void
attach(Host *host, const Case *how, const char *incremental)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_strdup_printf("dir=%s", host->folder);
    g_autofree char *mode = g_strdup_printf("mode=%s", how->mode);
    g_autofree char *compress = g_strdup_printf("compress=%s", how->compress);
    g_autofree char *refers = g_strdup_printf("incremental=%s", incremental);
    const char *options[] = {dir,
                             mode,
                             compress,
                             refers,
                             "every_wall=1 h",
                             "fsync=no",
                             "origin=ignore",
                             "full_every=4",
                             "keep=9"};
    host->session = torpor_session_new(&table, host, options, G_N_ELEMENTS(options), &error);
    g_assert_no_error(error);
    torpor_catalogue_add_type(host->session->catalogue, &type, &error);
    g_assert_no_error(error);
}

static void
start(Host *host, const Case *how, const char *incremental, const guint64 *revisions)
{
    memcpy(host->revisions, revisions, sizeof host->revisions);
    attach(host, how, incremental);
}

static void
detach(Host *host)
{
    (void)torpor_session_free(g_steal_pointer(&host->session));
}

static void
begin(Host *host, G_GNUC_UNUSED gconstpointer how)
{
    host->folder = g_dir_make_tmp("torpor-baseline-XXXXXX", NULL);
    host->n_cells = N_CELLS;
    host->cells = g_new0(Cell, N_CELLS);
    for (guint64 i = 0; i < N_CELLS; i++)
        host->cells[i] = (Cell){.V_m = -70 + 1e-4 * (double)i,
                                .weight = 1 / (double)(i + 1),
                                .delay = (float)(i % 20) / 10,
                                .kind = 3,
                                .age = (gint16)i,
                                .taus = {(double)(i % 7), 1}};
}

static void
end(Host *host, G_GNUC_UNUSED gconstpointer how)
{
    detach(host);
    scratch_remove(host->folder);
    g_free(host->folder);
    g_free(host->cells);
}

static void
save_to(Host *host, const char *path)
{
    g_autoptr(GError) error = NULL;
    torpor_session_save(host->session, path, &error);
    g_assert_no_error(error);
    torpor_session_outcome(host->session, NULL, &error);
    g_assert_no_error(error);
}

/* A step changes the voltages only. The counts are those of this save. */
static void
save(Host *host)
{
    host->step++;
    for (guint64 i = 0; i < host->n_cells; i++)
        host->cells[i].V_m += 1e-3;
    memset(host->n_read, 0, sizeof host->n_read);
    save_to(host, NULL);
}

static GBytes *
content(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    char *bytes = g_malloc(file->length);
    torpor_file_read(file, 0, bytes, file->length, &error);
    g_assert_no_error(error);
    return g_bytes_new_take(bytes, file->length);
}

/* Unpacked, it is byte for byte the file that a save without references writes, its index too. */
static void
assert_same_as_whole(Host *host)
{
    g_autofree char *path = torpor_checkpoint_path(host->folder, host->step);
    g_autofree char *aside = g_build_filename(host->folder, "whole", NULL);
    save_to(host, aside);
    g_autoptr(GBytes) refers = content(path);
    g_autoptr(GBytes) whole = content(aside);
    g_assert_cmpmem(g_bytes_get_data(refers, NULL), g_bytes_get_size(refers),
                    g_bytes_get_data(whole, NULL), g_bytes_get_size(whole));
    g_unlink(aside);
}

/* In a child, the host counts in the child's memory. */
static void
assert_read(const Host *host, const Case *how, guint field, gboolean is_read)
{
    if (strcmp(how->mode, "fork") != 0)
        g_assert_cmpint(host->n_read[field] > 1, ==, is_read);
}

static void
assert_all_read(const Host *host, const Case *how)
{
    for (guint i = 0; i < N_FIELDS; i++)
        assert_read(host, how, i, TRUE);
}

/* What keeps its revision is not read, but each fourth file is whole. */
static void
test_unchanged(Host *host, gconstpointer how)
{
    start(host, how, "yes", all_but_V_m);
    for (guint i = 0; i < 5; i++) {
        save(host);
        if (i % 4 == 0)
            assert_all_read(host, how);
        else
            for (guint field = 0; field < N_FIELDS; field++)
                assert_read(host, how, field, field == V_M);
        assert_same_as_whole(host);
    }
}

/* Some keep their revision, one gets another, one has none but the same values. */
static void
test_mixed(Host *host, gconstpointer how)
{
    const guint64 revisions[N_FIELDS] = {1, 1, 1, 1, 0, 1};
    start(host, how, "yes", revisions);
    save(host);
    for (guint i = 0; i < 2; i++) {
        host->revisions[V_M]++;
        host->revisions[DELAY] = 17 + i;
        host->cells[5].delay += 1;
        save(host);
        const gboolean is_read[N_FIELDS] = {TRUE, FALSE, TRUE, FALSE, TRUE, FALSE};
        for (guint field = 0; field < N_FIELDS; field++)
            assert_read(host, how, field, is_read[field]);
        assert_same_as_whole(host);
    }
    host->revisions[V_M]++;
    host->revisions[KIND]++;
    host->revisions[TAUS]++;
    host->cells[7].kind = 4; /* no longer the same in all */
    host->cells[7].taus[1] = 2;
    save(host);
    assert_read(host, how, KIND, TRUE);
    assert_read(host, how, TAUS, TRUE);
    assert_same_as_whole(host);
}

/* The numbers count for `yes` only. */
static void
test_compare(Host *host, gconstpointer how)
{
    const guint64 revisions[N_FIELDS] = {1, 1, 1, 1, 1, 1};
    start(host, how, "compare", revisions);
    for (guint i = 0; i < 2; i++) {
        save(host);
        assert_all_read(host, how);
        assert_same_as_whole(host);
    }
}

static GError *
fail_to_save(Host *host, const char *expected)
{
    GError *error = NULL;
    host->step++;
    g_assert_false(torpor_session_save(host->session, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
    g_assert_nonnull(strstr(error->message, expected));
    return error;
}

/* A value that changes although its revision stays is found wherever it is: in a large column, in
 * one that was the same in all rows, and after a save that failed for it. */
static void
test_check(Host *host, gconstpointer how)
{
    start(host, how, "check", all_but_V_m);
    for (guint i = 0; i < 5; i++) {
        save(host);
        assert_same_as_whole(host);
    }
    host->cells[N_CELLS - 2].weight += 1;
    g_error_free(fail_to_save(host,
                              "populations/layer~01/cells/weight is not at step 6 what it was at "
                              "step 5, and the host gives it the same revision 1"));
    save(host);
    assert_same_as_whole(host);
    host->cells[N_CELLS / 3].kind++;
    g_error_free(fail_to_save(
        host, "populations/layer~01/cells/kind is not at step 8 what it was at step 7"));
    host->revisions[KIND]++;
    host->cells[9].kind++;
    save(host);
    assert_same_as_whole(host);
    host->cells[N_CELLS / 2].taus[0]++;
    g_error_free(fail_to_save(host, "cells/taus/values is not at step 10 what it was at step 9"));
}

/* The next checkpoint is right, and yet the run reports that one failed. */
static void
test_check_reported(Host *host, gconstpointer how)
{
    start(host, how, "check", all_but_V_m);
    save(host);
    host->cells[3].age++;
    torpor_saving_keep_failure(host->session, "", fail_to_save(host, "cells/age is not"));
    g_autoptr(GError) error = NULL;
    host->step++;
    g_assert_true(torpor_session_save(host->session, NULL, &error));
    g_assert_no_error(error);
    g_assert_false(torpor_session_outcome(host->session, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
}

/* After a restore the numbers begin again, whatever they are. */
static void
test_restored(Host *host, gconstpointer how)
{
    gboolean resumed;
    g_autoptr(GError) error = NULL;
    start(host, how, "yes", all_but_V_m);
    save(host);
    save(host);
    g_autofree Cell *saved = g_memdup2(host->cells, N_CELLS * sizeof(Cell));
    for (guint64 i = 0; i < N_CELLS; i++)
        host->cells[i].weight = 0;
    host->revisions[WEIGHT]++;
    save(host);
    g_autofree char *path = torpor_checkpoint_path(host->folder, 2);
    torpor_session_restore(host->session, path, &resumed, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(host->cells, N_CELLS * sizeof(Cell), saved, N_CELLS * sizeof(Cell));
    save(host);
    assert_all_read(host, how);
    assert_same_as_whole(host);
    host->cells[1].weight = 12;
    detach(host); /* so does another session */
    attach(host, how, "yes");
    save(host);
    assert_all_read(host, how);
    assert_same_as_whole(host);
}

/* A file that is needed is gone, or the number of objects is another one: all is read. */
static void
test_gone(Host *host, gconstpointer how)
{
    start(host, how, "yes", all_but_V_m);
    save(host);
    save(host);
    g_autofree char *first = torpor_checkpoint_path(host->folder, 1);
    g_assert_cmpint(g_remove(first), ==, 0);
    save(host);
    assert_all_read(host, how);
    assert_same_as_whole(host);
    host->n_cells -= 1000;
    save(host);
    assert_read(host, how, WEIGHT, TRUE);
    assert_same_as_whole(host);
}

int
main(int argc, char **argv)
{
    static const Case cases[] = {{"sync", "none"},  {"sync", "zstd"}, {"async", "none"},
                                 {"async", "zstd"}, {"fork", "none"}, {"fork", "zstd"}};
    static const struct {
        const char *name;
        void (*test)(Host *, gconstpointer);
    } tests[] = {{"unchanged/not-read", test_unchanged},
                 {"mixed/others-read", test_mixed},
                 {"compare/all-read", test_compare},
                 {"check/change-found", test_check},
                 {"check/not-made-good", test_check_reported},
                 {"restored/all-read", test_restored},
                 {"gone/all-read", test_gone}};
    g_setenv("SOURCE_DATE_EPOCH", "1700000000", TRUE);
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        for (gsize k = 0; k < G_N_ELEMENTS(cases); k++) {
            g_autofree char *path = g_strdup_printf("/baseline/%s/%s/%s", cases[k].mode,
                                                    cases[k].compress, tests[i].name);
            g_test_add(path, Host, &cases[k], begin, tests[i].test, end);
        }
    return g_test_run();
}
