#include "limits.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What does not depend on the input costs nothing: the buffers of the threads that verify a file,
 * and the tables of all units that the process has seen. */
#define FREE_BYTES ((int64_t)5 << 20)
/* A byte such as nil becomes a node of a tree, and keys are checked in a table. */
#define BYTES_PER_BYTE 128
#define FREE_SECONDS 0.5
#define SECONDS_PER_BYTE 20e-6

static atomic_llong live_bytes;
static atomic_llong limit = INT64_MAX;
static atomic_llong most_live;
static int64_t begin_bytes;
static size_t input_length;
static double begin_seconds;
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

static void
count(int64_t bytes)
{
    int64_t now = atomic_fetch_add(&live_bytes, bytes) + bytes;
    if (now > atomic_load(&most_live))
        atomic_store(&most_live, now);
    if (now > atomic_load(&limit))
        refuse_memory(now - begin_bytes);
}

/* A request is checked before it is made: one that fails is a request, too. */
static void
check_request(size_t bytes)
{
    int64_t most = atomic_load(&limit);
    if (most != INT64_MAX && bytes > (size_t)most)
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
        count(-(int64_t)__sanitizer_get_allocated_size((const void *)memory));
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

static void *
counted(void *memory)
{
    count((int64_t)malloc_usable_size(memory));
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
    int64_t before = (int64_t)malloc_usable_size(memory);
    void *moved = __libc_realloc(memory, bytes);
    if (moved != NULL || bytes == 0)
        count((int64_t)malloc_usable_size(moved) - before);
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
    count(-(int64_t)malloc_usable_size(memory));
    __libc_free(memory);
}

#endif

static double
processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void
fuzz_limits_begin(size_t length)
{
    input_length = length;
    begin_seconds = processor_seconds();
    begin_bytes = atomic_load(&live_bytes);
    atomic_store(&most_live, begin_bytes);
    atomic_store(&limit, begin_bytes + FREE_BYTES + (int64_t)length * BYTES_PER_BYTE);
}

void
fuzz_limits_end(void)
{
    atomic_store(&limit, INT64_MAX);
    double used = processor_seconds() - begin_seconds;
    if (used > FREE_SECONDS + SECONDS_PER_BYTE * (double)input_length) {
        fprintf(stderr, "fuzz: %g s of processor time for an input of %zu bytes\n", used,
                input_length);
        abort();
    }
    double paid = (double)(atomic_load(&most_live) - begin_bytes) - (double)FREE_BYTES;
    if (input_length > 0 && paid / (double)input_length > most_per_byte)
        most_per_byte = paid / (double)input_length;
}

double
fuzz_limits_most_memory(void)
{
    return most_per_byte;
}
