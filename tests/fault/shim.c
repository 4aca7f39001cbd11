/* LD_PRELOAD: calls of the system that fail, take their time, or end the process.
 *
 * TORPOR_FAULTS is a list of rules, separated by spaces: CALL[@PART]:N[+]=WHAT
 *   CALL  create write pwrite fsync rename unlink ftruncate, which change files; any: one of those;
 *         open read pread stat flock mkdir close link fallocate; without a path: thread stage fork,
 *         and try, an allocation that may fail
 *   PART  of the path; without it, any path
 *   N     the N-th such call of the process and those it forked; N+: and all after it
 *         clock: the time of day is asked for
 *   WHAT  back:SECONDS, for clock: it says so much less; errno:NUMBER, signal:NUMBER,
 * delay:MICROSECONDS, or short (half of what was to be written or read) All rules that match are
 * carried out, in order, before the call. A close that fails closes. TORPOR_FAULTS_LOG names a file
 * that gets a line "CALL PATH" per call, and at the end of a process that returns from main a line
 * "left PATH" for each file that is still open. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_RULES 16
#define GO_ON 0
#define FAIL 1
#define SHORT 2

struct rule {
    char call[16], part[128], plus[2], what[16];
    long first, value;
    atomic_long n_calls;
};

void *g_try_malloc(size_t bytes);
void *g_try_malloc0(size_t bytes);
void *g_try_malloc_n(size_t n, size_t bytes);
void *g_try_malloc0_n(size_t n, size_t bytes);

static struct rule *rules; /* in memory that forked processes share */
static int n_rules;
static int log_file = -1;

