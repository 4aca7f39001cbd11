#include "base/held_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct _TorporHeldFile {
    int fd; /* -1: in a forked child */
    TorporHeldFile *next;
};

static pthread_mutex_t all_mutex = PTHREAD_MUTEX_INITIALIZER;
static TorporHeldFile *all;

static void
before_fork(void)
{
    pthread_mutex_lock(&all_mutex);
}

static void
after_fork_in_parent(void)
{
    pthread_mutex_unlock(&all_mutex);
}

static void
after_fork_in_child(void)
{
    for (TorporHeldFile *held = all; held != NULL; held = held->next) {
        close(held->fd);
        held->fd = -1;
    }
    all = NULL;
    pthread_mutex_unlock(&all_mutex);
}

int
torpor_file_try_lock(int fd)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == ENOSYS || errno == EOPNOTSUPP ? ENOLCK : errno;
}

TorporHeldFile *
torpor_held_file_new(int fd)
{
    static gsize registered;
    if (g_once_init_enter(&registered)) {
        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
        g_once_init_leave(&registered, 1);
    }
    TorporHeldFile *held = g_new0(TorporHeldFile, 1);
    held->fd = fd;
    pthread_mutex_lock(&all_mutex);
    held->next = all;
    all = held;
    pthread_mutex_unlock(&all_mutex);
    return held;
}

void
torpor_held_file_free(TorporHeldFile *held)
{
    if (held == NULL)
        return;
    pthread_mutex_lock(&all_mutex);
    for (TorporHeldFile **link = &all; *link != NULL; link = &(*link)->next) {
        if (*link == held) {
            *link = held->next;
            break;
        }
    }
    pthread_mutex_unlock(&all_mutex);
    if (held->fd >= 0)
        close(held->fd);
    g_free(held);
}

int
torpor_held_file_fd(const TorporHeldFile *held)
{
    return held->fd;
}

/* ---- who holds it ---- */

static gboolean
is_same_file(int fd, const struct stat *wanted)
{
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_dev == wanted->st_dev &&
           status.st_ino == wanted->st_ino;
}

/* Does Torpor hold this file by another descriptor? */
static gboolean
is_held(const struct stat *status)
{
    gboolean found = FALSE;
    pthread_mutex_lock(&all_mutex);
    for (const TorporHeldFile *held = all; held != NULL && !found; held = held->next)
        found = is_same_file(held->fd, status);
    pthread_mutex_unlock(&all_mutex);
    return found;
}

/* The kernel lists the locks of each descriptor in its fdinfo. */
static gboolean
has_lock(const char *fd_name)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fdinfo/%s", fd_name);
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, "FLOCK") != NULL;
}

TorporHolder
torpor_file_holder(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || is_held(&status))
        return TORPOR_HOLDER_OTHER;
    g_autoptr(GDir) names = g_dir_open("/proc/self/fdinfo", 0, NULL);
    for (const char *name; names != NULL && (name = g_dir_read_name(names)) != NULL;) {
        int number = (int)g_ascii_strtoll(name, NULL, 10);
        if (is_same_file(number, &status) && has_lock(name))
            return TORPOR_HOLDER_HOST;
    }
    return TORPOR_HOLDER_OTHER;
}

int
torpor_file_holder_process(int fd)
{
    struct stat status;
    g_autofree char *text = NULL;
    if (fstat(fd, &status) != 0 || !g_file_get_contents("/proc/locks", &text, NULL, NULL))
        return 0;
    g_autofree char *place =
        g_strdup_printf(" %02x:%02x:%" G_GUINT64_FORMAT " ", major(status.st_dev),
                        minor(status.st_dev), (guint64)status.st_ino);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        int process = 0;
        if (strstr(*line, place) != NULL && sscanf(*line, "%*s FLOCK %*s %*s %d", &process) == 1 &&
            process > 0)
            return process;
    }
    return 0;
}
