#include "folder/retention.h"
#include "folder/abandoned.h"
#include "folder/newest.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "scratch.h"

/* Here a file says itself what it is: "good", "damaged", "other", "newer". */
static gboolean
verify(gpointer data, int folder, const char *path, GError **error)
{
    char text[16] = "";
    g_autofree char *name = g_path_get_basename(path);
    int fd = openat(folder, folder == AT_FDCWD ? path : name, O_RDONLY | O_CLOEXEC);
    gboolean is_read = fd >= 0 && read(fd, text, sizeof text - 1) > 0;
    if (fd >= 0)
        close(fd);
    if (data != NULL)
        g_ptr_array_add(data, g_steal_pointer(&name));
    if (!is_read) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND, "no file \"%s\"", path);
        return FALSE;
    }
    if (strcmp(text, "good") == 0)
        return TRUE;
    g_set_error(error, TORPOR_ERROR,
                strcmp(text, "damaged") == 0 ? TORPOR_STATUS_DAMAGED
                : strcmp(text, "other") == 0 ? TORPOR_STATUS_FINGERPRINT
                                             : TORPOR_STATUS_VERSION,
                "\"%s\" is %s", path, text);
    return FALSE;
}

static char *
new_folder(void)
{
    char *path = g_dir_make_tmp("torpor-retention-XXXXXX", NULL);
    g_assert_nonnull(path);
    return path;
}

static void
put(const char *folder, guint64 step, const char *content)
{
    g_autofree char *path = torpor_checkpoint_path(folder, step);
    g_assert_true(g_file_set_contents(path, content, -1, NULL));
}

/* "30 20 10": the steps in the folder, newest first. */
static void
assert_steps(const char *folder, const char *expected)
{
    g_autoptr(GPtrArray) found = torpor_folder_list(folder, NULL);
    g_assert_nonnull(found);
    g_autoptr(GString) steps = g_string_new(NULL);
    for (guint i = 0; i < found->len; i++)
        g_string_append_printf(steps, "%s%" G_GUINT64_FORMAT, i > 0 ? " " : "",
                               ((const TorporCheckpoint *)found->pdata[i])->step);
    g_assert_cmpstr(steps->str, ==, expected);
}

static void
assert_selects(const char *folder, TorporResume resume, guint64 step)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path =
        torpor_newest_select(AT_FDCWD, folder, resume, NULL, verify, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autofree char *expected = torpor_checkpoint_path(folder, step);
    g_assert_cmpstr(path, ==, expected);
}

