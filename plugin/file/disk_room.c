#include "file/disk_room.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "msgpack/sink.h"

/* Beyond this limit of the process, the system would kill the host (SIGXFSZ) instead of refusing
 * the write. */
static gboolean
check_size_limit(TorporDiskRoom *room, guint64 file_length, guint64 wanted, GError **error)
{
    struct rlimit limit;
    if (file_length <= room->allowed)
        return TRUE;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        limit.rlim_cur = G_MAXUINT64;
    room->allowed = limit.rlim_cur;
    if (file_length <= room->allowed)
        return TRUE;
    torpor_error_set_errno(error, EFBIG,
                           "cannot write %s: it needs at least %" G_GUINT64_FORMAT
                           " bytes, files of this process may have %" G_GUINT64_FORMAT
                           "; raise the limit (ulimit -f)",
                           room->target->path, wanted, (guint64)limit.rlim_cur);
    return FALSE;
}

/* All of a large file's room at once is found faster, and lies closer together, than that of one
 * block after the other; and nothing is left to be found at the rename. This is only a hint: where
 * there is no room, a write will fail. Beyond the limit, tmpfs would kill the host here. */
static void
reserve(TorporDiskRoom *room, guint64 file_length, guint64 wanted)
{
    if (file_length <= room->reserved || wanted <= TORPOR_BLOCK_BYTES || wanted > room->allowed)
        return;
    int failed = fallocate(room->target->file, FALLOC_FL_KEEP_SIZE, (off_t)room->reserved,
                           (off_t)(wanted - room->reserved));
    room->reserved = failed == 0 ? wanted : G_MAXUINT64; /* not asked for again */
}

gboolean
torpor_disk_room_make(TorporDiskRoom *room, guint64 file_length, guint64 expected, GError **error)
{
    guint64 wanted = MAX(file_length, expected);
    if (!check_size_limit(room, file_length, wanted, error))
        return FALSE;
    reserve(room, file_length, wanted);
    return TRUE;
}

void
torpor_disk_room_reset(TorporDiskRoom *room)
{
    room->reserved = 0;
}

void
torpor_disk_room_set_error(const TorporDiskRoom *room, int errno_value, guint64 written,
                           guint64 needed, GError **error)
{
    const TorporTarget *target = room->target;
    struct statvfs space;
    gboolean is_full = errno_value == ENOSPC || errno_value == EDQUOT;
    if (!is_full || ftruncate(target->file, 0) != 0 || fstatvfs(target->file, &space) != 0) {
        torpor_error_set_errno(error, errno_value,
                               "cannot write %s after %" G_GUINT64_FORMAT " bytes", target->path,
                               written);
        return;
    }
    torpor_error_set_errno(error, errno_value,
                           "cannot write %s: it needs at least %" G_GUINT64_FORMAT
                           " bytes where %" G_GUINT64_FORMAT
                           " are free; make room or use another folder",
                           target->path, needed, (guint64)space.f_bavail * space.f_frsize);
}
