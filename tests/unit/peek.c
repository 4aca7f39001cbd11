#include "session/peek.h"

#include <sys/stat.h>

#include "round.h"
#include "session/hooks.h"

typedef struct {
    Round round;
    TorporSession *session;
    char *dir;
    guint n_looks;
    gint32 status; /* that the look returns */
    char *seen;    /* path of the file */
    guint64 step;
} Peek;

static void
open_session(Peek *peek, const char *resume)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_strdup_printf("dir=%s", peek->dir);
    g_autofree char *option = g_strdup_printf("resume=%s", resume);
    const char *options[] = {dir, option, "fsync=no", "keep=9", "mode=sync"};
    if (peek->session != NULL)
        torpor_session_free(peek->session);
    peek->session =
        torpor_session_new(&model_host, peek->round.model, options, G_N_ELEMENTS(options), &error);
    g_assert_no_error(error);
    for (gsize i = 0; i < G_N_ELEMENTS(model_types); i++)
        g_assert_true(torpor_catalogue_add_type(peek->session->catalogue, model_types[i], NULL));
}

static void
save(Peek *peek, guint n_steps)
{
    g_autoptr(GError) error = NULL;
    model_advance(peek->round.model, n_steps, NULL);
    torpor_session_save(peek->session, NULL, &error);
    g_assert_no_error(error);
}

static void
begin(Peek *peek, gconstpointer data)
{
    set_up(&peek->round, data);
    peek->dir = g_build_filename(peek->round.folder, "ckpt", NULL);
    open_session(peek, "auto");
}

static void
end(Peek *peek, gconstpointer data)
{
    torpor_session_free(peek->session);
    tear_down(&peek->round, data);
    g_free(peek->dir);
    g_free(peek->seen);
}

static gint32
look(void *look_data, const struct torpor_glimpse *glimpse, struct torpor_error *error)
{
    Peek *peek = look_data;
    peek->n_looks++;
    g_free(peek->seen);
    peek->seen = g_strdup(glimpse->path);
    peek->step = glimpse->clock->step;
    g_assert_cmpuint(glimpse->struct_size, ==, sizeof *glimpse);
    g_assert_cmpstr(glimpse->clock->unit, ==, "ms");
    g_assert_cmpfloat(glimpse->clock->time, ==, 0.1 * (double)glimpse->clock->step);
    g_assert_cmpstr(glimpse->host_name, ==, "test-model");
    g_assert_cmpstr(glimpse->host_version, ==, "1");
    g_assert_cmpstr(glimpse->fingerprint, ==, "model of the tests");
    if (peek->status != TORPOR_STATUS_OK)
        g_strlcpy(error->message, "seen enough", sizeof error->message);
    return peek->status;
}

static gboolean
peek_at(Peek *peek, const char *path, gboolean *found, GError **error)
{
    return torpor_session_peek(peek->session, path, look, peek, found, error);
}

static void
expect_step(Peek *peek, const char *path, guint64 step)
{
    g_autoptr(GError) error = NULL;
    gboolean found = FALSE;
    guint n_looks = peek->n_looks;
    peek_at(peek, path, &found, &error);
    g_assert_no_error(error);
    g_assert_true(found);
    g_assert_cmpuint(peek->n_looks, ==, n_looks + 1);
    g_assert_cmpuint(peek->step, ==, step);
}

static void
expect_none(Peek *peek)
{
    g_autoptr(GError) error = NULL;
    gboolean found = TRUE;
    guint n_looks = peek->n_looks;
    peek_at(peek, NULL, &found, &error);
    g_assert_no_error(error);
    g_assert_false(found);
    g_assert_cmpuint(peek->n_looks, ==, n_looks);
}

static void
expect_error(Peek *peek, const char *path, gint code, const char *words)
{
    g_autoptr(GError) error = NULL;
    gboolean found = TRUE;
    guint n_looks = peek->n_looks;
    g_assert_false(peek_at(peek, path, &found, &error));
    g_assert_error(error, TORPOR_ERROR, code);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
    g_assert_cmpuint(peek->n_looks, ==, n_looks);
}