static void
assert_select_fails(const char *folder, TorporResume resume, const char *resume_path, gint status,
                    const char *said)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(
        torpor_newest_select(AT_FDCWD, folder, resume, resume_path, verify, NULL, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    g_assert_nonnull(strstr(error->message, said));
}

static void
test_select_auto(void)
{
    g_autofree char *folder = new_folder();
    g_autoptr(GError) error = NULL;
    g_assert_null(torpor_newest_select(AT_FDCWD, folder, TORPOR_RESUME_AUTO, NULL, verify, NULL,
                                       NULL, &error));
    g_assert_no_error(error);
    g_assert_null(torpor_newest_select(AT_FDCWD, "/nonexistent", TORPOR_RESUME_AUTO, NULL, verify,
                                       NULL, NULL, &error));
    g_assert_no_error(error);
    put(folder, 10, "good");
    put(folder, 20, "good");
    assert_selects(folder, TORPOR_RESUME_AUTO, 20);
    assert_selects(folder, TORPOR_RESUME_REQUIRE, 20);
    put(folder, 30, "damaged");
    put(folder, 40, "damaged");
    g_autoptr(GPtrArray) damaged = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = torpor_newest_select(AT_FDCWD, folder, TORPOR_RESUME_AUTO, NULL, verify,
                                                 seen, damaged, &error);
    g_assert_true(g_str_has_suffix(path, "ckpt-0000000000000020.msgpack"));
    g_assert_cmpuint(damaged->len, ==, 2);
    g_assert_nonnull(strstr(damaged->pdata[0], "ckpt-0000000000000040.msgpack\" is damaged"));
    g_assert_cmpuint(seen->len, ==, 3); /* older ones are not read */
    g_assert_null(torpor_newest_select(AT_FDCWD, folder, TORPOR_RESUME_NEVER, NULL, verify, NULL,
                                       NULL, &error));
    g_assert_no_error(error);
    scratch_remove(folder);
}

static void
test_select_refuses(void)
{
    g_autofree char *folder = new_folder();
    assert_select_fails(folder, TORPOR_RESUME_REQUIRE, NULL, TORPOR_STATUS_NOT_FOUND, folder);
    assert_select_fails("/nonexistent", TORPOR_RESUME_REQUIRE, NULL, TORPOR_STATUS_NOT_FOUND,
                        "no checkpoint in \"/nonexistent\"");
    put(folder, 10, "damaged");
    put(folder, 20, "damaged");
    assert_select_fails(folder, TORPOR_RESUME_AUTO, NULL, TORPOR_STATUS_DAMAGED, "all 2 ");
    assert_select_fails(folder, TORPOR_RESUME_REQUIRE, NULL, TORPOR_STATUS_DAMAGED,
                        "ckpt-0000000000000020.msgpack\" is damaged");
    put(folder, 5, "good");
    put(folder, 15, "other"); /* of another model: never passed over */
    assert_select_fails(folder, TORPOR_RESUME_AUTO, NULL, TORPOR_STATUS_FINGERPRINT, "is other");
    put(folder, 30, "newer");
    assert_select_fails(folder, TORPOR_RESUME_AUTO, NULL, TORPOR_STATUS_VERSION, "is newer");
    scratch_remove(folder);
}

static void
test_select_path(void)
{
    g_autofree char *folder = new_folder();
    put(folder, 10, "good");
    put(folder, 20, "damaged");
    g_autofree char *good = torpor_checkpoint_path(folder, 10);
    g_autofree char *bad = torpor_checkpoint_path(folder, 20);
    g_autofree char *missing = torpor_checkpoint_path(folder, 30);
    g_autoptr(GError) error = NULL;
    g_autofree char *path = torpor_newest_select(AT_FDCWD, "/nonexistent", TORPOR_RESUME_PATH, good,
                                                 verify, NULL, NULL, &error);
    g_assert_cmpstr(path, ==, good);
    g_autofree char *of_folder = torpor_newest_select(AT_FDCWD, "/nonexistent", TORPOR_RESUME_PATH,
                                                      folder, verify, NULL, NULL, &error);
    g_assert_cmpstr(of_folder, ==, good);
    assert_select_fails(folder, TORPOR_RESUME_PATH, bad, TORPOR_STATUS_DAMAGED, "20.msgpack");
    assert_select_fails(folder, TORPOR_RESUME_PATH, missing, TORPOR_STATUS_NOT_FOUND, "30.msgpack");
    assert_select_fails(folder, TORPOR_RESUME_PATH, "yes", TORPOR_STATUS_NOT_FOUND,
                        "expected auto, never, require");
    scratch_remove(folder);
}

/* At the first file that is read, another folder takes the place of the one that is searched. */
typedef struct {
    const char *path;
    const char *moved_to;
} Swap;

static gboolean
swap_and_verify(gpointer data, int folder, const char *path, GError **error)
{
    Swap *swap = data;
    if (!g_file_test(swap->moved_to, G_FILE_TEST_EXISTS)) {
        g_assert_cmpint(g_rename(swap->path, swap->moved_to), ==, 0);
        g_assert_cmpint(g_mkdir(swap->path, 0777), ==, 0);
        for (guint64 step = 10; step <= 30; step += 10)
            put(swap->path, step, "other");
    }
    return verify(NULL, folder, path, error);
}

static void
test_swapped_folder(gconstpointer way)
{
    g_autofree char *folder = new_folder();
    g_autofree char *moved_to = g_strconcat(folder, "-moved", NULL);
    Swap swap = {folder, moved_to};
    g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
    g_autoptr(GError) error = NULL;
    put(folder, 10, "good");
    put(folder, 20, "good");
    put(folder, 30, "damaged");
    gboolean selects = strcmp(way, "make-room") != 0;
    int fd = strcmp(way, "select") == 0 ? AT_FDCWD : torpor_folder_fd(held);
    g_autofree char *path =
        selects ? torpor_newest_select(fd, folder, TORPOR_RESUME_AUTO, NULL, swap_and_verify, &swap,
                                       NULL, &error)
                : torpor_retention_make_room(held, NULL, swap_and_verify, &swap, &error);
    g_assert_no_error(error);
    g_autofree char *name = g_path_get_basename(path);
    g_assert_cmpstr(name, ==,
                    selects ? "ckpt-0000000000000020.msgpack" : "ckpt-0000000000000010.msgpack");
    assert_steps(moved_to, selects ? "30 20 10" : "30 20");
    assert_steps(folder, "30 20 10");
    scratch_remove(folder);
    scratch_remove(moved_to);
}

static void
test_abandon(void)
{
    g_autofree char *folder = new_folder();
    g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(torpor_abandoned_set_aside(held, NULL, NULL, NULL, &error), ==, 0);
    for (guint64 step = 10; step <= 50; step += 10)
        put(folder, step, step == 50 ? "damaged" : "good");
    guint64 resumed = 50;
    g_autofree char *first = NULL;
    g_assert_cmpint(torpor_abandoned_set_aside(held, NULL, &resumed, &first, &error), ==, 0);
    g_assert_null(first);
    resumed = 30;
    g_assert_cmpint(torpor_abandoned_set_aside(held, NULL, &resumed, &first, &error), ==, 2);
    g_assert_no_error(error);
    assert_steps(folder, "30 20 10");
    g_assert_true(g_str_has_suffix(first, "/abandoned-1"));
    assert_steps(first, "50 40");
    g_autofree char *second = NULL;
    g_assert_cmpint(torpor_abandoned_set_aside(held, NULL, NULL, &second, &error), ==, 3);
    assert_steps(folder, "");
    g_assert_true(g_str_has_suffix(second, "/abandoned-2"));
    assert_steps(second, "30 20 10");
    assert_steps(first, "50 40");
    scratch_remove(folder);
}

static void
give_second_name(const char *folder, guint64 step)
{
    g_autofree char *path = torpor_checkpoint_path(folder, step);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *second = g_build_filename(folder, "abandoned-1", name, NULL);
    g_assert_cmpint(link(path, second), ==, 0);
}

/* A name that nobody here has made stays. */
static void
test_abandon_beside_a_file(void)
{
    g_autofree char *folder = new_folder();
    g_autofree char *taken = g_build_filename(folder, "abandoned-1", NULL);
    g_autofree char *after = NULL;
    g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
    put(folder, 10, "good");
    g_assert_true(g_file_set_contents(taken, "notes", -1, NULL));
    torpor_abandoned_set_aside(held, NULL, NULL, &after, NULL);
    g_assert_cmpstr(strrchr(after, '/'), ==, "/abandoned-2");
    g_assert_true(g_file_test(taken, G_FILE_TEST_IS_REGULAR));
    scratch_remove(folder);
}

/* A process that set something aside was killed: before it moved anything, or after. */
static void
test_abandon_after_a_kill(void)
{
    for (guint moved = 0; moved < 2; moved++) {
        g_autofree char *folder = new_folder();
        g_autofree char *before = g_build_filename(folder, "abandoned-1", NULL);
        g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
        g_autoptr(GError) error = NULL;
        for (guint64 step = 10; step <= 40; step += 10)
            put(folder, step, "good");
        g_assert_cmpint(g_mkdir(before, 0777), ==, 0);
        give_second_name(folder, 20);
        give_second_name(folder, 40);
        g_autofree char *last = torpor_checkpoint_path(folder, 40);
        if (moved > 0)
            g_unlink(last);
        guint64 resumed = 20;
        g_autofree char *after = NULL;
        torpor_abandoned_set_aside(held, NULL, &resumed, &after, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(strrchr(after, '/'), ==, moved > 0 ? "/abandoned-2" : "/abandoned-1");
        assert_steps(after, moved > 0 ? "30" : "40 30");
        if (moved > 0)
            assert_steps(before, "40 20");
        assert_steps(folder, "20 10");
        scratch_remove(folder);
    }
}

static void
save_and_prune(const TorporFolder *held, guint64 step, guint64 keep, guint64 keep_every)
{
    g_autoptr(GError) error = NULL;
    put(torpor_folder_path(held), step, "good");
    g_assert_true(
        torpor_retention_prune(held, NULL, keep, keep_every, FALSE, NULL, NULL, NULL, &error));
    g_assert_no_error(error);
}

static void
test_keep(void)
{
    g_autofree char *folder = new_folder();
    g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
    for (guint64 step = 10; step <= 60; step += 10)
        save_and_prune(held, step, 3, 0);
    assert_steps(folder, "60 50 40");
    g_autofree char *kept = g_build_filename(folder, ".torpor.kept", NULL);
    g_assert_false(g_file_test(kept, G_FILE_TEST_EXISTS)); /* not needed */
    save_and_prune(held, 70, 1, 0);
    assert_steps(folder, "70");
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_retention_prune(held, NULL, 0, 0, FALSE, NULL, NULL, NULL, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    assert_steps(folder, "70");
    scratch_remove(folder);
}

/* Where none is to go, none is asked which others it needs. */
static void
test_none_is_superfluous(void)
{
    g_autofree char *folder = new_folder();
    g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
    g_autofree char *unreadable = torpor_checkpoint_path(folder, 20);
    put(folder, 10, "good");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, unreadable, sizeof address.sun_path);
    int socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(socket_fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    save_and_prune(held, 30, 3, 0);
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_retention_prune(held, NULL, 2, 0, FALSE, NULL, NULL, NULL, &error));
    g_assert_nonnull(strstr(error->message, "to see which files it needs"));
    assert_steps(folder, "30 20 10");
    close(socket_fd);
    scratch_remove(folder);
}

static void
test_keep_every(void)
{
    g_autofree char *folder = new_folder();
    TorporFolder *held = torpor_folder_lock(folder, NULL);
    for (guint64 step = 1; step <= 10; step++)
        save_and_prune(held, step * 7, 2, 4); /* any steps: the 4th, the 8th, ... */
    assert_steps(folder, "70 63 56 28");
    torpor_folder_unlock(held); /* a restart goes on counting */
    held = torpor_folder_lock(folder, NULL);
    for (guint64 step = 11; step <= 15; step++)
        save_and_prune(held, step * 7, 2, 4);
    assert_steps(folder, "105 98 84 56 28");
    /* Resumed from the 12th: the numbers of the branch that is given up are given again. */
    guint64 resumed = 84;
    g_assert_cmpint(torpor_abandoned_set_aside(held, NULL, &resumed, NULL, NULL), ==, 2);
    for (guint64 step = 13; step <= 17; step++)
        save_and_prune(held, step * 8, 2, 4);
    assert_steps(folder, "136 128 84 56 28");
    /* For good is for good. */
    save_and_prune(held, 200, 1, 0);
    assert_steps(folder, "200 128 84 56 28");
    save_and_prune(held, 201, 1, 1000);
    assert_steps(folder, "201 128 84 56 28");
    /* Fresh start: the first is number 1 again. */
    g_assert_cmpint(torpor_abandoned_set_aside(held, NULL, NULL, NULL, NULL), ==, 5);
    for (guint64 step = 1; step <= 5; step++)
        save_and_prune(held, step * 28, 1, 4);
    assert_steps(folder, "140 112");
    torpor_folder_unlock(held);
    scratch_remove(folder);
}

/* Killed between a removal and the writing of the list. */
static void
test_keep_every_killed(void)
{
    g_autofree char *folder = new_folder();
    g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
    for (guint64 step = 10; step <= 30; step += 10)
        save_and_prune(held, step, 1, 4);
    put(folder, 40, "good");
    g_autofree char *third = torpor_checkpoint_path(folder, 30);
    g_assert_cmpint(g_remove(third), ==, 0);
    for (guint64 step = 50; step <= 100; step += 10)
        save_and_prune(held, step, 1, 4);
    assert_steps(folder, "100 80 40");
    scratch_remove(folder);
}

static void
test_keep_every_damaged_list(void)
{
    const char *const texts[] = {"", "nonsense\n-1 x\n", "10",
                                 "10 3 kept\n20 1\n30 999999999999999999999999999 kept"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *folder = new_folder();
        g_autofree char *kept = g_build_filename(folder, ".torpor.kept", NULL);
        g_assert_true(g_file_set_contents(kept, texts[i], -1, NULL));
        g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
        for (guint64 step = 10; step <= 30; step += 10)
            put(folder, step, "good");
        save_and_prune(held, 40, 4, 2);
        assert_steps(folder, "40 30 20 10"); /* nothing goes that should stay */
        scratch_remove(folder);
    }
}

static void
test_prune_by_hand(void)
{
    g_autofree char *folder = new_folder();
    g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
    for (guint64 step = 10; step <= 60; step += 10)
        put(folder, step, step >= 50 ? "damaged" : "good");
    g_autoptr(GPtrArray) removed = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_assert_true(torpor_retention_prune(held, NULL, 2, 0, TRUE, verify, NULL, removed, &error));
    g_assert_cmpuint(removed->len, ==, 2); /* 20, 10: the two newest intact ones are 40, 30 */
    assert_steps(folder, "60 50 40 30 20 10");
    g_ptr_array_set_size(removed, 0);
    g_assert_true(torpor_retention_prune(held, NULL, 2, 0, FALSE, verify, NULL, removed, &error));
    g_assert_cmpuint(removed->len, ==, 2);
    g_assert_true(g_str_has_suffix(removed->pdata[0], "ckpt-0000000000000020.msgpack"));
    assert_steps(folder, "60 50 40 30");
    put(folder, 35, "newer"); /* cannot be judged: nothing goes */
    g_assert_false(torpor_retention_prune(held, NULL, 2, 0, FALSE, verify, NULL, removed, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION);
    assert_steps(folder, "60 50 40 35 30");
    scratch_remove(folder);
}

/* Steps that are no multiple of 10 are of another run; that of 15 cannot be read. */
static TorporOwner
owner_of(gpointer data, const TorporCheckpoint *checkpoint)
{
    (void)data;
    return checkpoint->step == 15       ? TORPOR_OWNER_UNKNOWN
           : checkpoint->step % 10 == 0 ? TORPOR_OWNER_SELF
                                        : TORPOR_OWNER_OTHER;
}

static void
test_strangers(void)
{
    g_autofree char *folder = new_folder();
    g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
    g_autoptr(GError) error = NULL;
    TorporOwn own = {.owner_of = owner_of, .newest_step = 40};
    const guint64 steps[] = {5, 10, 15, 20, 25, 30, 35, 40, 50, 55, 60};
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
        put(folder, steps[i], "good");
    /* 40 was just written: it stays, and what is newer or perhaps another run's does not count. */
    g_assert_true(torpor_retention_prune(held, &own, 1, 0, FALSE, NULL, NULL, NULL, &error));
    g_assert_no_error(error);
    assert_steps(folder, "60 55 50 40 35 25 15 5");
    g_autofree char *none = torpor_retention_make_room(held, &own, verify, NULL, &error);
    g_assert_no_error(error);
    g_assert_null(none);
    put(folder, 30, "good");
    g_autofree char *oldest = torpor_retention_make_room(held, &own, verify, NULL, &error);
    g_assert_true(g_str_has_suffix(oldest, "ckpt-0000000000000030.msgpack"));
    guint64 resumed = 40;
    g_assert_cmpint(torpor_abandoned_set_aside(held, &own, &resumed, NULL, &error), ==, 6);
    assert_steps(folder, "40 15");
    scratch_remove(folder);
}

static void
assert_makes_room(const TorporFolder *held, const char *left)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *removed = torpor_retention_make_room(held, NULL, verify, NULL, &error);
    g_assert_no_error(error);
    g_assert_nonnull(removed);
    g_assert_false(g_file_test(removed, G_FILE_TEST_EXISTS));
    assert_steps(torpor_folder_path(held), left);
}

static void
test_make_room(void)
{
    g_autofree char *folder = new_folder();
    g_autoptr(TorporFolder) held = torpor_folder_lock(folder, NULL);
    for (guint64 step = 10; step <= 60; step += 10)
        save_and_prune(held, step, 4, 3); /* 30 and 60 are kept for good */
    put(folder, 70, "damaged");
    g_assert_true(torpor_retention_prune(held, NULL, 9, 3, FALSE, NULL, NULL, NULL, NULL));
    assert_steps(folder, "70 60 50 40 30");
    assert_makes_room(held, "70 60 50 30");
    assert_makes_room(held, "70 60 30");
    assert_makes_room(held, "70 60"); /* nothing else is left to go */
    g_autoptr(GError) error = NULL;
    g_assert_null(
        torpor_retention_make_room(held, NULL, verify, NULL, &error)); /* the last intact one */
    g_assert_no_error(error);
    assert_steps(folder, "70 60");
    scratch_remove(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/retention/select/newest-sound-one", test_select_auto);
    g_test_add_func("/retention/select/never-a-silent-fresh-start", test_select_refuses);
    g_test_add_func("/retention/select/path", test_select_path);
    g_test_add_data_func("/retention/select/folder-swapped", "select", test_swapped_folder);
    g_test_add_data_func("/retention/select/held-folder-swapped", "held", test_swapped_folder);
    g_test_add_data_func("/retention/make-room/folder-swapped", "make-room", test_swapped_folder);
    g_test_add_func("/retention/abandon/newer-ones-set-aside", test_abandon);
    g_test_add_func("/retention/abandon/beside-a-file", test_abandon_beside_a_file);
    g_test_add_func("/retention/abandon/after-a-kill", test_abandon_after_a_kill);
    g_test_add_func("/retention/keep/newest", test_keep);
    g_test_add_func("/retention/keep/none-is-superfluous", test_none_is_superfluous);
    g_test_add_func("/retention/keep-every/counts-over-restarts", test_keep_every);
    g_test_add_func("/retention/keep-every/killed-before-the-list", test_keep_every_killed);
    g_test_add_func("/retention/keep-every/damaged-list", test_keep_every_damaged_list);
    g_test_add_func("/retention/prune/by-hand-spares-intact-ones", test_prune_by_hand);
    g_test_add_func("/retention/strangers/not-counted-not-removed", test_strangers);
    g_test_add_func("/retention/make-room/oldest-goes-last-intact-stays", test_make_room);
    return g_test_run();
}
