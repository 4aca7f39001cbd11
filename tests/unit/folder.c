#include "folder/folder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"

static char *
new_folder(void)
{
    char *path = g_dir_make_tmp("torpor-folder-XXXXXX", NULL);
    g_assert_nonnull(path);
    return path;
}

static void
put(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, "x", 1, NULL));
}

static void
remove_folder(char *folder)
{
    scratch_remove(folder);
    g_free(folder);
}

static void
test_list(void)
{
    char *folder = new_folder();
    const char *const others[] = {"ckpt-1.msgpack",
                                  "ckpt-000000000000001x.msgpack",
                                  "ckpt-0000000000000001.msgpack.bak",
                                  ".ckpt-0000000000000001.msgpack.tmp-12-ab",
                                  "ckpt-00000000000000001.msgpack",
                                  "ckpt-99999999999999999999.msgpack",
                                  "ckpt-+000000000000001.msgpack",
                                  "notes.txt"};
    for (guint i = 0; i < G_N_ELEMENTS(others); i++)
        put(folder, others[i]);
    const guint64 steps[] = {G_MAXUINT64, 12345678901234567, 9999999999999999, 1000, 20, 3, 0};
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *path = torpor_checkpoint_path(folder, steps[(i * 3) % 7]);
        g_assert_true(g_file_set_contents(path, "x", 1, NULL));
    }
    g_autofree char *a_folder = g_build_filename(folder, "ckpt-0000000000000007.msgpack", NULL);
    g_mkdir(a_folder, 0700);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) found = torpor_folder_list(folder, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(found->len, ==, G_N_ELEMENTS(steps));
    for (guint i = 0; i < found->len; i++) {
        const TorporCheckpoint *checkpoint = found->pdata[i];
        g_assert_cmpuint(checkpoint->step, ==, steps[i]);
        g_autofree char *path = torpor_checkpoint_path(folder, steps[i]);
        g_assert_cmpstr(checkpoint->path, ==, path);
    }
    g_autofree char *usual = torpor_checkpoint_path("runs", 1000);
    g_assert_cmpstr(usual, ==, "runs/ckpt-0000000000001000.msgpack");
    g_assert_null(torpor_folder_list("/nonexistent/folder", &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND);
    remove_folder(folder);
}

static void
test_lock(void)
{
    char *folder = new_folder();
    g_autofree char *deep = g_build_filename(folder, "a", NULL);
    g_autoptr(GError) error = NULL;
    TorporFolder *held = torpor_folder_lock(deep, &error); /* creates it */
    g_assert_no_error(error);
    g_assert_cmpstr(torpor_folder_path(held), ==, deep);
    g_assert_true(torpor_folder_check_held(held, NULL));
    g_assert_null(torpor_folder_lock(deep, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_BUSY);
    g_autofree char *holder = g_strdup_printf("process %d on machine \"", (int)getpid());
    g_assert_nonnull(strstr(error->message, holder));
    g_clear_error(&error);
    torpor_folder_unlock(held);
    held = torpor_folder_lock(deep, &error);
    g_assert_no_error(error);
    torpor_folder_unlock(held);
    g_autofree char *lock = g_build_filename(deep, ".torpor.lock", NULL);
    g_remove(lock);
    g_rmdir(deep);
    remove_folder(folder);
}

static void
test_lock_fails(void)
{
    char *folder = new_folder();
    put(folder, "file");
    g_autofree char *below_a_file = g_build_filename(folder, "file", "sub", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(torpor_folder_lock(below_a_file, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, below_a_file));
    remove_folder(folder);
}

/* A child that outlives its killed parent must not keep the folder from the next run. */
static void
test_fork(void)
{
    char *folder = new_folder();
    TorporFolder *held = torpor_folder_lock(folder, NULL);
    int answers[2];
    g_assert_cmpint(pipe(answers), ==, 0);
    pid_t child = fork();
    if (child == 0) {
        char holds = (char)torpor_folder_check_held(held, NULL);
        gssize written = write(answers[1], &holds, 1);
        pause();
        _exit(written == 1 ? 0 : 1);
    }
    char child_holds = 1;
    g_assert_cmpint(read(answers[0], &child_holds, 1), ==, 1);
    g_assert_false(child_holds);
    g_autoptr(GError) error = NULL;
    g_assert_null(torpor_folder_lock(folder, &error)); /* the parent still holds it */
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_BUSY);
    g_clear_error(&error);
    torpor_folder_unlock(held);
    held = torpor_folder_lock(folder, &error);
    g_assert_no_error(error);
    torpor_folder_unlock(held);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(answers[0]);
    close(answers[1]);
    remove_folder(folder);
}

/* A child neither follows the folder nor lists it for a save. */
static void
test_child_does_nothing(void)
{
    char *folder = new_folder();
    g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        TorporFolderChange change;
        g_autoptr(GError) error = NULL;
        g_autoptr(GError) other = NULL;
        gboolean is_refused = torpor_folder_list_held(held, &error) == NULL &&
                              !torpor_folder_follow(held, &change, &other) &&
                              error->code == TORPOR_STATUS_ORDER &&
                              other->code == TORPOR_STATUS_ORDER;
        exit(is_refused ? 0 : 1);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
    g_clear_pointer(&held, torpor_folder_unlock);
    remove_folder(folder);
}

/* The lock of a killed process is gone with it. */
static void
test_killed(void)
{
    char *folder = new_folder();
    int answers[2];
    g_assert_cmpint(pipe(answers), ==, 0);
    pid_t child = fork();
    if (child == 0) {
        TorporFolder *held = torpor_folder_lock(folder, NULL);
        char holds = held != NULL;
        gssize written = write(answers[1], &holds, 1);
        pause();
        _exit(written == 1 ? 0 : 1);
    }
    char holds = 0;
    g_assert_cmpint(read(answers[0], &holds, 1), ==, 1);
    g_assert_true(holds);
    g_autoptr(GError) error = NULL;
    g_assert_null(torpor_folder_lock(folder, &error));
    g_autofree char *holder = g_strdup_printf("process %d on", (int)child);
    g_assert_nonnull(strstr(error->message, holder));
    g_clear_error(&error);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    TorporFolder *held = torpor_folder_lock(folder, &error);
    g_assert_no_error(error);
    torpor_folder_unlock(held);
    close(answers[0]);
    close(answers[1]);
    remove_folder(folder);
}

static TorporFolderChange
follow(TorporFolder *held)
{
    g_autoptr(GError) error = NULL;
    TorporFolderChange change;
    torpor_folder_follow(held, &change, &error);
    g_assert_no_error(error);
    return change;
}

static void
assert_not_followed(TorporFolder *held, gint status)
{
    g_autoptr(GError) error = NULL;
    TorporFolderChange change;
    g_assert_false(torpor_folder_follow(held, &change, &error));
    g_assert_error(error, TORPOR_ERROR, status);
}

typedef struct {
    char *parent;
    char *path;
    char *elsewhere;
    TorporFolder *held;
} Fixture;

static void
set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    fixture->parent = new_folder();
    fixture->path = g_build_filename(fixture->parent, "run", NULL);
    fixture->elsewhere = g_build_filename(fixture->parent, "elsewhere", NULL);
    fixture->held = torpor_folder_lock(fixture->path, NULL);
    put(fixture->path, "ckpt-0000000000000007.msgpack");
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    torpor_folder_unlock(fixture->held);
    scratch_remove(fixture->path);
    scratch_remove(fixture->elsewhere);
    remove_folder(fixture->parent);
    g_free(fixture->path);
    g_free(fixture->elsewhere);
}

static void
assert_holds(const Fixture *fixture, const char *path, guint n_checkpoints)
{
    g_autoptr(GPtrArray) found = torpor_folder_list_held(fixture->held, NULL);
    g_assert_cmpuint(found->len, ==, n_checkpoints);
    g_assert_cmpstr(torpor_folder_path(fixture->held), ==, path);
}

/* Another run's folder at the same path is not this one's. */
static void
test_moved(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_AS_BEFORE);
    g_assert_cmpint(g_rename(fixture->path, fixture->elsewhere), ==, 0);
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_MOVED);
    assert_holds(fixture, fixture->elsewhere, 1);
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_AS_BEFORE); /* reported once */
    TorporFolder *other = torpor_folder_lock(fixture->path, NULL);
    g_assert_nonnull(other);
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_AS_BEFORE);
    assert_holds(fixture, fixture->elsewhere, 1);
    torpor_folder_unlock(other);
    scratch_remove(fixture->path);
    g_assert_cmpint(g_rename(fixture->elsewhere, fixture->path), ==, 0);
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_AS_BEFORE);
    assert_holds(fixture, fixture->path, 1);
}

