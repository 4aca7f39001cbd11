#include "base/read_at.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int
torpor_open_to_read(int folder, const char *name)
{
    /* O_NONBLOCK: do not wait for the writer of a pipe. For files it means nothing. */
    int fd;
    do
        fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    while (fd < 0 && errno == EINTR);
    return fd;
}

gboolean
torpor_read_at(int fd, guint64 place, void *out, gsize length, gsize *done)
{
    for (*done = 0; *done < length;) {
        ssize_t n = pread(fd, (char *)out + *done, length - *done, (off_t)(place + *done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        *done += (gsize)n;
    }
    return TRUE;
}
