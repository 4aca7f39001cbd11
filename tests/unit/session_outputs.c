/* Outputs: what a start, a resume and another run do with them. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/held_file.h"
#include "session_run.h"

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

/* A run that went back, and was killed before its first checkpoint: the output is too short for the
 * later checkpoints, and it goes on from where it went back to. */
static void
test_killed_after_going_back(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 ms,keep=9,fsync=no");
    g_assert_false(resume(run));
    advance(run, 35);
    g_autofree char *expected = digest_with_spikes(run);
    g_autofree char *first = torpor_checkpoint_path(run->dir, 10);
    g_autofree char *back = g_strdup_printf("every=1 h,keep=9,fsync=no,resume=%s", first);
    start_again(run, back);
    g_assert_true(resume(run));
    advance(run, 12);
    start_again(run, "every=1 ms,keep=9,fsync=no");
    g_assert_true(resume(run));
    g_assert_cmpuint(run->model->step, ==, 10);
    advance(run, 35);
    g_autofree char *found = digest_with_spikes(run);
    g_assert_cmpstr(found, ==, expected);
    start_again(run, "every=1 h,keep=9,fsync=no,resume=never");
    g_assert_false(resume(run));
    start_again(run, "every=1 ms,keep=9,fsync=no");
    g_assert_false(resume(run));
}

/* The run before was killed before its first checkpoint: nothing is in the file twice, and what was
 * there is kept. */
static void
test_output_at_a_fresh_start(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *aside = g_strconcat(run->spikes, ".aside-1", NULL);
    g_autofree char *second = g_strconcat(run->spikes, ".aside-2", NULL);
    g_autofree char *kept = NULL;
    run->session = open_session(run, "every=1 h,fsync=no");
    g_assert_false(resume(run));
    g_assert_false(g_file_test(aside, G_FILE_TEST_EXISTS));
    advance(run, 30);
    g_autofree char *expected = digest_with_spikes(run);
    g_autofree char *begun = NULL;
    g_assert_true(g_file_get_contents(run->spikes, &begun, NULL, NULL));
    g_assert_cmpuint(strlen(begun), >, 100);
    torpor_session_free(run->session);
    model_free(run->model);
    run->model = model_new(1, run->spikes, TRUE);
    run->session = open_session(run, "every=1 h,fsync=no");
    g_assert_false(resume(run));
    g_assert_nonnull(
        strstr(run->model->log->str, "the run starts fresh, so this file begins empty"));
    g_assert_nonnull(strstr(run->model->log->str, aside));
    advance(run, 30);
    g_autofree char *again = digest_with_spikes(run);
    g_assert_cmpstr(again, ==, expected);
    g_assert_true(g_file_get_contents(aside, &kept, NULL, NULL));
    g_assert_cmpstr(kept, ==, begun);
    /* One that the host empties by itself is left alone; one that is missing is made. */
    run->model->output.flags = TORPOR_OUTPUT_OPTIONAL;
    run->model->step = 0;
    g_assert_false(resume(run));
    g_assert_false(g_file_test(second, G_FILE_TEST_EXISTS));
    run->model->output.flags = 0;
    g_assert_cmpint(g_unlink(run->spikes), ==, 0);
    g_assert_false(resume(run));
    g_assert_true(g_file_test(run->spikes, G_FILE_TEST_EXISTS));
}

/* What cannot be kept is not lost: the run does not begin. */
static void
test_output_that_cannot_be_kept(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) long_name = g_string_new(run->folder);
    g_string_append_c(long_name, '/');
    while (long_name->len < strlen(run->folder) + 254) /* none is longer */
        g_string_append_c(long_name, 'n');
    gboolean resumed;
    FILE *file = fopen(long_name->str, "w");
    g_assert_nonnull(file);
    fputs("somebody's", file);
    g_assert_cmpint(fclose(file), ==, 0);
    run->session = open_session(run, "every=1 h,fsync=no");
    run->model->output.path = long_name->str;
    g_assert_false(torpor_session_restore(run->session, NULL, &resumed, &error));
    g_assert_nonnull(strstr(error->message, "cannot be copied aside; move the file away"));
    g_autofree char *kept = NULL;
    g_assert_true(g_file_get_contents(long_name->str, &kept, NULL, NULL));
    g_assert_cmpstr(kept, ==, "somebody's");
    run->model->output.path = run->spikes;
}

/* The host names its output relative to where it is at the start, and then goes elsewhere, where
 * another file has that name. The folder that it was in moves, too. */
static void
test_host_changes_its_directory(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *home = g_get_current_dir();
    g_autofree char *elsewhere = g_build_filename(run->folder, "elsewhere", NULL);
    g_autofree char *foreign = g_build_filename(elsewhere, "spikes", NULL);
    g_autofree char *moved = g_strconcat(run->folder, "-moved", NULL);
    g_assert_cmpint(g_mkdir(elsewhere, 0700), ==, 0);
    g_assert_true(g_file_set_contents(foreign, "somebody's", -1, NULL));
    g_assert_cmpint(g_chdir(run->folder), ==, 0);
    run->session = open_session(run, "every=1 ms");
    run->model->output.path = "spikes";
    g_assert_false(resume(run));
    advance(run, 15);
    g_assert_cmpint(g_chdir(elsewhere), ==, 0);
    advance(run, 25);
    g_assert_true(exists(run, 20));
    g_assert_cmpint(g_rename(run->folder, moved), ==, 0);
    torpor_session_save(run->session, NULL, &error);
    g_assert_no_error(error);
    torpor_session_outcome(run->session, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_rename(moved, run->folder), ==, 0);
    g_autofree char *expected = digest_with_spikes(run);
    advance(run, 27);
    /* Restored in the process that is elsewhere, and in one that begins at home. */
    gboolean resumed;
    torpor_session_restore(run->session, NULL, &resumed, &error);
    g_assert_no_error(error);
    g_autofree char *restored = digest_with_spikes(run);
    g_assert_cmpstr(restored, ==, expected);
    g_assert_cmpint(g_chdir(run->folder), ==, 0);
    start_again(run, "every=1 ms");
    run->model->output.path = "spikes";
    g_assert_true(resume(run));
    g_autofree char *again = digest_with_spikes(run);
    g_assert_cmpstr(again, ==, expected);
    g_autofree char *kept = NULL;
    g_assert_true(g_file_get_contents(foreign, &kept, NULL, NULL));
    g_assert_cmpstr(kept, ==, "somebody's");
    g_assert_cmpint(g_chdir(home), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/changed-output/stops-the-resume", test_changed_output);
    add("/outputs/shared-by-two-runs/refused", test_shared_output);
    add("/outputs/cannot-be-cut/refused-at-the-start", test_output_that_cannot_be_cut);
    add("/outputs/next-one/held", test_next_output);
    add("/outputs/went-back/killed-before-its-first-checkpoint", test_killed_after_going_back);
    add("/outputs/fresh-start/begin-empty", test_output_at_a_fresh_start);
    add("/outputs/fresh-start/never-lost", test_output_that_cannot_be_kept);
    add("/outputs/host-changes-its-directory/same-file", test_host_changes_its_directory);
    return g_test_run();
}
