/* Which run a folder's checkpoints are of, and folders that are moved or swapped. */
#include <sys/stat.h>

#include "msgpack/decode.h"
#include "session_run.h"

static TorporRun *
run_of(const Run *run, guint64 step)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = torpor_checkpoint_path(run->dir, step);
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    return torpor_run_read(tree);
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

/* A flipped bit in the id of an older file is damage, not another run. */
static void
test_damaged_id(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 35);
    g_autoptr(TorporRun) saved = run_of(run, 20);
    g_autofree char *path = torpor_checkpoint_path(run->dir, 20);
    char *bytes;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    char *id = memmem(bytes, length, torpor_run_id(saved), strlen(torpor_run_id(saved)));
    g_assert_nonnull(id);
    *id ^= 1;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
    g_free(bytes);
    start_again(run, "every=1 ms,fsync=no");
    g_assert_true(resume(run));
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

/* A folder with a copy of an older checkpoint takes its place: restored from there, the run is a
 * branch, for its own folder has a newer one. */
static void
test_folder_swapped(Run *run, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    gsize length;
    g_autofree char *bytes = NULL;
    g_autofree char *elsewhere = g_build_filename(run->folder, "elsewhere", NULL);
    g_autofree char *older = torpor_checkpoint_path(run->dir, 10);
    run->session = open_session(run, "every=1 ms,fsync=no");
    resume(run);
    advance(run, 25);
    g_autofree char *id = g_strdup(torpor_run_id(run->session->run));
    g_assert_true(g_file_get_contents(older, &bytes, &length, NULL));
    g_assert_cmpint(g_rename(run->dir, elsewhere), ==, 0);
    g_assert_cmpint(g_mkdir(run->dir, 0777), ==, 0);
    g_assert_true(g_file_set_contents(older, bytes, (gssize)length, NULL));
    g_assert_true(torpor_session_restore(run->session, older, &resumed, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(torpor_run_id(run->session->run), !=, id);
    advance(run, 25);
    g_autofree char *own = torpor_checkpoint_path(elsewhere, 20);
    g_assert_true(g_file_test(own, G_FILE_TEST_EXISTS));
    g_assert_false(exists(run, 20));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/run/kept-or-branched", test_run_identity);
    add("/run/files-of-another/refused-unless-chosen", test_files_of_another_run);
    add("/run/damaged-id/no-other-run", test_damaged_id);
    add("/run/goes-on-in-memory", test_run_goes_on_in_memory);
    add("/folder/moved-and-removed/goes-on", test_folder_moved);
    add("/folder/swapped/restored-from-the-other-is-a-branch", test_folder_swapped);
    return g_test_run();
}
