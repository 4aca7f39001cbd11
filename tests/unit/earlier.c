/* file/earlier.c, and what a session does with it: incremental=compare. */
#include "file/earlier.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "file/index.h"
#include "file/verify.h"
#include "folder/retention.h"
#include "scratch.h"
#include "session/hooks.h"
#include "step_clock.h"

#define N_OBJECTS ((guint64)200000)

typedef struct {
    guint64 step;  /* first: see step_clock.h */
    double *fixed; /* never changes */
    double *moving;
    char *folder;
    const char *mode;
    TorporSession *session;
} Host;

static const struct torpor_field fields[] = {{TORPOR_FIELD_INIT, .name = "x", .unit = "mV",
                                              .dtype = TORPOR_DTYPE_FLOAT64,
                                              .kind = TORPOR_FIELD_VALUE}};
static const struct torpor_type type = {TORPOR_TYPE_INIT, .version = 1,  .name = "cell",
                                        .fields = fields, .n_fields = 1, .object_size = 8};

static gint32
host_describe(void *data, const struct torpor_description *description, struct torpor_error *error)
{
    const Host *host = data;
    (void)error;
    struct torpor_population population = {TORPOR_POPULATION_INIT,
                                           .path = "fixed",
                                           .type = "cell",
                                           .count = N_OBJECTS,
                                           .layout = TORPOR_LAYOUT_CONTIGUOUS,
                                           .base = host->fixed,
                                           .stride = 8};
    description->add_population(description->data, &population);
    population.path = "moving";
    population.base = host->moving;
    return description->add_population(description->data, &population);
}

static const struct torpor_host table = {TORPOR_HOST_INIT,
                                         .flags = TORPOR_HOST_FORKABLE | TORPOR_HOST_NO_SIGNALS,
                                         .name = "host",
                                         .version = "1",
                                         .describe = host_describe,
                                         STEP_CLOCK_SLOTS};

static void
attach(Host *host, const char *more)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_strdup_printf("dir=%s", host->folder);
    g_autofree char *mode = g_strdup_printf("mode=%s", host->mode);
    const char *options[] = {
        dir, mode, "every_wall=1 h", "fsync=no", "incremental=compare", more, "origin=ignore"};
    host->session = torpor_session_new(&table, host, options, G_N_ELEMENTS(options), &error);
    g_assert_no_error(error);
    torpor_catalogue_add_type(host->session->catalogue, &type, &error);
    g_assert_no_error(error);
}

static void
begin(Host *host, gconstpointer mode)
{
    host->folder = g_dir_make_tmp("torpor-earlier-XXXXXX", NULL);
    host->mode = mode;
    host->step = 0;
    host->fixed = g_new(double, N_OBJECTS);
    host->moving = g_new(double, N_OBJECTS);
    for (guint64 i = 0; i < N_OBJECTS; i++) {
        host->fixed[i] = 1.0 / (double)(i + 3);
        host->moving[i] = -1.0 / (double)(i + 3);
    }
}

static void
detach(Host *host)
{
    (void)torpor_session_free(g_steal_pointer(&host->session));
}

static void
end(Host *host, G_GNUC_UNUSED gconstpointer mode)
{
    detach(host);
    scratch_remove(host->folder);
    g_free(host->folder);
    g_free(host->fixed);
    g_free(host->moving);
}

static void
save(Host *host, guint64 step)
{
    g_autoptr(GError) error = NULL;
    host->step = step;
    for (guint64 i = 0; i < N_OBJECTS; i++)
        host->moving[i] += 1e-3 * (double)step;
    torpor_session_save(host->session, NULL, &error);
    g_assert_no_error(error);
    torpor_session_outcome(host->session, NULL, &error);
    g_assert_no_error(error);
}

static char *
path_of(const Host *host, guint64 step)
{
    return torpor_checkpoint_path(host->folder, step);
}

