#include <signal.h>
#include <sys/resource.h>

#include "session/peek.h"
#include "session_run.h"

/* Killed twice, resumed twice, the same as never killed; spikes on disk included. */
static void
test_killed_and_resumed(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    const char *options = "every=1 ms,fsync=no";
    run->session = open_session(run, options);
    g_assert_false(resume(run));
    advance(run, 47);
    g_autofree char *straight_on = digest_with_spikes(run);
    model_folder_remove(run->dir);
    model_free(run->model);
    run->model = model_new(1, run->spikes, FALSE);
    torpor_session_free(run->session);
    run->session = open_session(run, options);
    g_assert_false(resume(run));
    advance(run, 25);
    start_again(run, options);
    g_assert_true(resume(run));
    g_assert_cmpuint(run->model->step, ==, 20);
    advance(run, 33);
    start_again(run, options);
    g_assert_true(resume(run));
    g_assert_cmpuint(run->model->step, ==, 30);
    advance(run, 47);
    g_autofree char *resumed = digest_with_spikes(run);
    g_assert_cmpstr(straight_on, ==, resumed);
    g_assert_cmpuint(run->model->n_post_checkpoints, ==, 2); /* the restore, and step 40 */
}

static gpointer
look_units_up(gpointer is_over)
{
    for (guint i = 0; !g_atomic_int_get((gint *)is_over); i++) {
        g_autofree char *symbol = g_strdup_printf("furlong%u mV", i % 100000);
        (void)torpor_unit_lookup(symbol, NULL);
    }
    return NULL;
}

/* A child that is forked then has to look units up, too. */
static void
test_while_units_are_read(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    gint is_over = FALSE;
    run->session = open_session(run, "every=1 ms,keep=2,fsync=no");
    g_assert_false(resume(run));
    GThread *thread = g_thread_new("units", look_units_up, &is_over);
    advance(run, 205);
    g_atomic_int_set(&is_over, TRUE);
    g_thread_join(thread);
    g_assert_true(exists(run, 200));
}

static void
test_keeps(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 ms,keep=2,fsync=no");
    g_assert_false(resume(run));
    advance(run, 55);
    g_assert_false(exists(run, 30));
    g_assert_true(exists(run, 40));
    g_assert_true(exists(run, 50));
    /* What is gone is forgotten: a run may save a million of them. */
    g_assert_cmpuint(torpor_owners_n_known(run->session->owners), ==, 2);
}

/* A file that cannot be read may be another run's: it stays, and takes no place of those kept. */
static void
test_spares_unreadable(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 ms,keep=2,fsync=no");
    g_assert_false(resume(run));
    advance(run, 15);
    g_autofree char *path = torpor_checkpoint_path(run->dir, 12);
    g_assert_true(g_file_set_contents(path, "of whom?", -1, NULL));
    advance(run, 25);
    g_assert_true(exists(run, 10));
    advance(run, 45);
    g_assert_false(exists(run, 20));
    g_assert_true(exists(run, 12));
}

static void
test_never_and_older(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 ms,keep=9,fsync=no");
    resume(run);
    advance(run, 35);
    start_again(run, "every=1 ms,keep=9,fsync=no,resume=never");
    g_assert_false(resume(run));
    g_assert_false(exists(run, 30)); /* the output that it needs is empty now */
    advance(run, 10);
    g_assert_true(exists(run, 10));
    g_assert_false(exists(run, 20));
    g_autofree char *moved =
        g_build_filename(run->dir, "abandoned-1", "ckpt-0000000000000030.msgpack", NULL);
    g_assert_true(g_file_test(moved, G_FILE_TEST_EXISTS));
}

