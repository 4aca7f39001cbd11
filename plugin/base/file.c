/* Reads are positioned (pread), so one descriptor serves any number of threads, and a file that
 * shrinks meanwhile is an error here instead of a SIGBUS in the host. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

const char *
torpor_file_kind_name(guint32 mode)
{
    if (S_ISDIR(mode))
        return "a folder";
    if (S_ISFIFO(mode))
        return "a named pipe";
    if (S_ISCHR(mode) || S_ISBLK(mode))
        return "a device";
    return "a socket";
}

static TorporFile *
open_at(int folder, const char *name, const char *path, GError **error)
{
    /* O_NONBLOCK: do not wait for the writer of a pipe. For files it means nothing. */
    int fd;
    do
        fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        torpor_error_set_errno(error, errno, "cannot open '%s'", path);
        return NULL;
    }
    struct stat status;
    if (fstat(fd, &status) != 0) {
        torpor_error_set_errno(error, errno, "cannot examine '%s'", path);
        close(fd);
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "'%s' is %s; expected a checkpoint file", path,
                    torpor_file_kind_name(status.st_mode));
        close(fd);
        return NULL;
    }
    TorporFile *file = g_new0(TorporFile, 1);
    file->fd = fd;
    file->length = (guint64)status.st_size;
    file->path = g_strdup(path);
    return file;
}

TorporFile *
torpor_file_open(const char *path, GError **error)
{
    return open_at(AT_FDCWD, path, path, error);
}

TorporFile *
torpor_file_open_in(int folder, const char *path, GError **error)
{
    g_autofree char *name = g_path_get_basename(path);
    return open_at(folder, name, path, error);
}

void
torpor_file_close(TorporFile *file)
{
    if (file == NULL)
        return;
    close(file->fd);
    g_free(file->path);
    g_free(file);
}

gboolean
torpor_file_read(const TorporFile *file, guint64 place, void *out, gsize length, GError **error)
{
    if (place > file->length || length > file->length - place) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "'%s': %" G_GSIZE_FORMAT " bytes were wanted from byte %" G_GUINT64_FORMAT
                    " on, but the file has %" G_GUINT64_FORMAT,
                    file->path, length, place, file->length);
        return FALSE;
    }
    guint8 *next = out;
    while (length > 0) {
        ssize_t got = pread(file->fd, next, length, (off_t)place);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            torpor_error_set_errno(error, errno, "cannot read '%s' at byte %" G_GUINT64_FORMAT,
                                   file->path, place);
            return FALSE;
        }
        if (got == 0) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_IO,
                        "'%s' became shorter while it was read: nothing at byte %" G_GUINT64_FORMAT
                        " of %" G_GUINT64_FORMAT,
                        file->path, place, file->length);
            return FALSE;
        }
        next += got;
        place += (guint64)got;
        length -= (gsize)got;
    }
    return TRUE;
}
