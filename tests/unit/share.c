/* file/share.c. Here FICLONERANGE is what each test says it is; where the folder of temporary files
 * is on a file system that shares blocks, one test asks the system itself. */
#include "file/share.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file/save_tree.h"
#include "file/verify.h"
#include "scratch.h"
#include "value/dtype.h"

#define N_VALUES ((guint64)1000000)

static const guint64 shape[] = {N_VALUES};
static int refusal; /* errno of each FICLONERANGE; 0: it is emulated; -1: the system's own */
static guint n_calls;
static guint64 n_shared; /* bytes */

int
ioctl(int file, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    const struct file_clone_range *range = va_arg(arguments, const struct file_clone_range *);
    va_end(arguments);
    g_assert_cmpuint(request, ==, FICLONERANGE);
    g_assert_cmpuint((range->src_offset | range->src_length | range->dest_offset) % 4096, ==, 0);
    n_calls++;
    errno = refusal;
    if (refusal > 0)
        return -1;
    if (refusal < 0 && syscall(SYS_ioctl, file, request, range) != 0)
        return -1;
    g_autofree char *bytes = g_malloc(range->src_length);
    g_assert_cmpint(pread((int)range->src_fd, bytes, range->src_length, (off_t)range->src_offset),
                    ==, range->src_length);
    g_assert_cmpint(pwrite(file, bytes, range->src_length, (off_t)range->dest_offset), ==,
                    range->src_length);
    n_shared += range->src_length;
    return 0;
}

typedef struct {
    char *folder;
    int fd;
    double *values;
} Files;

static TorporTree *
tree_of(const Files *files, guint64 step)
{
    TorporTree *tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    torpor_map_put_uint(tree, root, "step", step);
    TorporNode *node = torpor_map_put_array(
        tree, root, "weights", torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64), 1, shape, NULL);
    node->value.array->data = files->values;
    return tree;
}

static char *
write_file(const Files *files, const char *name, guint64 step, const TorporPackOptions *packing)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = tree_of(files, step);
    const TorporEncodeOptions options = {.index = TRUE};
    char *path = g_build_filename(files->folder, name, NULL);
    torpor_file_save_packed(path, tree, &options, packing, TRUE, FALSE, &error);
    g_assert_no_error(error);
    return path;
}

static void
begin(Files *files, G_GNUC_UNUSED gconstpointer data)
{
    files->folder = g_dir_make_tmp("torpor-share-XXXXXX", NULL);
    files->fd = open(files->folder, O_RDONLY | O_DIRECTORY);
    files->values = g_new(double, N_VALUES);
    for (guint64 i = 0; i < N_VALUES; i++)
        files->values[i] = 1 / (double)(i + 1);
    n_calls = 0;
    n_shared = 0;
}

static void
end(Files *files, G_GNUC_UNUSED gconstpointer data)
{
    (void)close(files->fd);
    scratch_remove(files->folder);
    g_free(files->folder);
    g_free(files->values);
}

static TorporEarlier *
earlier_of(const Files *files, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporFile) file = torpor_file_open_in(files->fd, path, &error);
    g_assert_no_error(error);
    TorporEarlier *earlier = torpor_earlier_new(files->fd, file, &error);
    g_assert_no_error(error);
    return earlier;
}

/* The second file refers to the first one. It is made whole beside them, and shares what the first
 * one has; it must be the file that it is without. */
static void
make_whole(Files *files, guint64 step)
{
    const TorporPackOptions plain = {0};
    g_autofree char *first = write_file(files, "first", 7, &plain);
    g_autoptr(TorporEarlier) earlier = earlier_of(files, first);
    const TorporPackOptions refers = {.earlier = earlier};
    g_autofree char *second = write_file(files, "second", step, &refers);
    g_autoptr(TorporEarlier) from = earlier_of(files, second);
    const TorporPackOptions shares = {.shared = from, .shared_folder = files->fd};
    g_autofree char *alone = write_file(files, "alone", step, &plain);
    g_autofree char *whole = write_file(files, "whole", step, &shares);
    g_autofree char *expected = NULL, *found = NULL;
    gsize n_expected, n_found;
    g_assert_true(g_file_get_contents(alone, &expected, &n_expected, NULL));
    g_assert_true(g_file_get_contents(whole, &found, &n_found, NULL));
    g_assert_cmpmem(found, n_found, expected, n_expected);
}

