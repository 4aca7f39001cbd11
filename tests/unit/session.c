#include "session/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/held_file.h"
#include "model.h"
#include "msgpack/decode.h"
#include "session/selfcheck.h"

typedef struct {
    char *folder;
    char *dir;
    char *spikes;
    Model *model;
    TorporSession *session;
    const char *mode; /* each test runs in both */
} Run;

static TorporSession *
open_session(Run *run, const char *more_options)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) options = g_strsplit(more_options, ",", -1);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(all, g_strdup_printf("dir=%s", run->dir));
    g_ptr_array_add(all, g_strdup("every_wall=1 h"));
    g_ptr_array_add(all, g_strdup_printf("mode=%s", run->mode));
    /* Models are drawn from other seeds before a restore, so that it has something to do. */
    g_ptr_array_add(all, g_strdup("origin=ignore"));
    for (char **option = options; *option != NULL; option++)
        g_ptr_array_add(all, g_strdup(*option));
    TorporSession *session = torpor_session_new(&model_host, run->model,
                                                (const char *const *)all->pdata, all->len, &error);
    g_assert_no_error(error);
    for (gsize i = 0; i < G_N_ELEMENTS(model_types); i++) {
        torpor_catalogue_add_type(session->catalogue, model_types[i], &error);
        g_assert_no_error(error);
    }
    return session;
}

static void
begin(Run *run, gconstpointer mode)
{
    run->mode = mode;
    run->folder = model_folder_new();
    run->dir = g_build_filename(run->folder, "ckpt", NULL);
    run->spikes = g_build_filename(run->folder, "spikes", NULL);
    run->model = model_new(1, run->spikes, FALSE);
}

/* As if the process had died, and another one began: nothing of the old one's is flushed. */
static void
start_again(Run *run, const char *options)
{
    torpor_session_free(run->session);
    model_free(run->model);
    run->model = model_new(99, run->spikes, TRUE);
    run->session = open_session(run, options);
}

static void
end(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    torpor_session_free(run->session);
    model_free(run->model);
    model_folder_remove(run->folder);
    g_free(run->folder);
    g_free(run->dir);
    g_free(run->spikes);
}

static gint32
advance(Run *run, guint64 until)
{
    gint32 answer = TORPOR_GO_ON;
    while (run->model->step < until && answer == TORPOR_GO_ON) {
        model_step(run->model);
        answer =
            torpor_session_step(run->session, run->model->step, 0.1 * (double)run->model->step);
    }
    while (torpor_saver_is_busy(run->session->saver))
        g_usleep(100);
    return answer;
}

static gboolean
exists(const Run *run, guint64 step)
{
    g_autofree char *path = torpor_checkpoint_path(run->dir, step);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static char *
digest_with_spikes(const Run *run)
{
    g_autofree char *state = model_digest(run->model);
    g_autofree char *spikes = NULL;
    fflush(run->model->spikes);
    g_assert_true(g_file_get_contents(run->spikes, &spikes, NULL, NULL));
    return g_strconcat(state, spikes, NULL);
}

static gboolean
resume(Run *run)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    torpor_session_restore(run->session, NULL, &resumed, &error);
    g_assert_no_error(error);
    return resumed;
}

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

static void
test_keeps(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 ms,keep=2,fsync=no");
    g_assert_false(resume(run));
    advance(run, 55);
    g_assert_false(exists(run, 30));
    g_assert_true(exists(run, 40));
    g_assert_true(exists(run, 50));
}

static void
test_damaged_newest(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 35);
    g_autofree char *newest = torpor_checkpoint_path(run->dir, 30);
    g_assert_cmpint(truncate(newest, 1000), ==, 0);
    start_again(run, "every=1 ms,fsync=no");
    g_assert_true(resume(run));
    g_assert_cmpuint(run->model->step, ==, 20);
    g_assert_nonnull(strstr(run->model->log->str, "passed over: "));
    g_assert_nonnull(strstr(run->model->log->str, newest));
    /* The damaged one is of a branch that is given up now. */
    advance(run, 30);
    g_autofree char *moved =
        g_build_filename(run->dir, "abandoned-1", "ckpt-0000000000000030.msgpack", NULL);
    g_assert_true(g_file_test(moved, G_FILE_TEST_EXISTS));
    g_assert_true(exists(run, 30));
}

