/* The library's system calls on these files are answered here, from memory: linked with --wrap,
 * each comes to __wrap_CALL first. */
#include "bytes_file.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_FILES 4u
#define FIRST_FD (1 << 30) /* no descriptor of the system's is that large */

typedef struct {
    TorporFile file;
    char name[16];
    const guint8 *bytes;
} BytesFile;

static BytesFile files[N_FILES];

TorporFile *
fuzz_bytes_file(guint number, const void *bytes, gsize length)
{
    g_assert(number < N_FILES);
    BytesFile *file = &files[number];
    if (file->file.path == NULL) {
        g_snprintf(file->name, sizeof file->name, "/fuzz/%u", number);
        file->file = (TorporFile){.fd = FIRST_FD + (int)number, .path = file->name};
    }
    file->file.length = length;
    file->bytes = bytes;
    return &file->file;
}

void
fuzz_bytes_file_at(guint number, const char *path, const void *bytes, gsize length)
{
    fuzz_bytes_file(number, bytes, length)->path = (char *)path;
}

/* ---- system calls ---- */

int __real_openat(int folder, const char *name, int flags, ...);
int __wrap_openat(int folder, const char *name, int flags, ...);
int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
ssize_t __real_pread(int fd, void *out, size_t length, off_t place);
ssize_t __wrap_pread(int fd, void *out, size_t length, off_t place);
int __real_close(int fd);
int __wrap_close(int fd);

int
__wrap_openat(int folder, const char *name, int flags, ...)
{
    for (guint i = 0; i < N_FILES; i++)
        if (g_strcmp0(files[i].file.path, name) == 0)
            return files[i].file.fd;
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) == 0 ? 0 : va_arg(arguments, mode_t);
    va_end(arguments);
    return __real_openat(folder, name, flags, mode);
}

int
__wrap_fstat(int fd, struct stat *status)
{
    if (fd < FIRST_FD)
        return __real_fstat(fd, status);
    *status = (struct stat){.st_mode = S_IFREG | 0600,
                            .st_size = (off_t)files[fd - FIRST_FD].file.length};
    return 0;
}

ssize_t
__wrap_pread(int fd, void *out, size_t length, off_t place)
{
    if (fd < FIRST_FD)
        return __real_pread(fd, out, length, place);
    const BytesFile *file = &files[fd - FIRST_FD];
    if ((guint64)place >= file->file.length)
        return 0;
    gsize n = MIN(length, (gsize)(file->file.length - (guint64)place));
    memcpy(out, file->bytes + place, n);
    return (ssize_t)n;
}

int
__wrap_close(int fd)
{
    return fd < FIRST_FD ? __real_close(fd) : 0;
}