static void
test_explicit_save(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed = FALSE;
    g_autofree char *path = g_build_filename(run->folder, "mine.msgpack", NULL);
    run->session = open_session(run, "fsync=no");
    advance(run, 7);
    torpor_session_save(run->session, path, &error);
    g_assert_no_error(error);
    g_assert_false(exists(run, 7)); /* nor is the folder made */
    g_assert_false(g_file_test(run->dir, G_FILE_TEST_EXISTS));
    g_autofree char *at_save = model_digest(run->model);
    advance(run, 11);
    torpor_session_restore(run->session, path, &resumed, &error);
    g_assert_no_error(error);
    g_assert_true(resumed);
    g_autofree char *restored = model_digest(run->model);
    g_assert_cmpstr(at_save, ==, restored);
    torpor_session_save(run->session, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(torpor_session_outcome(run->session, NULL, NULL)); /* waits for it */
    g_assert_true(exists(run, 7));
}

/* A relative path is that of the call, wherever the host goes before the file is written. */
static void
test_relative_path(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *before = g_get_current_dir();
    g_autofree char *path = g_build_filename(run->folder, "mine.msgpack", NULL);
    run->session = open_session(run, "fsync=no");
    advance(run, 7);
    g_assert_cmpint(chdir(run->folder), ==, 0);
    torpor_session_save(run->session, "mine.msgpack", &error);
    g_assert_cmpint(chdir("/"), ==, 0);
    g_assert_no_error(error);
    g_assert_true(torpor_session_outcome(run->session, NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpint(chdir(before), ==, 0);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    struct torpor_outcome outcome = {TORPOR_OUTCOME_INIT};
    g_assert_true(torpor_session_outcome(run->session, &outcome, NULL));
    g_assert_cmpstr(outcome.path, ==, path);
}

/* Memory for the first checkpoint is made ready when half of the way to it lies behind. */
static void
test_memory(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=4 ms,fsync=no");
    g_assert_false(resume(run));
    run->session->expected_bytes = 1000;
    advance(run, 19);
    g_assert_cmpuint(torpor_saver_memory(run->session->saver), ==, 0);
    advance(run, 21);
    if (strcmp(run->mode, "async") == 0)
        while (torpor_saver_memory(run->session->saver) == 0)
            g_usleep(100);
    g_assert_false(exists(run, 20));
}

static void
test_stop(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 s,fsync=no");
    resume(run);
    g_assert_cmpint(advance(run, 5), ==, TORPOR_GO_ON);
    torpor_session_stop(run->session);
    g_assert_cmpint(advance(run, 10), ==, TORPOR_STOP);
    g_assert_cmpuint(run->model->step, ==, 6);
    g_assert_true(exists(run, 6));
}

static gint32
never_look(G_GNUC_UNUSED void *data, G_GNUC_UNUSED const struct torpor_glimpse *glimpse,
           G_GNUC_UNUSED struct torpor_error *error)
{
    g_assert_not_reached();
    return TORPOR_STATUS_INVALID;
}

/* One option switches all off. What is asked for by path still happens. */
static void
test_checkpoints_off(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    run->session = open_session(run, "every=1 ms,checkpoints=no,fsync=no");
    g_assert_false(resume(run));
    g_assert_cmpint(advance(run, 25), ==, TORPOR_GO_ON);
    g_assert_true(torpor_session_save(run->session, NULL, &error));
    g_assert_no_error(error);
    g_assert_false(g_file_test(run->dir, G_FILE_TEST_EXISTS));
    torpor_session_stop(run->session);
    g_assert_cmpint(advance(run, 30), ==, TORPOR_STOP);
    g_assert_false(g_file_test(run->dir, G_FILE_TEST_EXISTS));
    g_assert_nonnull(strstr(run->model->log->str, "starts afresh, since option checkpoints is no"));
    g_autofree char *path = g_build_filename(run->folder, "asked.msgpack", NULL);
    g_assert_true(torpor_session_save(run->session, path, &error));
    gboolean resumed;
    g_assert_true(torpor_session_restore(run->session, path, &resumed, &error));
    g_assert_no_error(error);
    g_assert_true(resumed);
    /* Nor does it go on from what is there. */
    start_again(run, "every=1 ms,fsync=no");
    g_assert_false(resume(run));
    advance(run, 15);
    start_again(run, "checkpoints=no,fsync=no");
    g_assert_false(resume(run));
    g_assert_cmpuint(run->model->step, ==, 0);
    gboolean found = TRUE;
    g_assert_true(torpor_session_peek(run->session, NULL, never_look, NULL, &found, &error));
    g_assert_no_error(error);
    g_assert_false(found);
}

/* The model is the same, but the host now describes it in other words. */
static void
test_changed_fingerprint(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 15);
    start_again(run, "every=1 ms,fsync=no,mismatch=ignore");
    run->model->fingerprint = "model of the tests, version 2";
    for (guint i = 0; i < 2; i++) {
        g_assert_false(torpor_session_begin_run(run->session, 0, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
        g_clear_error(&error);
    }
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
    g_assert_nonnull(strstr(error->message, "fingerprint=warn goes on"));
    g_clear_error(&error);
    start_again(run, "every=1 ms,fsync=no,fingerprint=warn");
    run->model->fingerprint = "model of the tests, version 2";
    run->session->table.flags |= TORPOR_HOST_FINGERPRINT_MUST_MATCH;
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT);
    g_assert_nonnull(
        strstr(error->message, "another model; build it as the saved run did, or use"));
    g_assert_null(strstr(error->message, "fingerprint=warn"));
    run->session->table.flags &= ~TORPOR_HOST_FINGERPRINT_MUST_MATCH;
    g_assert_true(resume(run));
    g_assert_cmpuint(run->model->step, ==, 10);
    g_assert_cmpstr(torpor_session_report(run->session), ==,
                    "fingerprint: expected \"model of the tests, version 2\", found \"model of the "
                    "tests\"; it is taken for the same model, as option fingerprint says\n");
}

/* A checkpoint each step: most wait for the one before, which is said once. */
static void
test_short_interval(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=0.1 ms");
    resume(run);
    while (run->model->step < 20) {
        model_step(run->model);
        torpor_session_step(run->session, run->model->step, 0.1 * (double)run->model->step);
    }
    const char *said = strstr(run->model->log->str, "waiting for the checkpoint before");
    g_assert_cmpint(said != NULL, ==, strcmp(run->mode, "sync") != 0);
    g_assert_null(said == NULL ? NULL : strstr(said + 1, "waiting for the checkpoint before"));
}

/* As on a full disk: the message names the file once. */
static void
test_no_room(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct rlimit usual;
    run->session = open_session(run, "fsync=no");
    resume(run);
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &usual), ==, 0);
    const struct rlimit small = {512, usual.rlim_max};
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
    if (torpor_session_save(run->session, NULL, &error))
        torpor_session_outcome(run->session, NULL, &error);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &usual), ==, 0);
    g_assert_nonnull(error);
    g_autofree char *path = torpor_checkpoint_path(run->dir, 0);
    const char *first = strstr(error->message, path);
    g_assert_nonnull(first);
    g_assert_nonnull(strstr(error->message, "it needs at least"));
    g_assert_null(strstr(first + 1, path));
}