static void
test_only_damaged(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed = TRUE;
    run->session = open_session(run, "every=1 ms,keep=1,fsync=no");
    resume(run);
    advance(run, 12);
    g_autofree char *newest = torpor_checkpoint_path(run->dir, 10);
    g_assert_cmpint(truncate(newest, 1000), ==, 0);
    start_again(run, "every=1 ms");
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_false(resumed);
}

static void
test_never_and_older(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 ms,keep=9,fsync=no");
    resume(run);
    advance(run, 35);
    start_again(run, "every=1 ms,keep=9,fsync=no,resume=never");
    g_assert_false(resume(run));
    advance(run, 5);
    g_assert_true(exists(run, 30));
    advance(run, 10);
    g_assert_true(exists(run, 10));
    g_assert_false(exists(run, 20));
    g_autofree char *moved =
        g_build_filename(run->dir, "abandoned-1", "ckpt-0000000000000030.msgpack", NULL);
    g_assert_true(g_file_test(moved, G_FILE_TEST_EXISTS));
}

static void
test_failed_save(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct torpor_outcome outcome = {TORPOR_OUTCOME_INIT};
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 15);
    run->model->fail_at = "gather";
    g_assert_cmpint(advance(run, 25), ==, TORPOR_GO_ON);
    g_assert_false(exists(run, 20));
    g_assert_true(exists(run, 10));
    g_assert_nonnull(strstr(run->model->log->str, "3 the checkpoint failed"));
    /* Told once. */
    g_assert_false(torpor_session_outcome(run->session, &outcome, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST);
    g_assert_cmpint(outcome.status, ==, TORPOR_STATUS_HOST);
    g_assert_cmpuint(outcome.step, ==, 10);
    g_clear_error(&error);
    g_assert_true(torpor_session_outcome(run->session, &outcome, &error));
    /* Tried again when next due. */
    run->model->fail_at = NULL;
    advance(run, 35);
    g_assert_true(exists(run, 30));
    g_assert_true(torpor_session_outcome(run->session, &outcome, &error));
    g_assert_cmpuint(outcome.step, ==, 30);
    g_assert_true(g_str_has_suffix(outcome.path, "ckpt-0000000000000030.msgpack"));
    /* post_checkpoint is called in runs with and without failures alike: 10, 20, 30. */
    g_assert_cmpuint(run->model->n_post_checkpoints, ==, 3);
    /* One that was asked for returns its error, and nothing is left to tell. */
    run->model->fail_at = "flush";
    g_assert_false(torpor_session_save(run->session, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST);
    g_assert_true(torpor_session_outcome(run->session, NULL, NULL));
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

static void
test_no_folder(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    g_assert_true(g_file_set_contents(run->dir, "a file", -1, NULL));
    run->session = open_session(run, "every=1 ms");
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_nonnull(strstr(error->message, run->dir));
    g_clear_error(&error);
    g_assert_false(torpor_session_save(run->session, NULL, &error));
    g_assert_nonnull(strstr(error->message, run->dir));
}

static void
test_selfcheck(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    run->session = open_session(run, "fsync=no");
    model_advance(run->model, 3, NULL);
    g_autofree char *before = digest_with_spikes(run);
    torpor_selfcheck(run->session, model_advance, 20, &error);
    g_assert_no_error(error);
    g_autofree char *after = digest_with_spikes(run);
    g_assert_cmpstr(before, ==, after);
    run->model->fail_at = "advance";
    g_assert_false(torpor_selfcheck(run->session, model_advance, 20, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST);
    g_autofree char *after_failure = digest_with_spikes(run);
    g_assert_cmpstr(before, ==, after_failure);
    g_autoptr(GDir) names = g_dir_open(run->dir, 0, NULL);
    for (const char *name; (name = g_dir_read_name(names)) != NULL;)
        g_assert_cmpint(name[0], ==, '.');
}

static void
check_and_fail(Run *run, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *before = model_digest(run->model);
    g_assert_false(torpor_selfcheck(run->session, model_advance, 20, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
}

/* A field that no other depends on: only the bytes tell. */
static void
test_selfcheck_uncovered(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    struct torpor_type forgetful = neuron_type;
    forgetful.name = "forgetful";
    forgetful.n_fields--; /* left_out */
    run->session = open_session(run, "fsync=no");
    g_assert_true(torpor_catalogue_add_type(run->session->catalogue, &forgetful, NULL));
    run->model->populations[0].type = "forgetful";
    g_autofree char *words =
        g_strdup_printf("bytes %d to %d of type \"forgetful\" change (populations/neurons, object "
                        "0), but no field covers them",
                        (int)offsetof(Neuron, left_out), (int)offsetof(Neuron, left_out) + 3);
    check_and_fail(run, words);
}

static gint32
forget(G_GNUC_UNUSED void *host_data, G_GNUC_UNUSED const struct torpor_population *population,
       G_GNUC_UNUSED const struct torpor_field *field, G_GNUC_UNUSED guint64 first,
       G_GNUC_UNUSED guint64 count, G_GNUC_UNUSED const void *column,
       G_GNUC_UNUSED struct torpor_error *error)
{
    return TORPOR_STATUS_OK;
}

/* State behind an accessor that is not written back: the run goes another way. */
static void
test_selfcheck_difference(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    struct torpor_accessor forgetful = rate_accessor;
    forgetful.scatter = forget;
    struct torpor_field field = rate_fields[0];
    field.accessor = &forgetful;
    struct torpor_type type = rate_type;
    type.name = "forgetful";
    type.fields = &field;
    run->session = open_session(run, "fsync=no");
    g_assert_true(torpor_catalogue_add_type(run->session->catalogue, &type, NULL));
    run->model->populations[4].type = "forgetful";
    for (guint i = 0; i < N_RATES; i++)
        run->model->rates[i] = 1e6;
    check_and_fail(run, "populations/synapses/cells/gates");
}

static void
test_changed_output(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 25);
    fflush(run->model->spikes);
    g_autofree char *content = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(run->spikes, &content, &length, NULL));
    g_assert_cmpuint(length, >, 100);
    content[50] ^= 1;
    start_again(run, "every=1 ms,fsync=no");
    g_assert_true(g_file_set_contents(run->spikes, content, (gssize)length, NULL));
    g_autofree char *before = model_digest(run->model);
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
    g_assert_nonnull(strstr(error->message, "bytes are no longer those of the checkpoint"));
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(run->spikes, content, 60, NULL));
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
    g_assert_nonnull(strstr(error->message, "found 60"));
    g_clear_error(&error);
    g_assert_cmpint(g_unlink(run->spikes), ==, 0);
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND);
    g_autofree char *after = model_digest(run->model);
    g_assert_cmpstr(before, ==, after);
}

static void
assert_start_refused(Run *run, gint status, const char *words)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    g_assert_nonnull(strstr(error->message, words));
    /* A host that never restores learns it at its first step. */
    g_assert_cmpint(advance(run, run->model->step + 1), ==, TORPOR_STOP);
    g_assert_nonnull(strstr(run->model->log->str, words));
}