static void
damage(Peek *peek, guint64 step)
{
    g_autofree char *path = torpor_checkpoint_path(peek->dir, step);
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    bytes[length / 2] ^= 4;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
}

/* ---- which file ---- */

static void
test_none(Peek *peek, G_GNUC_UNUSED gconstpointer data)
{
    expect_none(peek);
    g_assert_false(g_file_test(peek->dir, G_FILE_TEST_EXISTS));
    save(peek, 3);
    open_session(peek, "never");
    expect_none(peek);
    model_folder_remove(peek->dir);
    open_session(peek, "require");
    expect_error(peek, NULL, TORPOR_STATUS_NOT_FOUND, "there is no checkpoint in");
    expect_error(peek, "/no/such/file", TORPOR_STATUS_NOT_FOUND, "/no/such/file");
}

static void
test_choice(Peek *peek, G_GNUC_UNUSED gconstpointer data)
{
    save(peek, 3);
    save(peek, 4);
    expect_step(peek, NULL, 7);
    g_autofree char *first = torpor_checkpoint_path(peek->dir, 3);
    expect_step(peek, first, 3);
    g_assert_cmpstr(peek->seen, ==, first);
    open_session(peek, first);
    expect_step(peek, NULL, 3);
    open_session(peek, "auto");
    damage(peek, 7);
    expect_step(peek, NULL, 3); /* as a restore, with a line in the log */
    g_assert_nonnull(strstr(peek->round.model->log->str, "passed over: "));
    damage(peek, 3);
    expect_error(peek, NULL, TORPOR_STATUS_DAMAGED, "all 2 checkpoints in");
    expect_error(peek, first, TORPOR_STATUS_DAMAGED, first);
}

/* ---- what is seen ---- */

static gint32
look_inside(void *look_data, const struct torpor_glimpse *glimpse, struct torpor_error *error)
{
    const Peek *peek = look_data;
    const Model *model = peek->round.model;
    const struct torpor_tree_reader *reader = glimpse->reader;
    double gain = 0, V_m[N_NEURONS], same = 0;
    guint64 count = 0, counts[N_NEURONS];
    const char *type = NULL;
    struct torpor_array found;
    g_assert_cmpint(reader->get_float(reader->data, "trees/kernel/main/gain", &gain, error), ==, 0);
    g_assert_cmpfloat(gain, ==, model->kernel_gain);
    const struct torpor_array all = {
        .data = V_m, .unit = "V", .dtype = TORPOR_DTYPE_FLOAT64, .rank = 1, .shape = {N_NEURONS}};
    g_assert_cmpint(reader->read_array(reader->data, "populations/neurons/V_m", &all, error), ==,
                    0);
    for (guint i = 0; i < N_NEURONS; i++)
        g_assert_cmpfloat_with_epsilon(V_m[i] * 1e3, model->neurons[i].V_m, 1e-9);
    /* A column whose rows are all equal is one row. */
    const struct torpor_array one = {
        .data = &same, .unit = "1", .dtype = TORPOR_DTYPE_FLOAT64, .rank = 1, .shape = {1}};
    const char *path = "populations/synapses/static/same";
    g_assert_cmpint(reader->describe(reader->data, path, &found, error), ==, 0);
    g_assert_cmpuint(found.shape[0], ==, 1);
    g_assert_null(found.unit);
    struct torpor_array plain = one;
    plain.unit = NULL;
    g_assert_cmpint(reader->read_array(reader->data, path, &plain, error), ==, 0);
    g_assert_cmpfloat(same, ==, 3.5);
    path = "populations/trains/times/counts";
    const struct torpor_array ragged = {
        .data = counts, .dtype = TORPOR_DTYPE_UINT64, .rank = 1, .shape = {N_NEURONS}};
    g_assert_cmpint(reader->read_array(reader->data, path, &ragged, error), ==, 0);
    g_assert_cmpuint(counts[1], ==, model->trains[1].n);
    g_assert_cmpint(reader->get_uint(reader->data, "layout/neurons/count", &count, error), ==, 0);
    g_assert_cmpuint(count, ==, N_NEURONS);
    g_assert_cmpint(reader->get_text(reader->data, "layout/trains/type", &type, error), ==, 0);
    g_assert_cmpstr(type, ==, "train");
    g_assert_cmpint(reader->get_float(reader->data, "trees/nothing", &gain, error), ==,
                    TORPOR_STATUS_NOT_FOUND);
    g_assert_true(g_str_has_prefix(error->message, glimpse->path));
    return TORPOR_STATUS_OK;
}

