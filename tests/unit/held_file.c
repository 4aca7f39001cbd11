#include "base/held_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    char *path;
    int fd;
} Fixture;

static void
set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    fixture->fd = g_file_open_tmp("torpor-held-XXXXXX", &fixture->path, NULL);
    g_assert_cmpint(fixture->fd, >=, 0);
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    close(fixture->fd);
    g_remove(fixture->path);
    g_free(fixture->path);
}

static void
test_one_holder(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    int fd = open(fixture->path, O_RDONLY | O_CLOEXEC); /* which will do */
    g_assert_cmpint(torpor_file_try_lock(fd), ==, 0);
    TorporHeldFile *held = torpor_held_file_new(fd);
    g_assert_cmpint(torpor_held_file_fd(held), ==, fd);
    g_assert_cmpint(torpor_file_try_lock(fixture->fd), ==, EWOULDBLOCK);
    g_assert_cmpint(torpor_file_holder(fixture->fd), ==, TORPOR_HOLDER_OTHER);
    torpor_held_file_free(held);
    g_assert_cmpint(torpor_file_try_lock(fixture->fd), ==, 0);
}

/* A library of the host that locks its files is not another run. */
static void
test_host_itself(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    int fd = open(fixture->path, O_RDWR | O_CLOEXEC);
    g_assert_cmpint(flock(fixture->fd, LOCK_EX), ==, 0);
    g_assert_cmpint(torpor_file_try_lock(fd), ==, EWOULDBLOCK);
    g_assert_cmpint(torpor_file_holder(fd), ==, TORPOR_HOLDER_HOST);
    close(fd);
}

typedef struct {
    pid_t process;
    int answers[2];
} Child;

/* A child that runs until it is killed; returns when it has answered. */
static Child
child_start(char (*answer)(gpointer), gpointer data)
{
    Child child;
    char ready = 0;
    g_assert_cmpint(pipe(child.answers), ==, 0);
    child.process = fork();
    if (child.process == 0) {
        ready = answer(data);
        gssize written = write(child.answers[1], &ready, 1);
        pause();
        _exit(written == 1 ? 0 : 1);
    }
    g_assert_cmpint(read(child.answers[0], &ready, 1), ==, 1);
    g_assert_cmpint(ready, ==, 1);
    return child;
}

static void
child_end(Child *child)
{
    kill(child->process, SIGKILL);
    waitpid(child->process, NULL, 0);
    close(child->answers[0]);
    close(child->answers[1]);
}

static char
has_let_go(gpointer held)
{
    return torpor_held_file_fd(held) == -1;
}

/* A child that outlives its killed parent must not keep the file from the next run. */
static void
test_fork(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    int fd = open(fixture->path, O_RDWR | O_CLOEXEC);
    g_assert_cmpint(torpor_file_try_lock(fd), ==, 0);
    TorporHeldFile *held = torpor_held_file_new(fd);
    Child child = child_start(has_let_go, held);
    g_assert_cmpint(torpor_file_try_lock(fixture->fd), ==, EWOULDBLOCK); /* the parent's */
    torpor_held_file_free(held);
    g_assert_cmpint(torpor_file_try_lock(fixture->fd), ==, 0);
    child_end(&child);
}

static char
take(gpointer path)
{
    return torpor_file_try_lock(open(path, O_RDWR | O_CLOEXEC)) == 0;
}

static void
test_names_the_process(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    Child child = child_start(take, fixture->path);
    g_assert_cmpint(torpor_file_try_lock(fixture->fd), ==, EWOULDBLOCK);
    g_assert_cmpint(torpor_file_holder(fixture->fd), ==, TORPOR_HOLDER_OTHER);
    int process = torpor_file_holder_process(fixture->fd);
    if (process != 0) /* /proc/locks may name another device than stat, as on overlayfs */
        g_assert_cmpint(process, ==, child.process);
    child_end(&child);
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
    add("/held-file/one-holder", test_one_holder);
    add("/held-file/host-itself/not-another-run", test_host_itself);
    add("/held-file/fork/child-lets-go", test_fork);
    add("/held-file/other-process/named", test_names_the_process);
    return g_test_run();
}