static TorporRun *
run_of(const Run *run, guint64 step)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = torpor_checkpoint_path(run->dir, step);
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    return torpor_run_read(tree, file);
}

/* A run keeps its id while it is resumed from its newest checkpoint; from an older one, or from
 * elsewhere, it branches. */
static void
test_run_identity(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *older = torpor_checkpoint_path(run->dir, 10);
    g_autofree char *resume_older = g_strdup_printf("every=1 ms,fsync=no,resume=%s", older);
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 25);
    g_autoptr(TorporRun) first = run_of(run, 10);
    start_again(run, "every=1 ms,fsync=no");
    g_assert_true(resume(run));
    advance(run, 35);
    g_autoptr(TorporRun) resumed = run_of(run, 30);
    g_assert_cmpstr(torpor_run_id(first), ==, torpor_run_id(resumed));
    start_again(run, resume_older);
    g_assert_true(resume(run));
    advance(run, 25);
    g_autoptr(TorporRun) branch = run_of(run, 20);
    g_assert_cmpstr(torpor_run_id(first), !=, torpor_run_id(branch));
    g_assert_true(torpor_run_has(branch, first, 10));
    g_assert_false(torpor_run_has(branch, first, 20));
    /* The files of a run and of those that it branched from are no strangers. */
    start_again(run, "every=1 ms,fsync=no");
    g_assert_true(resume(run));
    advance(run, 35);
    g_autoptr(TorporRun) gone_on = run_of(run, 30);
    g_assert_cmpstr(torpor_run_id(branch), ==, torpor_run_id(gone_on));
    g_assert_true(exists(run, 10));
    start_again(run, "every=1 ms,fsync=no,resume=never");
    g_assert_false(resume(run));
    advance(run, 15);
    g_autoptr(TorporRun) fresh = run_of(run, 10);
    g_assert_false(torpor_run_has(fresh, branch, 0));
    g_assert_false(torpor_run_has(fresh, first, 0));
}