static void
test_inside(Peek *peek, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean found = FALSE;
    save(peek, 3);
    torpor_session_peek(peek->session, NULL, look_inside, peek, &found, &error);
    g_assert_no_error(error);
    g_assert_true(found);
}

static gint
compare_lines(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names, sizes and times of all that is in the folder. */
static char *
list_folder(const char *folder)
{
    g_autoptr(GDir) names = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; names != NULL && (name = g_dir_read_name(names)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct stat status;
        g_assert_cmpint(stat(path, &status), ==, 0);
        g_ptr_array_add(lines,
                        g_strdup_printf("%s %ld %ld.%ld", name, (long)status.st_size,
                                        (long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec));
    }
    g_ptr_array_sort(lines, compare_lines);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

/* Nothing is asked of the model but its log, nothing changes in the folder, no lock is taken: even
 * that of another process does not matter. */
static void
test_untouched(Peek *peek, G_GNUC_UNUSED gconstpointer data)
{
    save(peek, 3);
    torpor_session_free(g_steal_pointer(&peek->session));
    g_autoptr(TorporFolder) others = torpor_folder_lock(peek->dir, NULL);
    g_assert_nonnull(others);
    open_session(peek, "auto");
    model_advance(peek->round.model, 2, NULL);
    peek->round.model->fail_at = "fingerprint";
    peek->round.model->fingerprint = "another model";
    g_autofree char *before = list_folder(peek->dir);
    g_autofree char *live = model_digest(peek->round.model);
    guint n_descriptions = peek->round.model->n_descriptions;
    expect_step(peek, NULL, 3);
    g_autofree char *after = list_folder(peek->dir);
    g_autofree char *live_after = model_digest(peek->round.model);
    g_assert_cmpstr(before, ==, after);
    g_assert_cmpstr(live, ==, live_after);
    g_assert_cmpuint(peek->round.model->n_descriptions, ==, n_descriptions);
    g_assert_null(peek->session->folder);
    g_assert_null(peek->session->schedule);
}

/* ---- errors ---- */

static void
test_status_of_look(Peek *peek, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean found = FALSE;
    save(peek, 3);
    peek->status = 77;
    g_assert_false(peek_at(peek, NULL, &found, &error));
    g_assert_error(error, TORPOR_ERROR, 77);
    g_assert_true(g_str_has_prefix(error->message, "looking at "));
    g_assert_true(g_str_has_suffix(error->message, ": seen enough"));
    g_assert_false(torpor_session_peek(peek->session, NULL, NULL, NULL, &found, NULL));
}

static gint32
look_and_save(void *look_data, G_GNUC_UNUSED const struct torpor_glimpse *glimpse,
              G_GNUC_UNUSED struct torpor_error *error)
{
    g_autoptr(GError) failure = NULL;
    g_assert_false(torpor_session_save(((Peek *)look_data)->session, NULL, &failure));
    g_assert_error(failure, TORPOR_ERROR, TORPOR_STATUS_ORDER);
    return TORPOR_STATUS_OK;
}

static void
test_hooks_do_not_nest(Peek *peek, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean found = FALSE;
    save(peek, 3);
    torpor_session_peek(peek->session, NULL, look_and_save, peek, &found, &error);
    g_assert_no_error(error);
    save(peek, 1);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(Peek *, gconstpointer);
    } tests[] = {{"/peek/none/not-found", test_none},
                 {"/peek/choice/as-a-restore", test_choice},
                 {"/peek/reader/whole-file", test_inside},
                 {"/peek/untouched/model-and-folder", test_untouched},
                 {"/peek/look/its-status", test_status_of_look},
                 {"/peek/look/hooks-do-not-nest", test_hooks_do_not_nest}};
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Peek, NULL, begin, tests[i].test, end);
    return g_test_run();
}