static void
test_removed(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    scratch_remove(fixture->path);
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_MADE_AGAIN);
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_AS_BEFORE);
    assert_holds(fixture, fixture->path, 0);
    g_assert_null(torpor_folder_lock(fixture->path, NULL)); /* it is locked again */
    /* Moved away first, as to a trash: made again at the path that the user gave. */
    g_assert_cmpint(g_rename(fixture->path, fixture->elsewhere), ==, 0);
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_MOVED);
    scratch_remove(fixture->elsewhere);
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_MADE_AGAIN);
    assert_holds(fixture, fixture->path, 0);
}

static void
test_removed_and_another_there(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    scratch_remove(fixture->path);
    TorporFolder *other = torpor_folder_lock(fixture->path, NULL);
    assert_not_followed(fixture->held, TORPOR_STATUS_BUSY);
    put(fixture->path, "ckpt-0000000000000003.msgpack");
    torpor_folder_unlock(other);
    assert_not_followed(fixture->held, TORPOR_STATUS_EXISTS);
    other = torpor_folder_lock(fixture->path, NULL); /* it was let go again */
    g_assert_nonnull(other);
    torpor_folder_unlock(other);
    scratch_remove(fixture->path);
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_MADE_AGAIN);
}

/* A purge of old files takes the lock's as well. */
static void
test_lock_file_removed(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *lock = g_build_filename(fixture->path, ".torpor.lock", NULL);
    g_assert_cmpint(g_remove(lock), ==, 0);
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_AS_BEFORE);
    g_assert_null(torpor_folder_lock(fixture->path, NULL));
    g_assert_cmpint(g_remove(lock), ==, 0);
    TorporFolder *other = torpor_folder_lock(fixture->path, NULL);
    assert_not_followed(fixture->held, TORPOR_STATUS_BUSY);
    torpor_folder_unlock(other);
    g_assert_cmpint(follow(fixture->held), ==, TORPOR_FOLDER_AS_BEFORE);
}