/* A file that somebody else saved lies in the folder. */
static void
test_files_of_another_run(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    g_autofree char *stranger = torpor_checkpoint_path(run->dir, 10);
    g_autofree char *newest = torpor_checkpoint_path(run->dir, 30);
    g_autofree char *aside = g_build_filename(run->folder, "aside", NULL);
    g_autofree char *resume_newest = g_strdup_printf("every=1 ms,fsync=no,resume=%s", newest);
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 15);
    g_assert_cmpint(g_rename(stranger, aside), ==, 0);
    start_again(run, "every=1 ms,fsync=no");
    model_free(run->model);
    run->model = model_new(1, run->spikes, FALSE);
    torpor_session_free(run->session);
    run->session = open_session(run, "every=1 ms,keep=1,fsync=no");
    g_assert_false(resume(run));
    advance(run, 25);
    /* While the run is on, it is neither counted nor removed. */
    g_assert_cmpint(g_rename(aside, stranger), ==, 0);
    advance(run, 35);
    g_assert_true(exists(run, 30));
    g_assert_false(exists(run, 20));
    g_assert_true(exists(run, 10));
    start_again(run, "every=1 ms,keep=1,fsync=no");
    g_autofree char *before = model_digest(run->model);
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS);
    g_assert_nonnull(strstr(error->message, stranger));
    g_assert_nonnull(strstr(error->message, "resume=never"));
    g_autofree char *after = model_digest(run->model);
    g_assert_cmpstr(before, ==, after);
    /* The user chooses. */
    start_again(run, resume_newest);
    g_assert_true(resume(run));
    advance(run, 45);
    g_assert_false(exists(run, 10));
    g_autofree char *moved =
        g_build_filename(run->dir, "abandoned-1", "ckpt-0000000000000010.msgpack", NULL);
    g_assert_true(g_file_test(moved, G_FILE_TEST_EXISTS));
    g_assert_true(exists(run, 30));
    g_assert_true(exists(run, 40));
}

/* A host that goes on with what it has in memory, in a second session, is the same run. */
static void
test_run_goes_on_in_memory(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 15);
    g_assert_true(torpor_session_outcome(run->session, NULL, NULL)); /* as at the detach */
    torpor_session_free(run->session);
    run->session = open_session(run, "every=1 ms,fsync=no");
    advance(run, 25);
    g_autoptr(TorporRun) first = run_of(run, 10);
    g_autoptr(TorporRun) second = run_of(run, 20);
    g_assert_cmpstr(torpor_run_id(first), ==, torpor_run_id(second));
}

