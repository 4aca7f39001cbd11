/* Calls of the system, and allocations, that fail when a test wants it: the plugin's code is linked
 * into the test, and calls what is defined here. */
#ifndef TORPOR_TEST_FAILING_H
#define TORPOR_TEST_FAILING_H

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/release.h"

/* The nth call of this kind fails; all from then on, if so asked. "link+read": of one of them. */
static struct {
    const char *kind; /* NULL: none fails */
    gint nth;
    int error;
    gboolean for_ever;
    gint n_calls;
} failing;

/* The thread that frees files ends first: it closes them. */
G_GNUC_UNUSED static void
fail_call(const char *kind, gint nth, int error, gboolean for_ever)
{
    torpor_release_wait();
    failing.nth = nth;
    failing.error = error;
    failing.for_ever = for_ever;
    g_atomic_int_set(&failing.n_calls, 0);
    failing.kind = kind;
}

/* Does it fail from here on no more? TRUE: there was such a call. */
G_GNUC_UNUSED static gboolean
fail_no_more(void)
{
    torpor_release_wait();
    failing.kind = NULL;
    return g_atomic_int_get(&failing.n_calls) >= failing.nth;
}

static gboolean
is_failing(const char *kind)
{
    gsize length = strlen(kind);
    for (const char *one = failing.kind; one != NULL;) {
        if (strncmp(one, kind, length) == 0 && (one[length] == '\0' || one[length] == '+'))
            return TRUE;
        one = strchr(one, '+');
        one = one == NULL ? NULL : one + 1;
    }
    return FALSE;
}

static gboolean
fails(const char *kind)
{
    if (!is_failing(kind))
        return FALSE;
    gint n = g_atomic_int_add(&failing.n_calls, 1) + 1;
    gboolean is_meant = n == failing.nth || (failing.for_ever && n > failing.nth);
    if (is_meant)
        errno = failing.error;
    return is_meant;
}

#define REAL(name) (__extension__(__typeof__(&name)) dlsym(RTLD_NEXT, #name))
#define FAILING(kind, type, failed, name, parameters, ...)                                         \
    type name parameters                                                                           \
    {                                                                                              \
        return fails(kind) ? failed : REAL(name)(__VA_ARGS__);                                     \
    }

#pragma GCC visibility push(default)
FAILING("access", int, -1, access, (const char *path, int mode), path, mode)
FAILING("stat", int, -1, fstat, (int file, struct stat *out), file, out)
FAILING("stat", int, -1, fstatat, (int folder, const char *path, struct stat *out, int flags),
        folder, path, out, flags)
FAILING("pread", ssize_t, failing.error == 0 ? 0 : -1, pread,
        (int file, void *out, size_t n, off_t place), file, out, n, place)
FAILING("read", ssize_t, failing.error == 0 ? 0 : -1, read, (int file, void *out, size_t n), file,
        out, n)
FAILING("pwrite", ssize_t, failing.error == 0 ? 0 : -1, pwrite,
        (int file, const void *bytes, size_t n, off_t place), file, bytes, n, place)
FAILING("write", ssize_t, failing.error == 0 ? 0 : -1, write,
        (int file, const void *bytes, size_t n), file, bytes, n)
FAILING("ftruncate", int, -1, ftruncate, (int file, off_t length), file, length)
FAILING("flock", int, -1, flock, (int file, int operation), file, operation)
FAILING("mkdir", int, -1, mkdir, (const char *path, mode_t mode), path, mode)
FAILING("mkdir", int, -1, mkdirat, (int folder, const char *path, mode_t mode), folder, path, mode)
FAILING("rename", int, -1, renameat, (int from, const char *old, int to, const char *name), from,
        old, to, name)
FAILING("rename", int, -1, renameat2,
        (int from, const char *old, int to, const char *name, unsigned flags), from, old, to, name,
        flags)
FAILING("link", int, -1, linkat, (int from, const char *old, int to, const char *name, int flags),
        from, old, to, name, flags)
FAILING("unlink", int, -1, unlinkat, (int folder, const char *name, int flags), folder, name, flags)
FAILING("readlink", ssize_t, -1, readlink, (const char *path, char *out, size_t n), path, out, n)
FAILING("opendir", DIR *, NULL, fdopendir, (int folder), folder)
FAILING("readdir", struct dirent *, NULL, readdir, (DIR * folder), folder)
FAILING("random", ssize_t, -1, getrandom, (void *out, size_t n, unsigned flags), out, n, flags)
FAILING("thread", int, failing.error, pthread_create,
        (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data),
        thread, attributes, run, data)
FAILING("try", gpointer, NULL, g_try_malloc, (gsize n), n)
FAILING("try", gpointer, NULL, g_try_malloc0, (gsize n), n)
FAILING("try", gpointer, NULL, g_try_malloc_n, (gsize n, gsize bytes), n, bytes)
FAILING("try", gpointer, NULL, g_try_malloc0_n, (gsize n, gsize bytes), n, bytes)

/* No power fails in a test. */
int
fsync(G_GNUC_UNUSED int file)
{
    return fails("fsync") ? -1 : 0;
}

/* A close that fails closes. */
int
close(int file)
{
    gboolean failed = fails("close");
    int error = errno, result = REAL(close)(file);
    errno = failed ? error : errno;
    return failed ? -1 : result;
}

static mode_t
mode_of(int flags, va_list *rest)
{
    return (flags & O_CREAT) != 0 ? va_arg(*rest, mode_t) : 0;
}

int
open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, &rest);
    va_end(rest);
    return fails((flags & O_CREAT) != 0 ? "create" : "open") ? -1 : REAL(open)(path, flags, mode);
}

int
openat(int folder, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, &rest);
    va_end(rest);
    return fails((flags & O_CREAT) != 0 ? "create" : "open")
               ? -1
               : REAL(openat)(folder, path, flags, mode);
}
#pragma GCC visibility pop

#endif
