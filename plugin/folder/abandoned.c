#include "folder/abandoned.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/copy_bytes.h"
#include "base/error.h"
#include "base/read_at.h"
#include "folder/ledger.h"
#include "folder/needs.h"

static gboolean
sync_folder(int fd, const char *path, GError **error)
{
    if (fsync(fd) == 0 || errno == EINVAL)
        return TRUE;
    torpor_error_set_errno(error, errno, "cannot make folder \"%s\" durable", path);
    return FALSE;
}

static gboolean
sync_both(const TorporFolder *folder, int into, const char *into_path, GError **error)
{
    return sync_folder(into, into_path, error) &&
           sync_folder(torpor_folder_fd(folder), torpor_folder_path(folder), error);
}

/* ---- the new folder ---- */

static gboolean
is_second_name(const TorporFolder *folder, int in, const char *name)
{
    struct stat there, here;
    return fstatat(in, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstatat(torpor_folder_fd(folder), name, &here, AT_SYMLINK_NOFOLLOW) == 0 &&
           there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

/* The next name in a folder, but for those of itself and its parent. */
static const char *
next_name(DIR *listed)
{
    const struct dirent *entry;
    do
        entry = readdir(listed);
    while (entry != NULL && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry == NULL ? NULL : entry->d_name;
}

/* A process that was killed before it moved anything has left second names only. Best effort. */
static void
remove_if_unfinished(const TorporFolder *folder, const char *folder_name)
{
    int in = torpor_open_to_read(torpor_folder_fd(folder), folder_name);
    DIR *listed = in < 0 ? NULL : fdopendir(in);
    if (listed == NULL) {
        if (in >= 0)
            close(in);
        return;
    }
    const char *name = next_name(listed);
    while (name != NULL && is_second_name(folder, in, name))
        name = next_name(listed);
    if (name == NULL) {
        rewinddir(listed);
        while ((name = next_name(listed)) != NULL)
            (void)unlinkat(in, name, 0);
        (void)unlinkat(torpor_folder_fd(folder), folder_name, AT_REMOVEDIR);
    }
    closedir(listed);
}

/* Create `abandoned-<n>` with the first free n. */
static char *
create_abandoned(const TorporFolder *folder, int *fd, GError **error)
{
    for (guint n = 1; n < G_MAXUINT; n++) {
        g_autofree char *name = g_strdup_printf("abandoned-%u", n);
        g_autofree char *path = g_build_filename(torpor_folder_path(folder), name, NULL);
        remove_if_unfinished(folder, name);
        gboolean is_made = mkdirat(torpor_folder_fd(folder), name, 0777) == 0;
        if (!is_made && errno == EEXIST)
            continue;
        *fd = !is_made ? -1
                       : openat(torpor_folder_fd(folder), name,
                                O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (*fd >= 0)
            return g_steal_pointer(&path);
        torpor_error_set_errno(error, errno, "cannot create folder \"%s\"", path);
        return NULL;
    }
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT, "too many abandoned folders in \"%s\"",
                torpor_folder_path(folder));
    return NULL;
}

/* Errno, or 0. */
static int
copy_file(int from_folder, const char *name, int into)
{
    int from = openat(from_folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int to = from < 0 ? -1 : openat(into, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int failure = to >= 0 && torpor_copy_bytes(from, to) ? 0 : errno;
    if (from >= 0)
        close(from);
    if (to >= 0 && close(to) != 0 && failure == 0)
        failure = errno;
    return failure;
}

/* Not every file system can link, or link from one folder into another. */
static gboolean
link_file(const TorporFolder *folder, const char *name, int into, const char *into_path,
          GError **error)
{
    int fd = torpor_folder_fd(folder);
    if (linkat(fd, name, into, name, 0) == 0 || errno == ENOENT)
        return TRUE;
    int failure = copy_file(fd, name, into);
    if (failure == 0)
        return TRUE;
    torpor_error_set_errno(error, failure,
                           "cannot copy \"%s\", which checkpoints there need, to \"%s\"", name,
                           into_path);
    return FALSE;
}

static gboolean
move_file(const TorporFolder *folder, const char *name, int into, const char *into_path,
          GError **error)
{
    int fd = torpor_folder_fd(folder);
    /* rename() does nothing where both names are of one file. */
    if (renameat(fd, name, into, name) == 0 && (unlinkat(fd, name, 0) == 0 || errno == ENOENT))
        return TRUE;
    torpor_error_set_errno(error, errno, "cannot move \"%s\" of \"%s\" to \"%s\"", name,
                           torpor_folder_path(folder), into_path);
    return FALSE;
}

typedef gboolean (*FileFunc)(const TorporFolder *folder, const char *name, int into,
                             const char *into_path, GError **error);

/* The manifest last: shards that are alone would be removed. */
static gboolean
for_each_file(FileFunc call, const TorporFolder *folder, const TorporCheckpoint *checkpoint,
              int into, const char *into_path, GError **error)
{
    for (guint i = 0; checkpoint->shards != NULL && i < checkpoint->shards->len; i++)
        if (!call(folder, checkpoint->shards->pdata[i], into, into_path, error))
            return FALSE;
    return call(folder, checkpoint->name, into, into_path, error);
}

/* What the moved ones need, also of each other, gets second names beside them, or is copied
 * there, before anything moves. So they are whole however far the moving comes, and however long
 * the others are kept. What is needed is older than what needs it, so it comes later in the list.
 * One that cannot be read may need any. */
static gboolean
link_needed(const TorporFolder *folder, const GPtrArray *all, const GPtrArray *moved, int into,
            const char *into_path, GError **error)
{
    g_autoptr(GHashTable) needed = torpor_needs_new();
    gboolean any_is_needed = FALSE;
    for (guint i = 0; i < all->len; i++) {
        const TorporCheckpoint *checkpoint = all->pdata[i];
        gboolean is_needed = any_is_needed || g_hash_table_contains(needed, checkpoint->name);
        gboolean is_moved = g_ptr_array_find((GPtrArray *)moved, checkpoint, NULL);
        if (is_needed && !for_each_file(link_file, folder, checkpoint, into, into_path, error))
            return FALSE;
        if ((is_needed || is_moved) &&
            !torpor_needs_add(needed, torpor_folder_fd(folder), checkpoint, NULL))
            any_is_needed = TRUE;
    }
    return TRUE;
}

static gboolean
try_to_link(const TorporFolder *folder, const char *name, int into,
            G_GNUC_UNUSED const char *into_path, G_GNUC_UNUSED GError **error)
{
    return linkat(torpor_folder_fd(folder), name, into, name, 0) == 0 || errno == EEXIST;
}

/* FALSE: the file system cannot. */
static gboolean
link_shards(const TorporFolder *folder, const GPtrArray *moved, int into)
{
    for (guint i = 0; i < moved->len; i++) {
        const TorporCheckpoint *checkpoint = moved->pdata[i];
        if (checkpoint->shards != NULL &&
            !for_each_file(try_to_link, folder, checkpoint, into, NULL, NULL))
            return FALSE;
    }
    return TRUE;
}

static gboolean
remove_link(G_GNUC_UNUSED const TorporFolder *folder, const char *name, int into,
            G_GNUC_UNUSED const char *into_path, G_GNUC_UNUSED GError **error)
{
    (void)unlinkat(into, name, 0);
    return TRUE;
}

/* Nothing has moved, so nothing there is missed. */
static void
remove_links(const TorporFolder *folder, const GPtrArray *all, int into, const char *into_path)
{
    g_autofree char *name = g_path_get_basename(into_path);
    for (guint i = 0; i < all->len; i++)
        (void)for_each_file(remove_link, folder, all->pdata[i], into, into_path, NULL);
    (void)unlinkat(torpor_folder_fd(folder), name, AT_REMOVEDIR);
}

/* A checkpoint of several files is whole in one of the two folders, however far this comes: all of
 * it has second names there, and here the manifest goes first. Without second names, it goes last.
 */
static gboolean
move_files(const TorporFolder *folder, const GPtrArray *moved, gboolean are_linked, int into,
           const char *into_path, GError **error)
{
    for (guint i = 0; i < moved->len; i++) {
        const TorporCheckpoint *checkpoint = moved->pdata[i];
        if (are_linked ? !move_file(folder, checkpoint->name, into, into_path, error)
                       : !for_each_file(move_file, folder, checkpoint, into, into_path, error))
            return FALSE;
    }
    if (!are_linked)
        return TRUE;
    if (!sync_folder(torpor_folder_fd(folder), torpor_folder_path(folder), error))
        return FALSE;
    for (guint i = 0; i < moved->len; i++) {
        const GPtrArray *shards = ((const TorporCheckpoint *)moved->pdata[i])->shards;
        for (guint n = 0; shards != NULL && n < shards->len; n++)
            if (!move_file(folder, shards->pdata[n], into, into_path, error))
                return FALSE;
    }
    return TRUE;
}

static gboolean
move_all(const TorporFolder *folder, const GPtrArray *all, const GPtrArray *moved, int into,
         const char *into_path, GError **error)
{
    gboolean has_needed = link_needed(folder, all, moved, into, into_path, error);
    gboolean are_linked = has_needed && link_shards(folder, moved, into);
    /* The names of `into` and of what is linked, before anything moves. */
    if (!has_needed || !sync_both(folder, into, into_path, error)) {
        remove_links(folder, all, into, into_path);
        return FALSE;
    }
    return move_files(folder, moved, are_linked, into, into_path, error) &&
           sync_both(folder, into, into_path, error);
}

static gboolean
is_abandoned(const TorporCheckpoint *checkpoint, const TorporOwn *own, const guint64 *resumed_step)
{
    return resumed_step == NULL || checkpoint->step > *resumed_step ||
           torpor_own_owner_of(own, checkpoint) == TORPOR_OWNER_OTHER;
}

gint
torpor_abandoned_set_aside(const TorporFolder *folder, const TorporOwn *own,
                           const guint64 *resumed_step, char **moved_to, GError **error)
{
    if (moved_to != NULL)
        *moved_to = NULL;
    g_autoptr(GPtrArray) all = torpor_folder_list_held(folder, error);
    if (all == NULL)
        return -1;
    g_autoptr(GPtrArray) moved = g_ptr_array_new();
    g_autoptr(GPtrArray) stay = g_ptr_array_new();
    for (guint i = 0; i < all->len; i++)
        g_ptr_array_add(is_abandoned(all->pdata[i], own, resumed_step) ? moved : stay,
                        all->pdata[i]);
    if (moved->len == 0)
        return 0;
    int into = -1;
    g_autofree char *abandoned = create_abandoned(folder, &into, error);
    if (abandoned == NULL)
        return -1;
    gboolean are_moved = move_all(folder, all, moved, into, abandoned, error);
    close(into);
    g_autoptr(TorporLedger) ledger = are_moved ? torpor_ledger_read(folder, error) : NULL;
    if (ledger == NULL || !torpor_ledger_write(ledger, folder, stay, error))
        return -1;
    if (moved_to != NULL)
        *moved_to = g_steal_pointer(&abandoned);
    return (gint)moved->len;
}
