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
    g_assert(file->fd >= 0 && ftruncate(file->fd, 0) == 0 &&
             pwrite(file->fd, bytes, length, 0) == (gssize)length);
    file->length = length;
    return file;
}
