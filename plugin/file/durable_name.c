#include "file/durable_name.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

gboolean
torpor_durable_name(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return TRUE;
    int failure = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    if (failure == 0 || failure == EINVAL)
        return TRUE;
    torpor_error_set_errno(error, failure, "cannot make the name of \"%s\" durable", path);
    return FALSE;
}

gboolean
torpor_durable_folder(const char *path, GError **error)
{
    if (access(path, F_OK) == 0)
        return torpor_durable_name(path, error); /* who made it may have died before this */
    g_autofree char *parent = g_path_get_dirname(path);
    if (!g_str_equal(parent, path) && !torpor_durable_folder(parent, error))
        return FALSE;
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return torpor_durable_name(path, error);
    torpor_error_set_errno(error, errno, "cannot create folder \"%s\"", path);
    return FALSE;
}