__attribute__((constructor)) static void
read_rules(void)
{
    const char *text = getenv("TORPOR_FAULTS"), *log_path = getenv("TORPOR_FAULTS_LOG");
    char *copy = strdup(text ? text : ""), *rest = copy, *word;
    rules = (struct rule *)syscall(SYS_mmap, NULL, MAX_RULES * sizeof *rules,
                                   PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    while ((word = strtok_r(rest, " ", &rest)) && n_rules < MAX_RULES) {
        struct rule *rule = &rules[n_rules++];
        char place[160];
        if (sscanf(word, "%159[^:]:%ld%1[+]=%15[^:]:%ld", place, &rule->first, rule->plus,
                   rule->what, &rule->value) < 4 &&
            sscanf(word, "%159[^:]:%ld=%15[^:]:%ld", place, &rule->first, rule->what,
                   &rule->value) < 3) {
            fprintf(stderr, "TORPOR_FAULTS: cannot read %s\n", word);
            _exit(99);
        }
        sscanf(place, "%15[^@]@%127s", rule->call, rule->part);
    }
    free(copy);
    if (log_path)
        log_file = (int)syscall(SYS_openat, AT_FDCWD, log_path,
                                O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

__attribute__((destructor)) static void
list_open_files(void)
{
    for (int file = 3; log_file >= 0 && file < 1024; file++) {
        char link[32], line[600] = "left ";
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        ssize_t length = file == log_file ? -1 : readlink(link, line + 5, sizeof line - 6);
        if (length <= 0 || line[5] != '/')
            continue;
        line[5 + length] = '\n';
        syscall(SYS_write, log_file, line, (size_t)length + 6);
    }
}

static int
carry_out(const struct rule *rule)
{
    if (strcmp(rule->what, "short") == 0)
        return SHORT;
    if (strcmp(rule->what, "delay") == 0) {
        usleep((useconds_t)rule->value);
    } else if (strcmp(rule->what, "signal") == 0) {
        kill(getpid(), (int)rule->value);
        while (rule->value == SIGKILL)
            pause();
    } else {
        errno = (int)rule->value;
        return FAIL;
    }
    return GO_ON;
}

static int
is_change(const char *call)
{
    static const char *const changes[] = {"create", "write",  "pwrite",   "fsync",
                                          "rename", "unlink", "ftruncate"};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        if (strcmp(call, changes[i]) == 0)
            return 1;
    return 0;
}

static int
meet(const char *call, const char *path)
{
    int outcome = GO_ON;
    int is_any = is_change(call);
    if (log_file >= 0) {
        char line[600];
        int length = snprintf(line, sizeof line, "%s %s\n", call, path);
        syscall(SYS_write, log_file, line, (size_t)length);
    }
    for (int i = 0; i < n_rules; i++) {
        struct rule *rule = &rules[i];
        int is_meant = strcmp(rule->call, call) == 0 || (is_any && strcmp(rule->call, "any") == 0);
        if (!is_meant || strstr(path, rule->part) == NULL)
            continue;
        long n = atomic_fetch_add(&rule->n_calls, 1) + 1;
        if (n == rule->first || (n > rule->first && rule->plus[0]))
            outcome |= carry_out(rule);
    }
    return outcome;
}

static int
meet_file(const char *call, int file)
{
    char link[32], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    return meet(call, path);
}

/* A name in a folder: "." alone would say too little. */
static int
meet_name(const char *call, int folder, const char *name)
{
    char link[32], path[512];
    if (name[0] == '/' || folder == AT_FDCWD)
        return meet(call, name);
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    if (strcmp(name, ".") == 0)
        return meet(call, path);
    strncat(path, "/", sizeof path - 1 - strlen(path));
    strncat(path, name, sizeof path - 1 - strlen(path));
    return meet(call, path);
}

/* What the call is without us: of the sanitizers, or of the C library. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* ---- open ---- */

#define DEFINE_OPEN(name)                                                                          \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;                             \
        va_end(arguments);                                                                         \
        return meet(flags & O_CREAT ? "create" : "open", path) & FAIL                              \
                   ? -1                                                                            \
                   : REAL(name)(path, flags, mode);                                                \
    }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

#define DEFINE_OPENAT(name)                                                                        \
    int name(int folder, const char *path, int flags, ...)                                         \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;                             \
        va_end(arguments);                                                                         \
        return meet_name(flags & O_CREAT ? "create" : "open", folder, path) & FAIL                 \
                   ? -1                                                                            \
                   : REAL(name)(folder, path, flags, mode);                                        \
    }
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

/* ---- write ---- */

ssize_t
write(int file, const void *bytes, size_t length)
{
    int outcome = meet_file("write", file);
    if (outcome & SHORT && length > 1)
        length /= 2;
    return outcome & FAIL ? -1 : REAL(write)(file, bytes, length);
}

#define DEFINE_PWRITE(name)                                                                        \
    ssize_t name(int file, const void *bytes, size_t length, off_t place)                          \
    {                                                                                              \
        int outcome = meet_file("pwrite", file);                                                   \
        if (outcome & SHORT && length > 1)                                                         \
            length /= 2;                                                                           \
        return outcome & FAIL ? -1 : REAL(name)(file, bytes, length, place);                       \
    }
DEFINE_PWRITE(pwrite)
DEFINE_PWRITE(pwrite64)

int
fsync(int file)
{
    return meet_file("fsync", file) & FAIL ? -1 : REAL(fsync)(file);
}

int
fdatasync(int file)
{
    return meet_file("fsync", file) & FAIL ? -1 : REAL(fdatasync)(file);
}

#define DEFINE_FALLOCATE(name)                                                                     \
    int name(int file, int mode, off_t place, off_t length)                                        \
    {                                                                                              \
        return meet_file("fallocate", file) & FAIL ? -1 : REAL(name)(file, mode, place, length);   \
    }
DEFINE_FALLOCATE(fallocate)
DEFINE_FALLOCATE(fallocate64)

#define DEFINE_FTRUNCATE(name)                                                                     \
    int name(int file, off_t length)                                                               \
    {                                                                                              \
        return meet_file("ftruncate", file) & FAIL ? -1 : REAL(name)(file, length);                \
    }
DEFINE_FTRUNCATE(ftruncate)
DEFINE_FTRUNCATE(ftruncate64)

/* ---- read ---- */

ssize_t
read(int file, void *bytes, size_t length)
{
    int outcome = meet_file("read", file);
    if (outcome & SHORT && length > 1)
        length /= 2;
    return outcome & FAIL ? -1 : REAL(read)(file, bytes, length);
}

#define DEFINE_PREAD(name)                                                                         \
    ssize_t name(int file, void *bytes, size_t length, off_t place)                                \
    {                                                                                              \
        int outcome = meet_file("pread", file);                                                    \
        if (outcome & SHORT && length > 1)                                                         \
            length /= 2;                                                                           \
        return outcome & FAIL ? -1 : REAL(name)(file, bytes, length, place);                       \
    }
DEFINE_PREAD(pread)
DEFINE_PREAD(pread64)

#define DEFINE_FSTAT(name, type)                                                                   \
    int name(int file, struct type *out)                                                           \
    {                                                                                              \
        return meet_file("stat", file) & FAIL ? -1 : REAL(name)(file, out);                        \
    }
DEFINE_FSTAT(fstat, stat)
DEFINE_FSTAT(fstat64, stat64)

#define DEFINE_FSTATAT(name, type)                                                                 \
    int name(int folder, const char *path, struct type *out, int flags)                            \
    {                                                                                              \
        return meet_name("stat", folder, path) & FAIL ? -1 : REAL(name)(folder, path, out, flags); \
    }
DEFINE_FSTATAT(fstatat, stat)
DEFINE_FSTATAT(fstatat64, stat64)

#define DEFINE_STAT(name, type)                                                                    \
    int name(const char *path, struct type *out)                                                   \
    {                                                                                              \
        return meet("stat", path) & FAIL ? -1 : REAL(name)(path, out);                             \
    }
DEFINE_STAT(stat, stat)
DEFINE_STAT(stat64, stat64)

/* ---- files, otherwise ---- */

int
close(int file)
{
    int outcome = meet_file("close", file);
    int failure = errno;
    int result = REAL(close)(file);
    if (!(outcome & FAIL))
        return result;
    errno = failure;
    return -1;
}

int
flock(int file, int operation)
{
    return meet_file("flock", file) & FAIL ? -1 : REAL(flock)(file, operation);
}

/* ---- names ---- */

int
mkdir(const char *path, mode_t mode)
{
    return meet("mkdir", path) & FAIL ? -1 : REAL(mkdir)(path, mode);
}

int
mkdirat(int folder, const char *path, mode_t mode)
{
    return meet_name("mkdir", folder, path) & FAIL ? -1 : REAL(mkdirat)(folder, path, mode);
}

int
renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    return meet_name("rename", to_folder, to) & FAIL
               ? -1
               : REAL(renameat2)(from_folder, from, to_folder, to, flags);
}

