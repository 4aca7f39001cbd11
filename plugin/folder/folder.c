#include "folder/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/held_file.h"
#include "file/durable_name.h"
#include "file/temp_file.h"
#include "folder/needs.h"

#define LOCK_NAME ".torpor.lock"

struct _TorporFolder {
    char *asked; /* the path that the user gave */
    char *path;  /* where the folder is */
    int fd;
    TorporHeldFile *lock;
    gboolean is_move_reported;
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

/* ---- hold ---- */

static gboolean
is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Does this name in the folder (AT_FDCWD: this path) lead to the open file? */
static gboolean
leads_to(int folder, const char *name, int fd)
{
    struct stat named;
    struct stat open_file;
    return fstatat(folder, name, &named, 0) == 0 && fstat(fd, &open_file) == 0 &&
           is_same(&named, &open_file);
}

/* In a folder that several users share, the file may be one that only another may write. A lock
 * takes no more than reading. */
static int
open_lock(int folder)
{
    int fd = openat(folder, LOCK_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        fd = openat(folder, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0 && (errno == EACCES || errno == EPERM || errno == EROFS))
        fd = openat(folder, LOCK_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd;
}

/* For people only: it may say nothing, or who held the lock before. */
static void
name_holder(int fd)
{
    g_autofree char *holder = g_strdup_printf("%d %s\n", (int)getpid(), g_get_host_name());
    if (ftruncate(fd, 0) == 0)
        (void)!pwrite(fd, holder, strlen(holder), 0);
}

static gboolean
lock_file(int fd, const char *path, GError **error)
{
    int failure = torpor_file_try_lock(fd);
    if (failure == EWOULDBLOCK) {
        set_busy(error, path, fd);
        return FALSE;
    }
    if (failure != 0 && failure != ENOLCK) {
        torpor_error_set_errno(error, failure, "cannot lock \"%s/" LOCK_NAME "\"", path);
        return FALSE;
    }
    if (failure == ENOLCK)
        g_warning(
            "the file system of \"%s\" has no locks: make sure that no two runs use this folder",
            path);
    name_holder(fd);
    return TRUE;
}

static TorporHeldFile *
take_lock(int folder, const char *path, GError **error)
{
    int fd = open_lock(folder);
    if (fd < 0) {
        torpor_error_set_errno(
            error, errno, "cannot open \"%s/" LOCK_NAME "\" (option dir may name another)", path);
        return NULL;
    }
    if (lock_file(fd, path, error))
        return torpor_held_file_new(fd);
    close(fd);
    return NULL;
}

TorporFolder *
torpor_folder_lock(const char *path, GError **error)
{
    if (!torpor_durable_folder(path, error)) {
        g_prefix_error_literal(error, "option dir may name another folder: ");
        return NULL;
    }
    g_autoptr(TorporFolder) folder = g_new0(TorporFolder, 1);
    folder->asked = g_strdup(path);
    folder->path = g_strdup(path);
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0) {
        torpor_error_set_errno(error, errno,
                               "cannot open folder \"%s\" (option dir may name another)", path);
        return NULL;
    }
    folder->lock = take_lock(folder->fd, path, error);
    if (folder->lock == NULL)
        return NULL;
    torpor_temp_file_remove_leftovers_in(folder->fd);
    (void)torpor_folder_remove_orphans(folder);
    return g_steal_pointer(&folder);
}

TorporFolder *
torpor_folder_join(const char *path, GError **error)
{
    g_autoptr(TorporFolder) folder = g_new0(TorporFolder, 1);
    folder->asked = g_strdup(path);
    folder->path = g_strdup(path);
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd >= 0)
        return g_steal_pointer(&folder);
    torpor_error_set_errno(error, errno,
                           "cannot open folder \"%s\", which rank 0 has (option dir must name one "
                           "that all ranks share)",
                           path);
    return NULL;
}

guint64
torpor_folder_number(const TorporFolder *folder)
{
    struct stat status;
    return fstatat(folder->fd, LOCK_NAME, &status, 0) == 0 ? (guint64)status.st_ino : 0;
}

void
torpor_folder_unlock(TorporFolder *folder)
{
    if (folder == NULL)
        return;
    if (folder->lock != NULL)
        torpor_held_file_free(folder->lock);
    if (folder->fd >= 0)
        close(folder->fd);
    g_free(folder->path);
    g_free(folder->asked);
    g_free(folder);
}

/* ---- follow ---- */

/* The kernel knows where an open folder is. */
static void
find_path(TorporFolder *folder)
{
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", folder->fd);
    g_autofree char *path = g_file_read_link(link, NULL);
    if (path == NULL || !leads_to(AT_FDCWD, path, folder->fd))
        return;
    g_free(folder->path);
    folder->path = g_steal_pointer(&path);
}

static gboolean
make_again(TorporFolder *folder, GError **error)
{
    g_autoptr(TorporFolder) made = torpor_folder_lock(folder->asked, error);
    g_autoptr(GPtrArray) found = made == NULL ? NULL : torpor_folder_list_held(made, error);
    if (found == NULL) {
        g_prefix_error(error, "the folder was removed, and cannot be made again: ");
        return FALSE;
    }
    if (found->len > 0) {
        g_set_error(
            error, TORPOR_ERROR, TORPOR_STATUS_EXISTS,
            "folder \"%s\" was removed, and another one with checkpoints is there now; this "
            "run does not write into it: move that one away",
            folder->asked);
        return FALSE;
    }
    TorporFolder old = *folder;
    *folder = *made;
    *made = old;
    return TRUE;
}

/* Somebody may have removed the lock file, and then another run may have made its own. */
static gboolean
renew_lock(TorporFolder *folder, GError **error)
{
    if (leads_to(folder->fd, LOCK_NAME, torpor_held_file_fd(folder->lock)))
        return TRUE;
    TorporHeldFile *lock = take_lock(folder->fd, folder->path, error);
    if (lock == NULL)
        return FALSE;
    torpor_held_file_free(folder->lock);
    folder->lock = lock;
    return TRUE;
}

gboolean
torpor_folder_follow(TorporFolder *folder, TorporFolderChange *change, GError **error)
{
    struct stat status;
    *change = TORPOR_FOLDER_AS_BEFORE;
    if (!torpor_folder_check_held(folder, error))
        return FALSE;
    if (fstat(folder->fd, &status) == 0 && status.st_nlink == 0) {
        *change = TORPOR_FOLDER_MADE_AGAIN;
        return make_again(folder, error);
    }
    if (!leads_to(AT_FDCWD, folder->path, folder->fd)) {
        find_path(folder);
        *change = folder->is_move_reported ? TORPOR_FOLDER_AS_BEFORE : TORPOR_FOLDER_MOVED;
        folder->is_move_reported = TRUE;
    }
    return renew_lock(folder, error);
}

int
torpor_folder_fd(const TorporFolder *folder)
{
    return folder->fd;
}

const char *
torpor_folder_path(const TorporFolder *folder)
{
    return folder->path;
}

gboolean
torpor_folder_check_held(const TorporFolder *folder, GError **error)
{
    if (folder->lock == NULL || torpor_held_file_fd(folder->lock) >= 0)
        return TRUE; /* or rank 0 holds it */
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_ORDER,
                "folder \"%s\" is held by the process that this one was forked from; only that one "
                "may save into it",
                folder->path);
    return FALSE;
}

