/* Folders that a test makes for itself. */
#ifndef TORPOR_TEST_SCRATCH_H
#define TORPOR_TEST_SCRATCH_H

#include <glib.h>
#include <glib/gstdio.h>

/* Remove a folder with all that is in it. FALSE: something is left of it, or it was not there. */
static gboolean
scratch_remove(const char *folder)
{
    g_autoptr(GDir) names = g_dir_open(folder, 0, NULL);
    for (const char *name; names != NULL && (name = g_dir_read_name(names)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_unlink(path) != 0) /* a folder */
            scratch_remove(path);
    }
    return g_rmdir(folder) == 0;
}

/* g_test_run in a folder of its own, which is removed afterwards. */
G_GNUC_UNUSED static int
scratch_run_tests(void)
{
    g_autofree char *folder = g_dir_make_tmp("torpor-test-XXXXXX", NULL);
    g_assert_nonnull(folder);
    g_assert_cmpint(g_chdir(folder), ==, 0);
    int status = g_test_run();
    g_assert_cmpint(g_chdir("/"), ==, 0);
    g_assert_true(scratch_remove(folder));
    return status;
}

#endif
