/* LD_PRELOAD: calls of the system that fail, take their time, or end the process.
 *
 * TORPOR_FAULTS is a list of rules, separated by spaces: CALL[@PART]:N[+]=WHAT
 *   CALL  create write pwrite fsync rename unlink ftruncate thread stage; any: all but the last two
 *   PART  of the path; without it, any path
 *   N     the N-th such call of the process; N+: and all after it
 *   WHAT  errno:NUMBER, signal:NUMBER, delay:MICROSECONDS, or short (half of what was to be
 * written) All rules that match are carried out, in order, before the call. TORPOR_FAULTS_LOG names
 * a file that gets a line "CALL PATH" per call. */
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
#include <sys/mman.h>
#include <sys/syscall.h>
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

static struct rule rules[MAX_RULES];
static int n_rules;
static int log_file = -1;

__attribute__((constructor)) static void
read_rules(void)
{
    const char *text = getenv("TORPOR_FAULTS"), *log_path = getenv("TORPOR_FAULTS_LOG");
    char *copy = strdup(text ? text : ""), *rest = copy, *word;
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
meet(const char *call, const char *path)
{
    int outcome = GO_ON;
    int is_any = strcmp(call, "thread") != 0 && strcmp(call, "stage") != 0;
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

/* What the call is without us: of the sanitizers, or of the C library. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* ---- create ---- */

#define DEFINE_OPEN(name)                                                                          \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;                             \
        va_end(arguments);                                                                         \
        return flags & O_CREAT && meet("create", path) & FAIL ? -1                                 \
                                                              : REAL(name)(path, flags, mode);     \
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
        return flags & O_CREAT && meet("create", path) & FAIL                                      \
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
    return outcome & FAIL ? -1 : REAL(write)(file, bytes, outcome & SHORT ? length / 2 : length);
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

#define DEFINE_FTRUNCATE(name)                                                                     \
    int name(int file, off_t length)                                                               \
    {                                                                                              \
        return meet_file("ftruncate", file) & FAIL ? -1 : REAL(name)(file, length);                \
    }
DEFINE_FTRUNCATE(ftruncate)
DEFINE_FTRUNCATE(ftruncate64)

/* ---- names ---- */

int
rename(const char *from, const char *to)
{
    return meet("rename", to) & FAIL ? -1 : REAL(rename)(from, to);
}

int
renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return meet("rename", to) & FAIL ? -1 : REAL(renameat)(from_folder, from, to_folder, to);
}

int
unlink(const char *path)
{
    return meet("unlink", path) & FAIL ? -1 : REAL(unlink)(path);
}

int
unlinkat(int folder, const char *path, int flags)
{
    return meet("unlink", path) & FAIL ? -1 : REAL(unlinkat)(folder, path, flags);
}

/* ---- means ---- */

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
               void *data)
{
    return meet("thread", "") & FAIL ? errno : REAL(pthread_create)(thread, attributes, run, data);
}

void *
mmap(void *address, size_t length, int protection, int flags, int file, off_t place)
{
    if (flags & MAP_POPULATE && meet("stage", "") & FAIL)
        return MAP_FAILED;
    return REAL(mmap)(address, length, protection, flags, file, place);
}