GPtrArray *
torpor_folder_list_held(const TorporFolder *folder, GError **error)
{
    if (!torpor_folder_check_held(folder, error))
        return NULL;
    return torpor_folder_list_in(folder->fd, folder->path, error);
}

static guint
remove_names(const TorporFolder *folder, const GPtrArray *names, const char *but)
{
    guint n_removed = 0;
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        if (but == NULL || !g_str_has_prefix(name, but))
            n_removed += unlinkat(folder->fd, name, 0) == 0;
    }
    return n_removed;
}

guint
torpor_folder_remove_orphans(const TorporFolder *folder)
{
    g_autoptr(GHashTable) orphans = NULL;
    g_autoptr(GPtrArray) all =
        torpor_checkpoint_list_with_orphans(folder->fd, folder->path, &orphans, NULL);
    g_autoptr(GHashTable) needs = torpor_needs_new();
    guint n_removed = 0;
    GHashTableIter each;
    gpointer step, names;
    if (all == NULL || g_hash_table_size(orphans) == 0)
        return 0;
    for (guint i = 0; i < all->len; i++)
        if (!torpor_needs_add(needs, folder->fd, all->pdata[i], NULL))
            return 0; /* any of them may be needed */
    g_hash_table_iter_init(&each, orphans);
    while (g_hash_table_iter_next(&each, &step, &names)) {
        g_autofree char *manifest = torpor_checkpoint_name(*(const guint64 *)step);
        if (!g_hash_table_contains(needs, manifest))
            n_removed += remove_names(folder, names, NULL);
    }
    return n_removed;
}

void
torpor_folder_remove_other_shards(const TorporFolder *folder, guint64 step, const char *stem)
{
    g_autoptr(GPtrArray) all = torpor_folder_list_held(folder, NULL);
    g_autofree char *own = g_strconcat(stem, ".shard-", NULL);
    for (guint i = 0; all != NULL && i < all->len; i++) {
        const TorporCheckpoint *checkpoint = all->pdata[i];
        if (checkpoint->step == step)
            (void)remove_names(folder, checkpoint->shards, own);
    }
}