/* A folder that a group shares: the lock file is the first user's, and others may only read it. */
static void
test_lock_of_another_user(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *lock = g_build_filename(fixture->path, ".torpor.lock", NULL);
    torpor_folder_unlock(g_steal_pointer(&fixture->held));
    g_assert_cmpint(chmod(fixture->parent, 0755), ==, 0);
    g_assert_cmpint(chmod(fixture->path, 0777), ==, 0);
    g_assert_cmpint(chmod(lock, 0444), ==, 0);
    pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0) /* root may write all files */
            _exit(77);
        TorporFolder *held = torpor_folder_lock(fixture->path, NULL);
        TorporFolder *second = torpor_folder_lock(fixture->path, NULL);
        _exit(held != NULL && second == NULL ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    g_assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        g_test_skip("root may not become another user here");
    else
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

static void
test_leftovers(void)
{
    char *folder = new_folder();
    put(folder, ".ckpt-0000000000000001.msgpack.tmp-999999999-0123456789abcdef");
    put(folder, "ckpt-0000000000000001.msgpack");
    TorporFolder *held = torpor_folder_lock(folder, NULL);
    g_autofree char *temp = g_build_filename(
        folder, ".ckpt-0000000000000001.msgpack.tmp-999999999-0123456789abcdef", NULL);
    g_assert_false(g_file_test(temp, G_FILE_TEST_EXISTS));
    g_autoptr(GPtrArray) found = torpor_folder_list(folder, NULL);
    g_assert_cmpuint(found->len, ==, 1);
    torpor_folder_unlock(held);
    remove_folder(folder);
}

static void
add(const char *path, void (*test)(Fixture *, gconstpointer))
{
    g_test_add(path, Fixture, NULL, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/folder/list/newest-first-others-left-out", test_list);
    g_test_add_func("/folder/lock/names-the-holder", test_lock);
    g_test_add_func("/folder/lock/cannot-create", test_lock_fails);
    g_test_add_func("/folder/lock/not-inherited-by-fork", test_fork);
    g_test_add_func("/folder/fork/child-does-nothing", test_child_does_nothing);
    g_test_add_func("/folder/lock/gone-with-a-killed-process", test_killed);
    g_test_add_func("/folder/lock/removes-leftovers", test_leftovers);
    add("/folder/follow/moved", test_moved);
    add("/folder/follow/removed", test_removed);
    add("/folder/follow/removed-and-another-there", test_removed_and_another_there);
    add("/folder/follow/lock-file-removed", test_lock_file_removed);
    add("/folder/lock/of-another-user", test_lock_of_another_user);
    return g_test_run();
}
