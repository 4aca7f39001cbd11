#include "file/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "file/release.h"
#include "file/temp_file.h"

#define MAX_LINKS 40

/* What is there, links followed. Only a regular file may be replaced: a save to /dev/null must not
 * put a file in its place. */
static gboolean
check_path(const TorporTarget *target, GError **error)
{
    struct stat status;
    if (fstatat(target->folder, target->name, &status, 0) != 0) {
        if (errno == ENOENT)
            return TRUE;
        torpor_error_set_errno(error, errno, "cannot see what %s is", target->path);
        return FALSE;
    }
    if (!S_ISREG(status.st_mode)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "%s is %s; give the path of a file",
                    target->path, torpor_file_kind_name(status.st_mode));
        return FALSE;
    }
    if (target->overwrite)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS,
                "%s exists; allow overwriting or give another path", target->path);
    return FALSE;
}

/* The path that a symbolic link holds, seen from where we are. NULL: it is no link. */
static char *
read_link(const char *path)
{
    char held[PATH_MAX];
    ssize_t length = readlink(path, held, sizeof held - 1);
    if (length < 0)
        return NULL;
    held[length] = '\0';
    g_autofree char *folder = g_path_get_dirname(path);
    return g_path_is_absolute(held) ? g_strdup(held) : g_build_filename(folder, held, NULL);
}

/* The path of the file that is replaced, which need not be there. */
static char *
follow_links(const char *path, GError **error)
{
    g_autofree char *followed = g_strdup(path);
    for (guint i = 0; i <= MAX_LINKS; i++) {
        char *next = read_link(followed);
        if (next == NULL)
            return g_steal_pointer(&followed);
        g_free(followed);
        followed = next;
    }
    torpor_error_set_errno(error, ELOOP, "cannot save to %s", path);
    return NULL;
}

/* The folder that is held; else the one that the path leads to, links followed. */
static gboolean
open_folder(TorporTarget *target, int held, GError **error)
{
    g_autofree char *path =
        held == AT_FDCWD ? follow_links(target->path, error) : g_strdup(target->path);
    if (path == NULL)
        return FALSE;
    g_autofree char *folder = g_path_get_dirname(path);
    target->name = g_path_get_basename(path);
    target->folder = held == AT_FDCWD ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                      : fcntl(held, F_DUPFD_CLOEXEC, 0);
    if (target->folder < 0)
        torpor_error_set_errno(error, errno, "cannot save to the folder %s", folder);
    return target->folder >= 0;
}

static gboolean
open_temp(TorporTarget *target, GError **error)
{
    target->temp_name = torpor_temp_file_create(target->folder, target->name, &target->file);
    if (target->temp_name == NULL)
        torpor_error_set_errno(error, errno, "cannot create a file beside %s", target->path);
    return target->temp_name != NULL;
}

gboolean
torpor_target_open(TorporTarget *target, int folder, const char *path, gboolean overwrite,
                   gboolean fsync, GError **error)
{
    if (path[0] == '\0' || g_str_has_suffix(path, "/")) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "\"%s\" does not name a file; give the path of a file", path);
        return FALSE;
    }
    *target = (TorporTarget){
        .path = g_strdup(path), .folder = -1, .file = -1, .overwrite = overwrite, .fsync = fsync};
    if (open_folder(target, folder, error) && check_path(target, error) && open_temp(target, error))
        return TRUE;
    torpor_target_close(target);
    return FALSE;
}

static int
rename_without_replacing(const TorporTarget *target)
{
    if (renameat2(target->folder, target->temp_name, target->folder, target->name,
                  RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (linkat(target->folder, target->temp_name, target->folder, target->name, 0) != 0)
        return -1;
    return unlinkat(target->folder, target->temp_name, 0);
}

static gboolean
rename_temp(TorporTarget *target, GError **error)
{
    int failed = target->overwrite
                     ? renameat(target->folder, target->temp_name, target->folder, target->name)
                     : rename_without_replacing(target);
    if (failed != 0) {
        torpor_error_set_errno(error, errno, "cannot put %s in place", target->path);
        return FALSE;
    }
    g_clear_pointer(&target->temp_name, g_free);
    if (!target->fsync || fsync(target->folder) == 0)
        return TRUE;
    torpor_error_set_errno(error, errno, "%s is in place, but a power failure could undo that",
                           target->path);
    return FALSE;
}

gboolean
torpor_target_put_in_place(TorporTarget *target, GError **error)
{
    int replaced = torpor_release_hold(target->folder, target->name);
    gboolean done = rename_temp(target, error);
    torpor_release(replaced);
    return done;
}

void
torpor_target_close(TorporTarget *target)
{
    if (target->temp_name != NULL)
        (void)unlinkat(target->folder, target->temp_name, 0);
    if (target->file >= 0)
        (void)close(target->file);
    if (target->folder >= 0)
        (void)close(target->folder);
    g_free(target->temp_name);
    g_free(target->name);
    g_free(target->path);
}