/* No save of this model could succeed: the run does not begin, and its output is left alone. */
static void
assert_described_wrongly(Run *run, gint status, const char *words)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    model_free(run->model);
    run->model = model_new(1, run->spikes, FALSE);
    run->session = open_session(run, "fsync=no");
    struct torpor_population *cells = &run->model->populations[0];
    if (status == TORPOR_STATUS_NOT_FOUND)
        cells->type = "nothing";
    else if (status == TORPOR_STATUS_EXISTS)
        run->model->populations[1].path = cells->path;
    else if (strstr(words, "apart") != NULL)
        cells->stride = 4;
    else
        cells->base = NULL;
    g_assert_true(g_file_set_contents(run->spikes, "somebody's", -1, NULL));
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    g_assert_true(g_str_has_prefix(error->message, "no checkpoint of this run could be saved: "));
    if (strstr(error->message, words) == NULL)
        g_assert_cmpstr(error->message, ==, words);
    g_autofree char *kept = NULL;
    g_assert_true(g_file_get_contents(run->spikes, &kept, NULL, NULL));
    g_assert_cmpstr(kept, ==, "somebody's");
    /* A host that never restores learns it at its first step. */
    g_assert_cmpint(advance(run, 1), ==, TORPOR_STOP);
    g_assert_nonnull(strstr(run->model->log->str, words));
    torpor_session_free(g_steal_pointer(&run->session));
}

static void
test_described_wrongly(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    assert_described_wrongly(run, TORPOR_STATUS_NOT_FOUND, "type \"nothing\" is not declared");
    assert_described_wrongly(run, TORPOR_STATUS_EXISTS, "neurons: listed twice");
    assert_described_wrongly(run, TORPOR_STATUS_INVALID, "objects are 4 bytes apart");
    assert_described_wrongly(run, TORPOR_STATUS_INVALID, "NULL");
    /* What may be over by the first save is a warning. */
    model_free(run->model);
    run->model = model_new(1, run->spikes, FALSE);
    run->model->fail_at = "describe";
    run->session = open_session(run, "fsync=no");
    g_assert_false(resume(run));
    g_assert_nonnull(strstr(run->model->log->str, "a resume cannot check the model"));
    run->model->fail_at = NULL;
    g_assert_cmpint(advance(run, 1), ==, TORPOR_GO_ON);
}

