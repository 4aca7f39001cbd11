#include "limits.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/single_threaded.h>
#include <time.h>

/* What does not depend on the input costs nothing: the buffers of the threads that verify a file,
 * and the tables of all units that the process has seen. */
#define FREE_BYTES ((int64_t)5 << 20)
/* A byte such as nil becomes a node of a tree, and keys are checked in a table. */
#define BYTES_PER_BYTE 128
#define FREE_SECONDS 0.5
#define SECONDS_PER_BYTE 20e-6
/* Processor time is a system call; the clock is none. So many threads may use it at once. */
#define MAX_THREADS 8
#define SECONDS_BETWEEN_CALLS 0.01

static atomic_llong live_bytes;
static atomic_llong limit = INT64_MAX;
static atomic_llong most_live;
static int64_t begin_bytes;
static size_t input_length;
static double begin_seconds;  /* by the clock */
static double called_seconds; /* by the clock, when processor time was asked for last */
static double called_processor_seconds;
static double most_per_byte;

/* Without stdio, which allocates: this may be called by malloc. */
static void
refuse_memory(int64_t needed)
{
    char text[128];
    atomic_store(&limit, INT64_MAX);
    snprintf(text, sizeof text, "fuzz: %lld bytes of memory for an input of %zu bytes\n",
             (long long)needed, input_length);
    fputs(text, stderr);
    abort();
}

/* Without other threads, no processor has to be locked out, which costs more than all else here. */
static int64_t
add_live(int64_t bytes)
{
    if (!__libc_single_threaded)
        return atomic_fetch_add(&live_bytes, bytes) + bytes;
    int64_t now = atomic_load_explicit(&live_bytes, memory_order_relaxed) + bytes;
    atomic_store_explicit(&live_bytes, now, memory_order_relaxed);
    return now;
}

static void
count(int64_t bytes)
{
    int64_t now = add_live(bytes);
    if (now <= atomic_load_explicit(&most_live, memory_order_relaxed))
        return;
    atomic_store_explicit(&most_live, now, memory_order_relaxed);
    if (now > atomic_load_explicit(&limit, memory_order_relaxed))
        refuse_memory(now - begin_bytes);
}

/* A request is checked before it is made: one that fails is a request, too. */
static void
check_request(size_t bytes)
{
    int64_t most = atomic_load_explicit(&limit, memory_order_relaxed);
    if (bytes > (size_t)most && most != INT64_MAX)
        refuse_memory((int64_t)(bytes > INT64_MAX ? INT64_MAX : bytes));
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_HOOKS 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_HOOKS 1
#endif

#ifdef HAS_HOOKS /* malloc is the sanitizer's */

/* As in sanitizer/allocator_interface.h, which comes with clang only; GCC's libraries have both. */
int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t),
                                              void (*)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *);

static void
on_malloc(const volatile void *memory, size_t bytes)
{
    (void)memory;
    check_request(bytes);
    count((int64_t)bytes);
}

static void
on_free(const volatile void *memory)
{
    if (memory != NULL)
        add_live(-(int64_t)__sanitizer_get_allocated_size((const void *)memory));
}

__attribute__((constructor)) static void
install(void)
{
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}

#else /* malloc is this one, on top of glibc's */

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *memory);

/* As malloc_usable_size, without a call: glibc has the size, and three flags, before the memory. */
static int64_t
size_of(void *memory)
{
    return memory == NULL ? 0 : (int64_t)(((size_t *)memory)[-1] & ~(size_t)7);
}

static void *
counted(void *memory)
{
    count(size_of(memory));
    return memory;
}

__attribute__((visibility("default"))) void *
malloc(size_t bytes)
{
    check_request(bytes);
    return counted(__libc_malloc(bytes));
}

__attribute__((visibility("default"))) void *
calloc(size_t n, size_t bytes)
{
    check_request(n > 0 && bytes > SIZE_MAX / n ? SIZE_MAX : n * bytes);
    return counted(__libc_calloc(n, bytes));
}

__attribute__((visibility("default"))) void *
realloc(void *memory, size_t bytes)
{
    check_request(bytes);
    int64_t before = size_of(memory);
    void *moved = __libc_realloc(memory, bytes);
    if (moved != NULL || bytes == 0)
        count(size_of(moved) - before);
    return moved;
}

__attribute__((visibility("default"))) void *
memalign(size_t alignment, size_t bytes)
{
    check_request(bytes);
    return counted(__libc_memalign(alignment, bytes));
}

__attribute__((visibility("default"))) void *
aligned_alloc(size_t alignment, size_t bytes)
{
    return memalign(alignment, bytes);
}

__attribute__((visibility("default"))) int
posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    *memory = memalign(alignment, bytes);
    return *memory == NULL ? ENOMEM : 0;
}

__attribute__((visibility("default"))) void
free(void *memory)
{
    add_live(-size_of(memory));
    __libc_free(memory);
}

#endif

static double
seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void
fuzz_limits_begin(size_t length)
{
    input_length = length;
    begin_seconds = seconds_of(CLOCK_MONOTONIC);
    if (begin_seconds - called_seconds > SECONDS_BETWEEN_CALLS) {
        called_seconds = begin_seconds;
        called_processor_seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    }
    begin_bytes = atomic_load(&live_bytes);
    atomic_store_explicit(&most_live, begin_bytes, memory_order_relaxed);
    atomic_store_explicit(&limit, begin_bytes + FREE_BYTES + (int64_t)length * BYTES_PER_BYTE,
                          memory_order_relaxed);
}

/* The processor time that was used since begin_seconds, or in up to SECONDS_BETWEEN_CALLS more.
 * If it can only be less than `most`, 0. */
static double
used_seconds(double most)
{
    if ((seconds_of(CLOCK_MONOTONIC) - begin_seconds) * MAX_THREADS < most)
        return 0;
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - called_processor_seconds;
}

void
fuzz_limits_end(void)
{
    atomic_store_explicit(&limit, INT64_MAX, memory_order_relaxed);
    double most = FREE_SECONDS + SECONDS_PER_BYTE * (double)input_length;
    double used = used_seconds(most);
    if (used > most) {
        fprintf(stderr, "fuzz: %g s of processor time for an input of %zu bytes\n", used,
                input_length);
        abort();
    }
    double paid = (double)(atomic_load(&most_live) - begin_bytes) - (double)FREE_BYTES;
    if (input_length > 0 && paid > most_per_byte * (double)input_length)
        most_per_byte = paid / (double)input_length;
}

double
fuzz_limits_most_memory(void)
{
    return most_per_byte;
}