static gboolean
exists(const Host *host, guint64 step)
{
    g_autofree char *path = path_of(host, step);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static guint64
size_of(const Host *host, guint64 step)
{
    g_autofree char *path = path_of(host, step);
    GStatBuf status;
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    return (guint64)status.st_size;
}

static gboolean
verify(const char *path, GError **error)
{
    g_autoptr(TorporFile) file = torpor_file_open(path, error);
    g_autoptr(TorporIndex) index = file == NULL ? NULL : torpor_file_read_index(file, error);
    return index != NULL && torpor_file_verify(file, index, 0, NULL, NULL, NULL, error);
}

static gboolean
is_intact(const Host *host, guint64 step)
{
    g_autofree char *path = path_of(host, step);
    return verify(path, NULL);
}

/* The names that the checkpoint refers to; "": none. */
static char *
needs(const Host *host, guint64 step)
{
    g_autofree char *path = path_of(host, step);
    g_autoptr(TorporFile) file = torpor_file_open(path, NULL);
    g_assert_nonnull(file);
    g_autoptr(GString) text = g_string_new(NULL);
    if (file->unpacker != NULL) {
        const GPtrArray *names = torpor_unpacker_table(file->unpacker)->names;
        for (guint i = 0; i < names->len; i++)
            g_string_append_printf(text, "%s ", (const char *)names->pdata[i]);
    }
    return g_strdup(text->str);
}

#define FIRST "ckpt-0000000000000001.msgpack "

/* The bytes of what did not change are in the first file, whatever came between. */
static void
test_half_the_size(Host *host, G_GNUC_UNUSED gconstpointer mode)
{
    attach(host, "keep=9");
    for (guint64 step = 1; step <= 4; step++)
        save(host, step);
    g_autofree char *whole = needs(host, 1);
    g_assert_cmpstr(whole, ==, "");
    for (guint64 step = 2; step <= 4; step++) {
        g_autofree char *needed = needs(host, step);
        g_assert_cmpstr(needed, ==, FIRST);
        g_assert_cmpuint(size_of(host, step), <, size_of(host, 1) * 6 / 10);
        g_assert_true(is_intact(host, step));
    }
}

static void
test_restored(Host *host, G_GNUC_UNUSED gconstpointer mode)
{
    g_autoptr(GError) error = NULL;
    g_autofree double *moving = g_new(double, N_OBJECTS);
    gboolean resumed;
    attach(host, "compress=zstd");
    for (guint64 step = 1; step <= 3; step++)
        save(host, step);
    memcpy(moving, host->moving, N_OBJECTS * sizeof *moving);
    detach(host);
    memset(host->moving, 0, N_OBJECTS * sizeof *moving);
    memset(host->fixed, 0, N_OBJECTS * sizeof *moving);
    host->step = 0;
    attach(host, "compress=none");
    torpor_session_restore(host->session, NULL, &resumed, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(host->step, ==, 3);
    g_assert_true(memcmp(moving, host->moving, N_OBJECTS * sizeof *moving) == 0);
    for (guint64 i = 0; i < N_OBJECTS; i++)
        g_assert_true(host->fixed[i] == 1.0 / (double)(i + 3));
    save(host, 4); /* another process does not know what the file before has: it is whole */
    g_autofree char *needed = needs(host, 4);
    g_assert_cmpstr(needed, ==, "");
}

static void
test_full_every(Host *host, G_GNUC_UNUSED gconstpointer mode)
{
    attach(host, "full_every=3");
    for (guint64 step = 1; step <= 7; step++) {
        save(host, step);
        g_autofree char *needed = needs(host, step);
        g_assert_cmpint(needed[0] == '\0', ==, step % 3 == 1);
    }
}

/* keep=1 keeps the newest, and what that needs; a whole one frees all before. */
static void
test_retention(Host *host, G_GNUC_UNUSED gconstpointer mode)
{
    detach(host);
    attach(host, "full_every=4");
    host->session->options->keep = 1;
    for (guint64 step = 1; step <= 4; step++) {
        save(host, step);
        g_assert_true(exists(host, 1));
        g_assert_true(is_intact(host, step));
        g_assert_cmpint(exists(host, step - 1), ==, step == 2);
    }
    save(host, 5);
    g_assert_true(exists(host, 5));
    g_assert_false(exists(host, 1));
    g_assert_false(exists(host, 4));
    save(host, 6);
    g_assert_true(exists(host, 5));
    /* On a full disk: what the newest needs stays, even if it is the oldest. */
    g_autoptr(GError) error = NULL;
    g_autofree char *removed =
        torpor_retention_make_room(host->session->folder, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_null(removed);
}

/* A save at the same step replaces the file whose blocks it would refer to. */
static void
test_same_step(Host *host, G_GNUC_UNUSED gconstpointer mode)
{
    attach(host, "keep=9");
    save(host, 1);
    save(host, 1);
    g_assert_true(is_intact(host, 1));
    g_autofree char *needed = needs(host, 1);
    g_assert_cmpstr(needed, ==, "");
}

/* Somebody removed the file: it is not referred to. */
static void
test_gone(Host *host, G_GNUC_UNUSED gconstpointer mode)
{
    attach(host, "keep=9");
    save(host, 1);
    g_autofree char *first = path_of(host, 1);
    (void)g_remove(first);
    save(host, 2);
    g_assert_true(is_intact(host, 2));
    g_autofree char *needed = needs(host, 2);
    g_assert_cmpstr(needed, ==, "");
}

/* Damage of a file that others need is named, and a resume passes over all of them. */
static void
test_damaged(Host *host, G_GNUC_UNUSED gconstpointer mode)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    attach(host, "full_every=2");
    host->session->options->keep = 9;
    for (guint64 step = 1; step <= 4; step++)
        save(host, step);
    detach(host);
    g_autofree char *third = path_of(host, 3);
    char *bytes;
    gsize length;
    g_assert_true(g_file_get_contents(third, &bytes, &length, NULL));
    bytes[200000] ^= 1;
    g_assert_true(g_file_set_contents(third, bytes, (gssize)length, NULL));
    g_free(bytes);
    g_autofree char *fourth = path_of(host, 4);
    g_assert_false(verify(fourth, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, "in the file ckpt-0000000000000003.msgpack beside it"));
    g_clear_error(&error);
    (void)g_remove(third);
    g_assert_false(verify(fourth, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, "needs the file ckpt-0000000000000003.msgpack"));
    g_clear_error(&error);
    attach(host, "keep=9");
    torpor_session_restore(host->session, NULL, &resumed, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(host->step, ==, 2);
    save(host, 3); /* moves the fourth aside; nothing of it is missed */
    g_assert_true(is_intact(host, 3));
}

/* What is moved aside takes along what it needs, and outlives it. */
static void
test_abandoned(Host *host, G_GNUC_UNUSED gconstpointer mode)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    attach(host, "keep=9");
    for (guint64 step = 1; step <= 3; step++)
        save(host, step);
    detach(host);
    g_autofree char *second = path_of(host, 2);
    attach(host, "full_every=1");
    torpor_session_restore(host->session, second, &resumed, &error);
    g_assert_no_error(error);
    save(host, 5);
    g_autofree char *aside =
        g_build_filename(host->folder, "abandoned-1", "ckpt-0000000000000003.msgpack", NULL);
    g_autofree char *first = path_of(host, 1);
    g_assert_true(verify(aside, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_remove(first), ==, 0);
    g_assert_true(verify(aside, &error));
    g_assert_no_error(error);
}

int
main(int argc, char **argv)
{
    static const char *const modes[] = {"sync", "async", "fork"};
    static const struct {
        const char *name;
        void (*test)(Host *, gconstpointer);
    } tests[] = {{"unchanged/not-written-again", test_half_the_size},
                 {"restore/compressed-too", test_restored},
                 {"full-every/whole", test_full_every},
                 {"retention/what-is-needed-stays", test_retention},
                 {"same-step/whole", test_same_step},
                 {"gone/whole", test_gone},
                 {"damaged/named-and-passed-over", test_damaged},
                 {"abandoned/complete", test_abandoned}};
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        for (gsize k = 0; k < G_N_ELEMENTS(modes); k++) {
            g_autofree char *path = g_strdup_printf("/earlier/%s/%s", modes[k], tests[i].name);
            g_test_add(path, Host, modes[k], begin, tests[i].test, end);
        }
    return g_test_run();
}