/* The folder is moved, and another one is at its path: the run goes on in its own. */
static void
test_folder_moved(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *elsewhere = g_build_filename(run->folder, "elsewhere", NULL);
    run->session = open_session(run, "every=1 ms,keep=2,keep_every=2,fsync=no");
    resume(run);
    advance(run, 25);
    g_assert_cmpint(g_rename(run->dir, elsewhere), ==, 0);
    g_assert_cmpint(g_mkdir(run->dir, 0777), ==, 0);
    advance(run, 45);
    g_autoptr(GPtrArray) strangers = torpor_folder_list(run->dir, NULL);
    g_autoptr(GPtrArray) own = torpor_folder_list(elsewhere, NULL);
    g_assert_cmpuint(strangers->len, ==, 0);
    g_assert_cmpuint(own->len, ==, 3); /* 40, 30, and 20 for good */
    g_assert_nonnull(strstr(run->model->log->str, "where it is now: "));
    g_assert_null(strstr(run->model->log->str, "failed"));
    /* Then it is removed: made again where the user wanted it. */
    model_folder_remove(elsewhere);
    g_assert_cmpint(g_rmdir(run->dir), ==, 0);
    advance(run, 55);
    g_assert_true(exists(run, 50));
    g_assert_nonnull(strstr(run->model->log->str, "it was made again"));
}

/* Two runs with folders of their own and one output file. */
static void
test_shared_output(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    Run other = {.mode = run->mode, .folder = run->folder, .spikes = run->spikes};
    g_autofree char *other_spikes = g_build_filename(run->folder, "other.txt", NULL);
    other.dir = g_build_filename(run->folder, "other", NULL);
    other.model = model_new(2, other_spikes, FALSE);
    other.model->output.path = run->spikes;
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 15);
    other.session = open_session(&other, "every=1 ms,fsync=no");
    assert_start_refused(&other, TORPOR_STATUS_BUSY, run->spikes);
    g_assert_false(exists(&other, 0));
    /* A resume holds it too. */
    start_again(run, "every=1 ms,fsync=no");
    g_assert_true(resume(run));
    assert_start_refused(&other, TORPOR_STATUS_BUSY, run->spikes);
    /* Until the run ends. */
    torpor_session_free(g_steal_pointer(&run->session));
    torpor_session_free(other.session);
    model_free(other.model);
    g_free(other.dir);
    run->session = open_session(run, "every=1 ms,fsync=no");
    g_assert_true(resume(run));
}

/* Nobody could cut it back: found before the first step, not at the first save. */
static void
test_output_that_cannot_be_cut(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *pipe_path = g_build_filename(run->folder, "pipe", NULL);
    g_assert_cmpint(mkfifo(pipe_path, 0600), ==, 0);
    run->session = open_session(run, "every=1 s,fsync=no");
    run->model->output.path = "/dev/null";
    assert_start_refused(run, TORPOR_STATUS_INVALID, "/dev/null");
    run->model->output.path = pipe_path;
    assert_start_refused(run, TORPOR_STATUS_INVALID, pipe_path);
    run->model->output.path = run->spikes;
    g_assert_false(resume(run));
}

/* The host goes on in another file: that one is held, and the one before is free. */
static void
test_next_output(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *next = g_build_filename(run->folder, "next", NULL);
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    g_assert_true(g_file_set_contents(next, "", 0, NULL));
    int fd = open(next, O_RDWR | O_CLOEXEC);
    int old_fd = open(run->spikes, O_RDWR | O_CLOEXEC);
    g_assert_cmpint(torpor_file_try_lock(old_fd), ==, EWOULDBLOCK);
    run->model->output.path = next;
    advance(run, 12);
    g_assert_true(exists(run, 10));
    g_assert_cmpint(torpor_file_try_lock(fd), ==, EWOULDBLOCK);
    g_assert_cmpint(torpor_file_try_lock(old_fd), ==, 0);
    close(fd);
    close(old_fd);
}

/* A disk that fails behind the host's back: reported once at the next hook, and the next save
 * works. */
static void
test_failed_in_background(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *in_the_way = torpor_checkpoint_path(run->dir, 20);
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 15);
    g_assert_cmpint(g_mkdir(in_the_way, 0777), ==, 0);
    g_assert_cmpint(advance(run, 25), ==, TORPOR_GO_ON);
    g_assert_true(exists(run, 10));
    g_assert_cmpint(advance(run, 26), ==, TORPOR_GO_ON);
    g_assert_nonnull(strstr(run->model->log->str, "3 the checkpoint failed"));
    g_assert_false(torpor_session_outcome(run->session, NULL, &error));
    g_assert_nonnull(strstr(error->message, in_the_way));
    g_assert_true(torpor_session_outcome(run->session, NULL, NULL));
    struct torpor_outcome unset = {.step = 77};
    g_assert_false(torpor_session_outcome(run->session, &unset, NULL));
    g_assert_cmpuint(unset.step, ==, 77);
    advance(run, 35);
    g_assert_true(exists(run, 30));
    g_assert_true(torpor_session_outcome(run->session, NULL, NULL));
    g_assert_cmpint(g_rmdir(in_the_way), ==, 0);
}

