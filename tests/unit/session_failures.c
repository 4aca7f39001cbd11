/* Saves that fail, files that are damaged. */
#include <sys/stat.h>

#include "session_run.h"

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
    /* One that was asked for returns its error, and nothing is left to report. */
    run->model->fail_at = "flush";
    g_assert_false(torpor_session_save(run->session, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST);
    g_assert_true(torpor_session_outcome(run->session, NULL, NULL));
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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/damaged-newest/one-before-is-used", test_damaged_newest);
    add("/only-damaged/never-fresh", test_only_damaged);
    add("/failed-save/reported-once-and-retried", test_failed_save);
    add("/no-folder/named", test_no_folder);
    add("/failed-in-background/reported-once-next-works", test_failed_in_background);
    add("/failed-save/made-good-by-the-next", test_made_good);
    add("/failed-commit/torn-is-not-saved", test_failed_commit);
    return g_test_run();
}
