#include "bytes_file.h"

#include <sys/mman.h>
#include <unistd.h>

TorporFile *
fuzz_bytes_file(guint number, const void *bytes, gsize length)
{
    static TorporFile files[4];
    static char names[4][40];
    g_assert(number < G_N_ELEMENTS(files));
    TorporFile *file = &files[number];
    if (file->path == NULL) {
        file->fd = memfd_create("torpor-fuzz", MFD_CLOEXEC);
        g_snprintf(names[number], sizeof names[number], "/proc/self/fd/%d", file->fd);
        file->path = names[number];
    }
    /* It is not emptied first: to give its pages back and take others costs more than to write. */
    g_assert(file->fd >= 0 && pwrite(file->fd, bytes, length, 0) == (gssize)length);
    g_assert(file->length <= length || ftruncate(file->fd, (off_t)length) == 0);
    file->length = length;
    return file;
}
