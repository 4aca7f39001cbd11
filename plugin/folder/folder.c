#include "folder/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/held_file.h"
#include "file/temp_file.h"

#define LOCK_NAME ".torpor.lock"
#define PREFIX "ckpt-"
#define SUFFIX ".msgpack"
#define N_DIGITS 16

struct _TorporFolder {
    char *path;
    TorporHeldFile *lock;
};

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

/* What the lock file says of its holder is for people only. */
static gboolean
name_holder(int fd, const char *lock_path, GError **error)
{
    g_autofree char *holder = g_strdup_printf("%d %s\n", (int)getpid(), g_get_host_name());
    if (ftruncate(fd, 0) == 0 && pwrite(fd, holder, strlen(holder), 0) == (gssize)strlen(holder))
        return TRUE;
    torpor_error_set_errno(error, errno, "cannot write \"%s\"", lock_path);
    return FALSE;
}

static gboolean
lock_file(int fd, const char *folder, const char *lock_path, GError **error)
{
    int failure = torpor_file_try_lock(fd);
    if (failure == EWOULDBLOCK) {
        set_busy(error, folder, fd);
        return FALSE;
    }
    if (failure != 0 && failure != ENOLCK) {
        torpor_error_set_errno(error, failure, "cannot lock \"%s\"", lock_path);
        return FALSE;
    }
    if (failure == ENOLCK)
        g_warning(
            "the file system of \"%s\" has no locks: make sure that no two runs use this folder",
            folder);
    return name_holder(fd, lock_path, error);
}

static TorporHeldFile *
take_lock(const char *folder, GError **error)
{
    g_autofree char *lock_path = g_build_filename(folder, LOCK_NAME, NULL);
    int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) {
        torpor_error_set_errno(error, errno, "cannot open \"%s\" (option dir may name another)",
                               lock_path);
        return NULL;
    }
    if (lock_file(fd, folder, lock_path, error))
        return torpor_held_file_new(fd);
    close(fd);
    return NULL;
}

TorporFolder *
torpor_folder_lock(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0777) != 0) {
        torpor_error_set_errno(error, errno,
                               "cannot create folder \"%s\" (option dir may name another)", path);
        return NULL;
    }
    TorporHeldFile *lock = take_lock(path, error);
    if (lock == NULL)
        return NULL;
    TorporFolder *folder = g_new0(TorporFolder, 1);
    folder->path = g_strdup(path);
    folder->lock = lock;
    torpor_temp_file_remove_leftovers(path);
    return folder;
}

void
torpor_folder_unlock(TorporFolder *folder)
{
    if (folder == NULL)
        return;
    torpor_held_file_free(folder->lock);
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
    if (torpor_held_file_fd(folder->lock) >= 0)
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
