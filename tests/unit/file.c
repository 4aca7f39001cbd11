#include "base/file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static char *folder;

static char *
path_of(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static char *
write_file(const char *name, const void *bytes, gsize length)
{
    char *path = path_of(name);
    g_autoptr(GError) error = NULL;
    g_file_set_contents(path, bytes, (gssize)length, &error);
    g_assert_no_error(error);
    return path;
}

static void
assert_not_opened(const char *path, int status, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(torpor_file_open(path, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    g_assert_nonnull(strstr(error->message, path));
    if (strstr(error->message, text) == NULL)
        g_error("expected \"%s\" in: %s", text, error->message);
}

static void
test_open(void)
{
    g_autofree char *missing = path_of("missing");
    assert_not_opened(missing, TORPOR_STATUS_NOT_FOUND, g_strerror(ENOENT));
    assert_not_opened(folder, TORPOR_STATUS_INVALID, "is a folder");
    assert_not_opened("/dev/zero", TORPOR_STATUS_INVALID, "is a device");
    g_autofree char *pipe = path_of("pipe");
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    assert_not_opened(pipe, TORPOR_STATUS_INVALID, "is a named pipe"); /* and does not wait */
    g_unlink(pipe);
}

static void
test_read(void)
{
    g_autofree char *path = write_file("six", "abcdef", 6);
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(file->length, ==, 6);
    char out[8] = "";
    g_assert_true(torpor_file_read(file, 2, out, 4, &error));
    g_assert_cmpstr(out, ==, "cdef");
    g_assert_true(torpor_file_read(file, 6, out, 0, &error));
    const guint64 beyond[][2] = {{6, 1}, {3, 4}, {G_MAXUINT64, 2}, {2, G_MAXSIZE}};
    for (gsize i = 0; i < G_N_ELEMENTS(beyond); i++) {
        g_assert_false(torpor_file_read(file, beyond[i][0], out, (gsize)beyond[i][1], &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
        g_assert_nonnull(strstr(error->message, path));
        g_clear_error(&error);
    }
    g_assert_cmpint(truncate(path, 3), ==, 0);
    g_assert_false(torpor_file_read(file, 2, out, 4, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_IO);
    g_assert_nonnull(strstr(error->message, "nothing at byte 3 of 6"));
    g_unlink(path);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("torpor-file-XXXXXX", NULL);
    g_test_add_func("/file/open/regular-files-only", test_open);
    g_test_add_func("/file/read/exact", test_read);
    int status = g_test_run();
    g_rmdir(folder);
    g_free(folder);
    return status;
}