/* What a later checkpoint in the folder makes good is a warning; a file of its own is not made
 * good. */
static void
test_made_good(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *none = g_build_filename(run->folder, "none", NULL);
    g_autofree char *mine = g_build_filename(none, "mine.msgpack", NULL);
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    run->model->fail_at = "gather";
    advance(run, 15);
    run->model->fail_at = NULL;
    g_assert_null(strstr(run->model->log->str, "takes its place"));
    advance(run, 25);
    g_assert_true(torpor_session_outcome(run->session, NULL, &error));
    g_assert_no_error(error);
    g_assert_nonnull(strstr(run->model->log->str, "2 an earlier checkpoint failed; "));
    (void)torpor_session_save(run->session, mine, &error); /* async: reported later */
    gboolean is_reported = error != NULL;
    g_clear_error(&error);
    advance(run, 35);
    g_assert_true(exists(run, 30));
    g_assert_cmpint(torpor_session_outcome(run->session, NULL, &error), ==, is_reported);
    g_assert_true(is_reported || strstr(error->message, none) != NULL);
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

/* A restore whose commit failed: nothing of that state is saved any more. */
static void
test_failed_commit(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 15);
    start_again(run, "every=1 ms,fsync=no");
    run->model->fail_at = "restore_commit";
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_TORN);
    g_clear_error(&error);
    run->model->fail_at = NULL;
    g_assert_false(torpor_session_save(run->session, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_TORN);
    advance(run, 35);
    g_assert_true(exists(run, 10));
    g_assert_false(exists(run, 20));
    g_assert_false(exists(run, 30));
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
add(const char *path, void (*test)(Run *, gconstpointer))
{
    static const char *const modes[] = {"sync", "async"};
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autofree char *of_mode = g_strdup_printf("/session/%s%s", modes[i], path);
        g_test_add(of_mode, Run, modes[i], begin, test, end);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/killed/resumes-identically", test_killed_and_resumed);
    add("/keep/oldest-go", test_keeps);
    add("/damaged-newest/one-before-is-used", test_damaged_newest);
    add("/only-damaged/never-fresh", test_only_damaged);
    add("/resume-never/sets-aside", test_never_and_older);
    add("/failed-save/reported-once-and-retried", test_failed_save);
    add("/explicit-path/outside-of-retention", test_explicit_save);
    add("/explicit-path/resolved-at-the-call", test_relative_path);
    add("/stop/saves-and-stops", test_stop);
    add("/no-folder/named", test_no_folder);
    add("/changed-output/stops-the-resume", test_changed_output);
    add("/run/kept-or-branched", test_run_identity);
    add("/run/files-of-another/refused-unless-chosen", test_files_of_another_run);
    add("/run/goes-on-in-memory", test_run_goes_on_in_memory);
    add("/folder/moved-and-removed/goes-on", test_folder_moved);
    add("/outputs/shared-by-two-runs/refused", test_shared_output);
    add("/outputs/cannot-be-cut/refused-at-the-start", test_output_that_cannot_be_cut);
    add("/outputs/next-one/held", test_next_output);
    add("/failed-commit/torn-is-not-saved", test_failed_commit);
    add("/table/copied", test_table_is_copied);
    add("/selfcheck/passes", test_selfcheck);
    add("/selfcheck/uncovered-bytes", test_selfcheck_uncovered);
    add("/selfcheck/first-difference", test_selfcheck_difference);
    add("/failed-in-background/reported-once-next-works", test_failed_in_background);
    add("/failed-save/made-good-by-the-next", test_made_good);
    add("/signal/saves-and-stops-once", test_signal);
    add("/budget/used-up-at-the-start", test_budget);
    add("/budget/not-used-up", test_budget_on_the_way);
    return g_test_run();
}
