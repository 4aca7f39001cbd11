#include "base/copy_bytes.h"

#include <errno.h>
#include <unistd.h>

#define PIECE_BYTES ((gsize)256 << 10)

static gboolean
write_all(int fd, const char *bytes, gsize length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno != EINTR)
            return FALSE;
        if (written > 0) {
            bytes += written;
            length -= (gsize)written;
        }
    }
    return TRUE;
}

gboolean
torpor_copy_bytes(int from, int to)
{
    g_autofree char *piece = g_malloc(PIECE_BYTES);
    off_t at = 0;
    for (;;) {
        ssize_t got = pread(from, piece, PIECE_BYTES, at);
        if (got == 0)
            return fsync(to) == 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || !write_all(to, piece, (gsize)got))
            return FALSE;
        at += got;
    }
}