/* The table, and the texts in it, may be gone after attach. */
static void
test_table_is_copied(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_strdup_printf("dir=%s", run->dir);
    char name[] = "test-model", version[] = "1";
    struct torpor_collective single = {TORPOR_COLLECTIVE_INIT, .n_ranks = 1};
    struct torpor_host table = model_host;
    table.name = name;
    table.version = version;
    table.collective = &single;
    const char *options[] = {dir, "fsync=no"};
    run->session = torpor_session_new(&table, run->model, options, 2, &error);
    g_assert_no_error(error);
    name[0] = version[0] = '?';
    memset(&table, 0xee, sizeof table);
    memset(&single, 0xee, sizeof single);
    for (gsize i = 0; i < G_N_ELEMENTS(model_types); i++)
        g_assert_true(torpor_catalogue_add_type(run->session->catalogue, model_types[i], NULL));
    torpor_session_save(run->session, NULL, &error);
    g_assert_no_error(error);
    start_again(run, "fsync=no"); /* which takes what `test-model` wrote on its one rank */
    g_assert_true(resume(run));
}

static void
test_signal(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 s,fsync=no,signals=USR2");
    resume(run);
    g_assert_cmpint(advance(run, 5), ==, TORPOR_GO_ON);
    raise(SIGUSR2);
    g_assert_cmpint(advance(run, 10), ==, TORPOR_STOP);
    g_assert_cmpuint(run->model->step, ==, 6);
    g_assert_true(exists(run, 6));
    g_assert_nonnull(strstr(run->model->log->str, "step 6: got SIGUSR2"));
    /* A host that goes on all the same is asked again, and no second save is made. */
    g_assert_cmpint(advance(run, 7), ==, TORPOR_STOP);
    g_assert_false(exists(run, 7));
    g_assert_cmpint(torpor_session_free(g_steal_pointer(&run->session)), ==, SIGUSR2);
    run->session = open_session(run, "signals=none");
}

static void
test_budget(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 s,fsync=no,maxh=0.0000001");
    resume(run);
    g_assert_cmpint(advance(run, 5), ==, TORPOR_STOP);
    g_assert_true(exists(run, run->model->step));
    const char *said = strstr(run->model->log->str, "the wall-clock budget of 1e-07 h was used up "
                                                    "before the first step, ");
    g_assert_nonnull(said);
    const char *advice = strstr(said, ": give maxh=");
    g_assert_nonnull(advice);
    g_assert_cmpfloat(g_ascii_strtod(advice + strlen(": give maxh="), NULL), >, 1e-7);
    g_assert_nonnull(strstr(advice, " or more; the same command again would get no further"));
}

/* One that ran out on the way does not say so. */
static void
test_budget_on_the_way(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 s,fsync=no,maxh=1000000");
    resume(run);
    g_assert_cmpint(advance(run, 5), ==, TORPOR_GO_ON);
    torpor_session_stop(run->session);
    g_assert_cmpint(advance(run, 10), ==, TORPOR_STOP);
    g_assert_nonnull(
        strstr(run->model->log->str, "the host asked for it; the same command again goes on from"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/killed/resumes-identically", test_killed_and_resumed);
    add("/units/read-meanwhile", test_while_units_are_read);
    add("/keep/oldest-go", test_keeps);
    add("/keep/unreadable-stays", test_spares_unreadable);
    add("/resume-never/sets-aside", test_never_and_older);
    add("/explicit-path/outside-of-retention", test_explicit_save);
    add("/explicit-path/resolved-at-the-call", test_relative_path);
    add("/memory/ready-half-way", test_memory);
    add("/stop/saves-and-stops", test_stop);
    add("/checkpoints-off/nothing-happens", test_checkpoints_off);
    add("/short-interval/waiting-is-said-once", test_short_interval);
    add("/no-room/names-the-file-once", test_no_room);
    add("/described-wrongly/does-not-begin", test_described_wrongly);
    add("/changed-fingerprint/way-past", test_changed_fingerprint);
    add("/table/copied", test_table_is_copied);
    add("/signal/saves-and-stops-once", test_signal);
    add("/budget/used-up-at-the-start", test_budget);
    add("/budget/not-used-up", test_budget_on_the_way);
    return g_test_run();
}
