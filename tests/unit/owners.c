#include "folder/owners.h"

#include <glib/gstdio.h>

#include "file/save_tree.h"
#include "scratch.h"
#include "text_tree.h"

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

#define OTHER_RUN "provenance/run/id='0123456789abcdef0123456789abcdef"

/* Of this run, of another one, of one that does not say; each with a bit that is flipped, and with
 * each call that fails once. What cannot be read or is damaged is nobody's. */
static void
test_damaged(void)
{
    static const struct {
        const char *text;
        TorporOwner owner;
    } cases[] = {{OTHER_RUN, TORPOR_OWNER_OTHER}, {"step=1", TORPOR_OWNER_SELF}};
    static const char *const kinds[] = {"none", "open", "pread", "try"};
    g_autofree char *folder = g_dir_make_tmp("torpor-owners-XXXXXX", NULL);
    g_autofree char *path = torpor_checkpoint_path(folder, 10);
    g_autoptr(TorporRun) run = torpor_run_new("model");
    for (gsize i = 0; i < G_N_ELEMENTS(cases) * 2; i++) {
        g_autoptr(GError) error = NULL;
        gboolean is_damaged = i % 2 == 1;
        TorporOwner expected = is_damaged ? TORPOR_OWNER_UNKNOWN : cases[i / 2].owner;
        g_autoptr(TorporTree) tree = text_tree_new(cases[i / 2].text);
        text_tree_change(tree, "populations/x=uint8(1 2 3 77 5 6)");
        const TorporEncodeOptions options = {.index = TRUE};
        torpor_file_save(path, tree, &options, TRUE, FALSE, &error);
        g_assert_no_error(error);
        g_autofree char *bytes = NULL;
        gsize length;
        g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
        char *place = memchr(bytes, 77, length);
        *place = (char)(*place ^ is_damaged);
        g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
        g_autoptr(TorporFolder) held = torpor_folder_lock(folder, &error);
        g_autoptr(GPtrArray) found = torpor_folder_list_held(held, NULL);
        for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++)
            for (gint n = 1, is_met = TRUE; is_met; n++) {
                g_autoptr(TorporOwners) owners = torpor_owners_new();
                fail_call(kinds[k], n, EIO, FALSE);
                TorporOwner owner =
                    torpor_owners_owner_of(owners, torpor_folder_fd(held), found->pdata[0], run);
                is_met = fail_no_more();
                g_assert_true(owner == expected || (is_met && owner == TORPOR_OWNER_UNKNOWN));
                owner =
                    torpor_owners_owner_of(owners, torpor_folder_fd(held), found->pdata[0], run);
                g_assert_cmpint(owner, ==, expected);
            }
    }
    scratch_remove(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/owners/file/remembered-while-the-same", test_remembered);
    g_test_add_func("/owners/file/damaged-or-not-read", test_damaged);
    return g_test_run();
}