static void
test_shared(Files *files, G_GNUC_UNUSED gconstpointer data)
{
    refusal = 0;
    make_whole(files, 8);
    g_assert_cmpuint(n_shared, >, N_VALUES * sizeof(double) - (guint64)5 * 4096);
    g_assert_cmpuint(n_shared, <, N_VALUES * sizeof(double));
}

/* A longer number moves all that comes behind it, so that nothing lies as it did. */
static void
test_other_places(Files *files, G_GNUC_UNUSED gconstpointer data)
{
    refusal = 0;
    make_whole(files, 1000);
    g_assert_cmpuint(n_calls, ==, 0);
}

/* Asked once; of places that do not suit, each time. */
static void
test_elsewhere(Files *files, G_GNUC_UNUSED gconstpointer data)
{
    static const int refusals[] = {EOPNOTSUPP, EXDEV, ENOTTY};
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        refusal = refusals[i];
        make_whole(files, 8);
        g_assert_cmpuint(n_calls, ==, i + 1);
    }
    refusal = EINVAL;
    n_calls = 0;
    make_whole(files, 8);
    g_assert_cmpuint(n_calls, >, 1);
    g_assert_cmpuint(n_shared, ==, 0);
}

/* A packed file lies otherwise. */
static void
test_packed(Files *files, G_GNUC_UNUSED gconstpointer data)
{
    const TorporPackOptions plain = {0};
    refusal = 0;
    g_autofree char *first = write_file(files, "first", 7, &plain);
    g_autoptr(TorporEarlier) earlier = earlier_of(files, first);
    const TorporPackOptions both = {.level = 1, .shared = earlier, .shared_folder = files->fd};
    g_autofree char *packed = write_file(files, "packed", 7, &both);
    g_assert_cmpuint(n_calls, ==, 0);
}

/* One of them is gone, or was cut, since it was looked at. */
static void
test_changed(Files *files, G_GNUC_UNUSED gconstpointer data)
{
    const TorporPackOptions plain = {0};
    refusal = 0;
    for (guint i = 0; i < 2; i++) {
        g_autofree char *first = write_file(files, "first", 7, &plain);
        g_autoptr(TorporEarlier) earlier = earlier_of(files, first);
        const TorporPackOptions shares = {.shared = earlier, .shared_folder = files->fd};
        g_assert_cmpint(i == 0 ? g_unlink(first) : truncate(first, 5000), ==, 0);
        g_autofree char *whole = write_file(files, "whole", 8, &shares);
        g_assert_cmpuint(n_calls, ==, 0);
    }
}

static void
test_system(Files *files, G_GNUC_UNUSED gconstpointer data)
{
    refusal = -1;
    make_whole(files, 8);
    g_assert_cmpuint(n_calls, >, 0);
    g_test_message("the file system shares %" G_GUINT64_FORMAT " bytes", n_shared);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/share/same-places/shared", Files, NULL, begin, test_shared, end);
    g_test_add("/share/other-places/written", Files, NULL, begin, test_other_places, end);
    g_test_add("/share/other-file-systems/written", Files, NULL, begin, test_elsewhere, end);
    g_test_add("/share/packed/written", Files, NULL, begin, test_packed, end);
    g_test_add("/share/changed/written", Files, NULL, begin, test_changed, end);
    g_test_add("/share/system/same-file", Files, NULL, begin, test_system, end);
    return g_test_run();
}
