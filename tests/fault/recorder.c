/* LD_PRELOAD: writes down each call that changes files, in the order in which they happened, for
 * disk.py to replay.
 *
 * TORPOR_RECORD names the file. It gets a line per call that succeeded, "CALL SAID FIELDS…", where
 * SAID is the length of standard error by then (a regular file), so that the reader knows what had
 * been reported before. Paths are absolute and come last:
 *   create INODE PATH    a file that was not there    empty INODE          opened with O_TRUNC
 *   mkdir INODE PATH     write INODE PLACE LENGTH     the bytes follow, and a line's end
 *   cut INODE LENGTH     sync INODE                   of a file or a folder
 *   unlink PATH          rename FROM<tab>TO           link FROM<tab>TO
 * One lock, which forked processes share, is held around each call and its line. Hints
 * (sync_file_range) and reservations (fallocate with FALLOC_FL_KEEP_SIZE) change no contents. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define NO_FILE ((ino_t)0)

static pthread_mutex_t *lock; /* in memory that forked processes share */
static int record = -1;

__attribute__((constructor)) static void
open_record(void)
{
    const char *path = getenv("TORPOR_RECORD");
    pthread_mutexattr_t attributes;
    if (path == NULL)
        return;
    lock = (pthread_mutex_t *)syscall(SYS_mmap, NULL, sizeof *lock, PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(lock, &attributes);
    record =
        (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static void
begin(void)
{
    if (record >= 0)
        pthread_mutex_lock(lock);
}

/* Add a line, and bytes. errno stays. */
__attribute__((format(printf, 4, 5))) static void
note(const char *call, const void *bytes, size_t length, const char *format, ...)
{
    char line[2 * PATH_MAX + 100];
    int before = errno;
    struct stat said = {0};
    if (record < 0)
        return;
    if (fstat(STDERR_FILENO, &said) != 0 || !S_ISREG(said.st_mode))
        said.st_size = 0;
    int n = snprintf(line, sizeof line, "%s %lld ", call, (long long)said.st_size);
    va_list arguments;
    va_start(arguments, format);
    n += vsnprintf(line + n, sizeof line - (size_t)n, format, arguments);
    va_end(arguments);
    line[n++] = '\n';
    struct iovec parts[] = {
        {line, (size_t)n}, {(void *)(size_t)bytes, length}, {(void *)(size_t) "\n", bytes != NULL}};
    size_t all = parts[0].iov_len + parts[1].iov_len + parts[2].iov_len;
    if (syscall(SYS_writev, record, parts, 3) != (ssize_t)all)
        _exit(98); /* half a record would prove nothing */
    errno = before;
}

static void
end(void)
{
    if (record >= 0)
        pthread_mutex_unlock(lock);
}

static ino_t
inode_of(int file)
{
    struct stat status;
    int before = errno;
    int is_file = fstat(file, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
    errno = before;
    return is_file ? status.st_ino : NO_FILE;
}

/* The absolute path of a name in a folder. */
static const char *
absolute(int folder, const char *name, char out[static PATH_MAX])
{
    char link[40];
    snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, out, PATH_MAX - 1);
    out[length > 0 ? length : 0] = '\0';
    if (name[0] == '/')
        out[0] = '\0';
    else
        strncat(out, "/", PATH_MAX - 1 - strlen(out));
    strncat(out, name, PATH_MAX - 1 - strlen(out));
    return out;
}

/* ---- files ---- */

static int
open_noted(int (*real)(int, const char *, int, ...), int folder, const char *name, int flags,
           mode_t mode)
{
    struct stat status;
    char path[PATH_MAX];
    if (record < 0 || !(flags & (O_CREAT | O_TRUNC)))
        return real(folder, name, flags, mode);
    begin();
    int is_new = fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0;
    int file = real(folder, name, flags, mode);
    ino_t inode = file < 0 ? NO_FILE : inode_of(file);
    if (inode != NO_FILE && is_new)
        note("create", NULL, 0, "%lu %s", (unsigned long)inode, absolute(folder, name, path));
    else if (inode != NO_FILE && flags & O_TRUNC)
        note("empty", NULL, 0, "%lu", (unsigned long)inode);
    end();
    return file;
}

#define DEFINE_OPEN(name, at)                                                                      \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;                             \
        va_end(arguments);                                                                         \
        return open_noted(REAL(at), AT_FDCWD, path, flags, mode);                                  \
    }
DEFINE_OPEN(open, openat)
DEFINE_OPEN(open64, openat64)

#define DEFINE_OPENAT(name)                                                                        \
    int name(int folder, const char *path, int flags, ...)                                         \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;                             \
        va_end(arguments);                                                                         \
        return open_noted(REAL(name), folder, path, flags, mode);                                  \
    }
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

static void
note_write(int file, const void *bytes, ssize_t n, off_t place)
{
    ino_t inode = n > 0 ? inode_of(file) : NO_FILE;
    if (inode != NO_FILE)
        note("write", bytes, (size_t)n, "%lu %lld %zd", (unsigned long)inode, (long long)place, n);
}

ssize_t
write(int file, const void *bytes, size_t length)
{
    begin();
    ssize_t n = REAL(write)(file, bytes, length);
    if (n > 0)
        note_write(file, bytes, n, lseek(file, 0, SEEK_CUR) - n);
    end();
    return n;
}

#define DEFINE_PWRITE(name)                                                                        \
    ssize_t name(int file, const void *bytes, size_t length, off_t place)                          \
    {                                                                                              \
        begin();                                                                                   \
        ssize_t n = REAL(name)(file, bytes, length, place);                                        \
        note_write(file, bytes, n, place);                                                         \
        end();                                                                                     \
        return n;                                                                                  \
    }
DEFINE_PWRITE(pwrite)
DEFINE_PWRITE(pwrite64)

#define DEFINE_FTRUNCATE(name)                                                                     \
    int name(int file, off_t length)                                                               \
    {                                                                                              \
        begin();                                                                                   \
        int result = REAL(name)(file, length);                                                     \
        ino_t inode = result == 0 ? inode_of(file) : NO_FILE;                                      \
        if (inode != NO_FILE)                                                                      \
            note("cut", NULL, 0, "%lu %lld", (unsigned long)inode, (long long)length);             \
        end();                                                                                     \
        return result;                                                                             \
    }
DEFINE_FTRUNCATE(ftruncate)
DEFINE_FTRUNCATE(ftruncate64)

#define DEFINE_SYNC(name)                                                                          \
    int name(int file)                                                                             \
    {                                                                                              \
        begin();                                                                                   \
        int result = REAL(name)(file);                                                             \
        ino_t inode = result == 0 ? inode_of(file) : NO_FILE;                                      \
        if (inode != NO_FILE)                                                                      \
            note("sync", NULL, 0, "%lu", (unsigned long)inode);                                    \
        end();                                                                                     \
        return result;                                                                             \
    }
DEFINE_SYNC(fsync)
DEFINE_SYNC(fdatasync)

/* ---- names ---- */

static int
name_noted(const char *call, int result, int from_folder, const char *from, int to_folder,
           const char *to)
{
    char first[PATH_MAX], second[PATH_MAX];
    if (result == 0 && record >= 0)
        note(call, NULL, 0, "%s\t%s", absolute(from_folder, from, first),
             absolute(to_folder, to, second));
    end();
    return result;
}

int
rename(const char *from, const char *to)
{
    begin();
    return name_noted("rename", REAL(rename)(from, to), AT_FDCWD, from, AT_FDCWD, to);
}

int
renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    begin();
    return name_noted("rename", REAL(renameat)(from_folder, from, to_folder, to), from_folder, from,
                      to_folder, to);
}

int
renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    begin();
    return name_noted("rename", REAL(renameat2)(from_folder, from, to_folder, to, flags),
                      from_folder, from, to_folder, to);
}

int
linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    begin();
    return name_noted("link", REAL(linkat)(from_folder, from, to_folder, to, flags), from_folder,
                      from, to_folder, to);
}

int
unlinkat(int folder, const char *name, int flags)
{
    char path[PATH_MAX];
    begin();
    int result = REAL(unlinkat)(folder, name, flags);
    if (result == 0 && record >= 0)
        note("unlink", NULL, 0, "%s", absolute(folder, name, path));
    end();
    return result;
}

int
unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int
mkdirat(int folder, const char *name, mode_t mode)
{
    char path[PATH_MAX];
    struct stat status;
    begin();
    int result = REAL(mkdirat)(folder, name, mode);
    if (result == 0 && record >= 0 && fstatat(folder, name, &status, 0) == 0)
        note("mkdir", NULL, 0, "%lu %s", (unsigned long)status.st_ino,
             absolute(folder, name, path));
    end();
    return result;
}

int
mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}
