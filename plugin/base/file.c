/* Reads are positioned (pread), so one descriptor serves any number of threads, and a file that
 * shrinks meanwhile is an error here instead of a SIGBUS in the host. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/begins.h"
#include "base/error.h"
#include "base/read_at.h"

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

/* The folder that a file's path leads to; the folder itself, if the name is all of the path. */
static int
open_folder_of(int folder, const char *name)
{
    g_autofree char *parent = g_path_get_dirname(name);
    return openat(folder, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Whoever begins like a packed file must be one. */
static gboolean
unpack_if_packed(TorporFile *file, int folder, const char *name, GError **error)
{
    char head[TORPOR_PACKED_HEAD_BYTES];
    gsize n;
    if (!torpor_read_at(file->fd, 0, head, sizeof head, &n)) {
        torpor_error_set_errno(error, errno, "cannot read '%s' at byte %" G_GSIZE_FORMAT,
                               file->path, n);
        return FALSE;
    }
    if (n < sizeof head || memcmp(head, TORPOR_PACKED_HEAD, sizeof head) != 0)
        return TRUE;
    int beside = open_folder_of(folder, name);
    file->unpacker = torpor_unpacker_new(file->fd, file->length, beside, file->path, error);
    if (beside >= 0)
        close(beside);
    if (file->unpacker == NULL)
        return FALSE;
    file->length = torpor_unpacker_length(file->unpacker);
    return TRUE;
}

static TorporFile *
open_at(int folder, const char *name, const char *path, GError **error)
{
    int fd = torpor_open_to_read(folder, name);
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
    g_autoptr(TorporFile) file = g_new0(TorporFile, 1);
    file->fd = fd;
    file->length = (guint64)status.st_size;
    file->path = g_strdup(path);
    return unpack_if_packed(file, folder, name, error) ? g_steal_pointer(&file) : NULL;
}

TorporFile *
torpor_file_open(const char *path, GError **error)
{
    return torpor_file_open_in(AT_FDCWD, path, error);
}

TorporFile *
torpor_file_open_in(int folder, const char *path, GError **error)
{
    g_autofree char *name = folder == AT_FDCWD ? g_strdup(path) : g_path_get_basename(path);
    return open_at(folder, name, path, error);
}

void
torpor_file_close(TorporFile *file)
{
    if (file == NULL)
        return;
    torpor_unpacker_free(file->unpacker);
    if (file->fd >= 0)
        close(file->fd);
    torpor_parts_free(file->parts);
    g_free(file->part_places);
    g_free(file->path);
    g_free(file);
}

/* ---- parts ---- */

static void
close_part(gpointer part)
{
    torpor_file_close(part);
}

/* Its own, and those of the files that it refers to. */
static guint
count_descriptors(const TorporFile *part)
{
    return 1 + (part->unpacker == NULL ? 0 : torpor_unpacker_table(part->unpacker)->names->len);
}

TorporFile *
torpor_file_join(const char *path, guint n_parts, const guint64 *lengths, TorporOpenPartFunc open,
                 gpointer open_data, GError **error)
{
    g_autoptr(TorporFile) file = g_new0(TorporFile, 1);
    file->fd = -1;
    file->path = g_strdup(path);
    file->n_parts = n_parts;
    file->parts = torpor_parts_new(n_parts, open, close_part, count_descriptors, open_data);
    file->part_places = g_new(guint64, n_parts);
    for (guint i = 0; i < n_parts; i++) {
        file->part_places[i] = file->length;
        if (lengths[i] > G_MAXINT64 - file->length) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                        "'%s': its parts cannot be that long", path);
            return NULL;
        }
        file->length += lengths[i];
    }
    return g_steal_pointer(&file);
}

static gboolean
read_part(const TorporFile *file, guint i, guint64 place, guint8 *out, gsize length, GError **error)
{
    const TorporFile *part = torpor_parts_borrow(file->parts, i, error);
    if (part == NULL)
        return FALSE;
    gboolean is_read = torpor_file_read(part, place, out, length, error);
    torpor_parts_give_back(file->parts, i);
    return is_read;
}

static gboolean
read_parts(const TorporFile *file, guint64 place, guint8 *out, gsize length, GError **error)
{
    for (guint i = (guint)torpor_begins_find(file->part_places, file->n_parts, place); length > 0;
         i++) {
        guint64 end = i + 1 < file->n_parts ? file->part_places[i + 1] : file->length;
        gsize piece = (gsize)MIN(length, end - place);
        if (piece > 0 && !read_part(file, i, place - file->part_places[i], out, piece, error))
            return FALSE;
        out += piece;
        place += piece;
        length -= piece;
    }
    return TRUE;
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
    if (file->n_parts > 0)
        return length == 0 || read_parts(file, place, out, length, error);
    if (file->unpacker != NULL)
        return torpor_unpacker_read(file->unpacker, place, out, length, error);
    gsize done;
    if (!torpor_read_at(file->fd, place, out, length, &done)) {
        torpor_error_set_errno(error, errno, "cannot read '%s' at byte %" G_GUINT64_FORMAT,
                               file->path, place + done);
        return FALSE;
    }
    if (done == length)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_IO,
                "'%s' became shorter while it was read: nothing at byte %" G_GUINT64_FORMAT
                " of %" G_GUINT64_FORMAT,
                file->path, place + done, file->length);
    return FALSE;
}
