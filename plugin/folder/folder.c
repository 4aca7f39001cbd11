#include "folder/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "file/temp_file.h"

#define LOCK_NAME ".torpor.lock"
#define PREFIX "ckpt-"
#define SUFFIX ".msgpack"
#define N_DIGITS 16

struct _TorporFolder {
    char *path;
    int lock_fd; /* -1: in a forked child */
    TorporFolder *next;
};

/* A lock of flock belongs to all processes that share the open file. Were a forked child to outlive
 * a killed run, nobody could resume it; so children let go at once. */
static pthread_mutex_t held_mutex = PTHREAD_MUTEX_INITIALIZER;
static TorporFolder *held;

static void
before_fork(void)
{
    pthread_mutex_lock(&held_mutex);
}

static void
after_fork_in_parent(void)
{
    pthread_mutex_unlock(&held_mutex);
}

static void
after_fork_in_child(void)
{
    for (TorporFolder *folder = held; folder != NULL; folder = folder->next) {
        close(folder->lock_fd);
        folder->lock_fd = -1;
    }
    held = NULL;
    pthread_mutex_unlock(&held_mutex);
}

static void
hold(TorporFolder *folder)
{
    static gsize registered;
    if (g_once_init_enter(&registered)) {
        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
        g_once_init_leave(&registered, 1);
    }
    pthread_mutex_lock(&held_mutex);
    folder->next = held;
    held = folder;
    pthread_mutex_unlock(&held_mutex);
}

static void
let_go(TorporFolder *folder)
{
    pthread_mutex_lock(&held_mutex);
    for (TorporFolder **link = &held; *link != NULL; link = &(*link)->next) {
        if (*link == folder) {
            *link = folder->next;
            break;
        }
    }
    pthread_mutex_unlock(&held_mutex);
}

static void
set_busy(GError **error, const char *path, int lock_fd)
{
    char holder[300] = "";
    int pid = 0;
    char machine[256] = "";
    if (pread(lock_fd, holder, sizeof holder - 1, 0) <= 0 ||
        sscanf(holder, "%d %255s", &pid, machine) != 2) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_BUSY,
                    "folder \"%s\" is held by another run; wait for it or choose another dir",
                    path);
        return;
    }
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_BUSY,
                "folder \"%s\" is held by process %d on machine \"%s\"; wait for it or choose "
                "another dir",
                path, pid, machine);
}

static gboolean
take_lock(TorporFolder *folder, GError **error)
{
    g_autofree char *lock_path = g_build_filename(folder->path, LOCK_NAME, NULL);
    folder->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (folder->lock_fd < 0) {
        torpor_error_set_errno(error, errno, "cannot open \"%s\" (option dir may name another)",
                               lock_path);
        return FALSE;
    }
    if (flock(folder->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            set_busy(error, folder->path, folder->lock_fd);
            return FALSE;
        }
        if (errno != ENOSYS && errno != EOPNOTSUPP && errno != ENOLCK) {
            torpor_error_set_errno(error, errno, "cannot lock \"%s\"", lock_path);
            return FALSE;
        }
        g_warning(
            "the file system of \"%s\" has no locks: make sure that no two runs use this folder",
            folder->path);
    }
    g_autofree char *holder = g_strdup_printf("%d %s\n", (int)getpid(), g_get_host_name());
    if (ftruncate(folder->lock_fd, 0) != 0 ||
        pwrite(folder->lock_fd, holder, strlen(holder), 0) != (gssize)strlen(holder)) {
        torpor_error_set_errno(error, errno, "cannot write \"%s\"", lock_path);
        return FALSE;
    }
    return TRUE;
}

TorporFolder *
torpor_folder_lock(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0777) != 0) {
        torpor_error_set_errno(error, errno,
                               "cannot create folder \"%s\" (option dir may name another)", path);
        return NULL;
    }
    g_autoptr(TorporFolder) folder = g_new0(TorporFolder, 1);
    folder->path = g_strdup(path);
    folder->lock_fd = -1;
    if (!take_lock(folder, error))
        return NULL;
    hold(folder);
    torpor_temp_file_remove_leftovers(path);
    return g_steal_pointer(&folder);
}

void
torpor_folder_unlock(TorporFolder *folder)
{
    if (folder == NULL)
        return;
    let_go(folder);
    if (folder->lock_fd >= 0)
        close(folder->lock_fd);
    g_free(folder->path);
    g_free(folder);
}

const char *
torpor_folder_path(const TorporFolder *folder)
{
    return folder->path;
}

gboolean
torpor_folder_check_held(const TorporFolder *folder, GError **error)
{
    if (folder->lock_fd >= 0)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_ORDER,
                "folder \"%s\" is held by the process that this one was forked from; only that one "
                "may save into it",
                folder->path);
    return FALSE;
}

void
torpor_checkpoint_free(TorporCheckpoint *checkpoint)
{
    if (checkpoint == NULL)
        return;
    g_free(checkpoint->path);
    g_free(checkpoint);
}

char *
torpor_checkpoint_path(const char *folder, guint64 step)
{
    g_autofree char *name = g_strdup_printf(PREFIX "%0*" G_GUINT64_FORMAT SUFFIX, N_DIGITS, step);
    return g_build_filename(folder, name, NULL);
}

/* Exactly what torpor_checkpoint_path writes; not "ckpt-1.msgpack", nor a temp file. */
static gboolean
parse_name(const char *name, guint64 *step)
{
    if (!g_str_has_prefix(name, PREFIX) || !g_str_has_suffix(name, SUFFIX))
        return FALSE;
    const char *first = name + strlen(PREFIX);
    gssize n_digits = (gssize)(strlen(first) - strlen(SUFFIX));
    if (n_digits < N_DIGITS || (n_digits > N_DIGITS && *first == '0'))
        return FALSE;
    g_autofree char *digits = g_strndup(first, (gsize)n_digits);
    return g_ascii_string_to_unsigned(digits, 10, 0, G_MAXUINT64, step, NULL);
}

static gint
compare_newest_first(gconstpointer a, gconstpointer b)
{
    const TorporCheckpoint *one = *(TorporCheckpoint *const *)a;
    const TorporCheckpoint *other = *(TorporCheckpoint *const *)b;
    return (one->step < other->step) - (one->step > other->step);
}

GPtrArray *
torpor_folder_list(const char *path, GError **error)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        torpor_error_set_errno(error, errno, "cannot read folder \"%s\"", path);
        return NULL;
    }
    GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)torpor_checkpoint_free);
    const struct dirent *entry;
    errno = 0;
    while ((entry = readdir(folder)) != NULL) {
        guint64 step = 0;
        if (!parse_name(entry->d_name, &step) || entry->d_type == DT_DIR)
            continue;
        TorporCheckpoint *checkpoint = g_new(TorporCheckpoint, 1);
        *checkpoint =
            (TorporCheckpoint){.step = step, .path = g_build_filename(path, entry->d_name, NULL)};
        g_ptr_array_add(found, checkpoint);
        errno = 0;
    }
    int read_errno = errno;
    closedir(folder);
    if (read_errno != 0) {
        g_ptr_array_unref(found);
        torpor_error_set_errno(error, read_errno, "cannot read folder \"%s\"", path);
        return NULL;
    }
    g_ptr_array_sort(found, compare_newest_first);
    return found;
}