int
rename(const char *from, const char *to)
{
    return meet("rename", to) & FAIL ? -1 : REAL(rename)(from, to);
}

int
renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return meet_name("rename", to_folder, to) & FAIL
               ? -1
               : REAL(renameat)(from_folder, from, to_folder, to);
}

int
linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    return meet_name("link", to_folder, to) & FAIL
               ? -1
               : REAL(linkat)(from_folder, from, to_folder, to, flags);
}

int
unlink(const char *path)
{
    return meet("unlink", path) & FAIL ? -1 : REAL(unlink)(path);
}

int
unlinkat(int folder, const char *path, int flags)
{
    return meet_name("unlink", folder, path) & FAIL ? -1 : REAL(unlinkat)(folder, path, flags);
}

/* ---- means ---- */

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
               void *data)
{
    return meet("thread", "") & FAIL ? errno : REAL(pthread_create)(thread, attributes, run, data);
}

/* Of GLib, which is not among the libraries that come next: the plugin brings it. */
#define GLIB(name) ((__typeof__(&name))dlsym(dlopen("libglib-2.0.so.0", RTLD_LAZY), #name))

void *
g_try_malloc(size_t bytes)
{
    return meet("try", "") & FAIL ? NULL : GLIB(g_try_malloc)(bytes);
}

void *
g_try_malloc0(size_t bytes)
{
    return meet("try", "") & FAIL ? NULL : GLIB(g_try_malloc0)(bytes);
}

void *
g_try_malloc_n(size_t n, size_t bytes)
{
    return meet("try", "") & FAIL ? NULL : GLIB(g_try_malloc_n)(n, bytes);
}

void *
g_try_malloc0_n(size_t n, size_t bytes)
{
    return meet("try", "") & FAIL ? NULL : GLIB(g_try_malloc0_n)(n, bytes);
}

int
clock_gettime(clockid_t clock, struct timespec *out)
{
    int result = REAL(clock_gettime)(clock, out);
    for (int i = 0; clock == CLOCK_REALTIME && i < n_rules; i++)
        if (strcmp(rules[i].call, "clock") == 0 &&
            atomic_fetch_add(&rules[i].n_calls, 1) + 1 >= rules[i].first)
            out->tv_sec -= rules[i].value;
    return result;
}

pid_t
fork(void)
{
    return meet("fork", "") & FAIL ? -1 : REAL(fork)();
}

int
madvise(void *address, size_t length, int advice)
{
    if (advice == MADV_POPULATE_WRITE && meet("stage", "") & FAIL)
        return -1;
    return REAL(madvise)(address, length, advice);
}
