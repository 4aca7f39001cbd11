#include "folder/owners.h"

#include <glib/gstdio.h>

/* What a file says of its run is read once, and again when the file is another one. */
static void
test_remembered(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("torpor-owners-XXXXXX", NULL);
    g_autofree char *path = torpor_checkpoint_path(folder, 10);
    g_autoptr(TorporFolder) held = torpor_folder_lock(folder, &error);
    g_assert_no_error(error);
    int fd = torpor_folder_fd(held);
    g_assert_true(g_file_set_contents(path, "no checkpoint", -1, NULL));
    g_autoptr(GPtrArray) found = torpor_folder_list_held(held, NULL);
    const TorporCheckpoint *checkpoint = found->pdata[0];
    g_autoptr(TorporOwners) owners = torpor_owners_new();
    g_autoptr(TorporRun) run = torpor_run_new("model");
    g_autoptr(TorporRun) other = torpor_run_new("model");
    g_assert_null(torpor_owners_run_of(owners, fd, checkpoint));
    g_assert_cmpint(torpor_owners_owner_of(owners, fd, checkpoint, run), ==, TORPOR_OWNER_UNKNOWN);
    torpor_owners_note(owners, fd, checkpoint->name, other);
    g_assert_cmpstr(torpor_run_id(torpor_owners_run_of(owners, fd, checkpoint)), ==,
                    torpor_run_id(other));
    g_assert_cmpint(torpor_owners_owner_of(owners, fd, checkpoint, run), ==, TORPOR_OWNER_OTHER);
    g_assert_cmpint(torpor_owners_owner_of(owners, fd, checkpoint, other), ==, TORPOR_OWNER_SELF);
    g_assert_true(g_file_set_contents(path, "another", -1, NULL));
    g_assert_null(torpor_owners_run_of(owners, fd, checkpoint));
    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_null(torpor_owners_run_of(owners, fd, checkpoint));
    g_autofree char *lock = g_build_filename(folder, ".torpor.lock", NULL);
    g_remove(lock);
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/owners/file/remembered-while-the-same", test_remembered);
    return g_test_run();
}
