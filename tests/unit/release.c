#include "file/release.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    char *path;
} Fixture;

/* A file that is freed at once, or by a thread. */
static const gsize lengths[] = {100, (gsize)16 << 20};

static void
set_up(Fixture *fixture, gconstpointer length)
{
    g_autofree char *content = g_malloc0(*(const gsize *)length);
    GError *error = NULL;
    int fd = g_file_open_tmp("torpor-release-XXXXXX", &fixture->path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(write(fd, content, *(const gsize *)length), ==, *(const gsize *)length);
    g_assert_cmpint(close(fd), ==, 0);
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer length)
{
    (void)g_unlink(fixture->path);
    g_free(fixture->path);
}

static gboolean
is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void
test_freed(Fixture *fixture, G_GNUC_UNUSED gconstpointer length)
{
    struct stat status;
    int held = torpor_release_hold(AT_FDCWD, fixture->path);
    g_assert_true(is_open(held));
    g_assert_cmpint(unlink(fixture->path), ==, 0);
    g_assert_cmpint(fstat(held, &status), ==, 0); /* it lives as long as it is held */
    g_assert_cmpint(status.st_nlink, ==, 0);
    torpor_release(held);
    torpor_release_wait();
    g_assert_false(is_open(held));
}

static void
test_kept(Fixture *fixture, gconstpointer length)
{
    struct stat status;
    int held = torpor_release_hold(AT_FDCWD, fixture->path);
    torpor_release(held);
    torpor_release_wait();
    g_assert_false(is_open(held));
    g_assert_cmpint(stat(fixture->path, &status), ==, 0);
    g_assert_cmpint(status.st_size, ==, *(const gsize *)length);
}

/* A file that cannot be read is freed as well. */
static void
test_unreadable(Fixture *fixture, G_GNUC_UNUSED gconstpointer length)
{
    g_assert_cmpint(chmod(fixture->path, 0), ==, 0);
    int held = torpor_release_hold(AT_FDCWD, fixture->path);
    g_assert_true(is_open(held));
    torpor_release(held);
}

/* A child does not wait for its parent's threads. */
static void
test_fork(Fixture *fixture, G_GNUC_UNUSED gconstpointer length)
{
    int held = torpor_release_hold(AT_FDCWD, fixture->path);
    g_assert_cmpint(unlink(fixture->path), ==, 0);
    torpor_release(held);
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(60);
        torpor_release_wait();
        torpor_release(torpor_release_hold(AT_FDCWD, "/nonexistent"));
        torpor_release_wait();
        _exit(0);
    }
    int status = -1;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
    torpor_release_wait();
}

static void
test_missing(void)
{
    int held = torpor_release_hold(AT_FDCWD, "/nonexistent/file");
    g_assert_cmpint(held, ==, -1);
    torpor_release(held);
    torpor_release_wait();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/format/release/missing", test_missing);
    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        const char *kind = i == 0 ? "small" : "large";
        static const struct {
            const char *name;
            void (*run)(Fixture *fixture, gconstpointer length);
        } cases[] = {
            {"freed", test_freed},
            {"kept", test_kept},
            {"unreadable", test_unreadable},
            {"fork", test_fork},
        };
        for (guint j = 0; j < G_N_ELEMENTS(cases); j++) {
            g_autofree char *path = g_strdup_printf("/format/release/%s/%s", kind, cases[j].name);
            g_test_add(path, Fixture, &lengths[i], set_up, cases[j].run, tear_down);
        }
    }
    return g_test_run();
}
