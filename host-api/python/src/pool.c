#include "pool.h"

#include <string.h>
#include <sys/mman.h>

#include "built.h"
#include "host/parallel.h"
#include "memory.h"

typedef struct {
    guint8 *memory;
    guint64 size;
    gboolean is_fresh; /* nothing was written to it */
} Pool;

#define POOL_NAME "torpor.pool"
#define POOL_ALIGNMENT ((guint64)64)

/* At most this many threads copy, one for each so many bytes. */
#define MAX_THREADS 4u
#define THREAD_BYTES ((guint64)32 << 20)

static void
pool_release(Pool *pool)
{
    if (pool->memory != NULL)
        munmap(pool->memory, pool->size);
    *pool = (Pool){0};
}

static void
destroy_pool(PyObject *capsule)
{
    Pool *pool = PyCapsule_GetPointer(capsule, POOL_NAME);
    pool_release(pool);
    g_free(pool);
}

PyObject *
pool_new(void)
{
    Pool *pool = g_new0(Pool, 1);
    PyObject *capsule = PyCapsule_New(pool, POOL_NAME, destroy_pool);
    if (capsule == NULL)
        g_free(pool);
    return capsule;
}

static gboolean
pool_reserve(Pool *pool, guint64 size)
{
    if (size <= pool->size)
        return TRUE;
    pool_release(pool);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return FALSE;
    *pool = (Pool){.memory = memory, .size = size, .is_fresh = TRUE};
    return TRUE;
}

static guint64
staged_bytes(const TorporArray *array)
{
    return (array->byte_length + POOL_ALIGNMENT - 1) / POOL_ALIGNMENT * POOL_ALIGNMENT;
}

/* The part of an array that lies between `begin` and `end`, counted from its first byte. */
static void
copy_part(const TorporArray *array, guint64 begin, guint64 end, guint8 *to)
{
    if (begin >= end)
        return;
    if (array->produce != NULL) /* gathers, which cannot fail */
        (void)array->produce(array->produce_data, begin, end - begin, to + begin, NULL);
    else
        memcpy(to + begin, (const guint8 *)array->data + begin, end - begin);
}

/* The copy is cut into shares; each thread takes the next one. */
typedef struct {
    const Built *built;
    const Pool *pool;
    guint64 total;
    guint64 share_bytes; /* a multiple of the huge page, and so of any element */
    gint next;           /* atomic */
} Staging;

static void
stage_share(const Staging *staging, guint64 share_begin, guint64 share_end)
{
    guint8 *to = staging->pool->memory;
    if (staging->pool->is_fresh)
        memory_populate_all(to + share_begin, to + share_end);
    guint64 place = 0;
    for (guint i = 0; i < staging->built->arrays->len; i++) {
        const TorporArray *array = g_ptr_array_index(staging->built->arrays, i);
        guint64 begin = CLAMP(share_begin, place, place + array->byte_length);
        guint64 end = CLAMP(share_end, place, place + array->byte_length);
        copy_part(array, begin - place, end - place, to + place);
        place += staged_bytes(array);
    }
}

static void
stage_shares(gpointer data, G_GNUC_UNUSED guint64 thread)
{
    Staging *staging = data;
    for (;;) {
        guint64 begin = (guint64)g_atomic_int_add(&staging->next, 1) * staging->share_bytes;
        if (begin >= staging->total)
            return;
        stage_share(staging, begin, MIN(begin + staging->share_bytes, staging->total));
    }
}

static void
copy_arrays(const Built *built, const Pool *pool, guint64 total)
{
    guint n = torpor_parallel_threads(MIN(MAX_THREADS, 1 + total / THREAD_BYTES));
    guint64 share_bytes = (total / n + HUGE_PAGE_BYTES) & ~(HUGE_PAGE_BYTES - 1);
    Staging staging = {.built = built, .pool = pool, .total = total, .share_bytes = share_bytes};
    torpor_parallel_run(NULL, n, stage_shares, &staging);
}

static void
point_to_staged(const Built *built, guint8 *to)
{
    for (guint i = 0; i < built->arrays->len; i++) {
        TorporArray *array = g_ptr_array_index(built->arrays, i);
        array->data = to;
        array->produce = NULL;
        to += staged_bytes(array);
    }
}

gboolean
pool_stage(PyObject *pool_capsule, PyObject *capsule)
{
    Pool *pool = PyCapsule_GetPointer(pool_capsule, POOL_NAME);
    Built *built = built_get(capsule);
    if (pool == NULL || built == NULL)
        return FALSE;
    guint64 total = POOL_ALIGNMENT;
    for (guint i = 0; i < built->arrays->len; i++)
        total += staged_bytes(g_ptr_array_index(built->arrays, i));
    gboolean reserved;
    Py_BEGIN_ALLOW_THREADS;
    reserved = pool_reserve(pool, total);
    if (reserved) {
        copy_arrays(built, pool, total);
        point_to_staged(built, pool->memory);
        pool->is_fresh = FALSE;
    }
    Py_END_ALLOW_THREADS;
    if (!reserved) {
        PyErr_Format(PyExc_MemoryError,
                     "no memory to stage %llu bytes of arrays; save without async_manager, which "
                     "needs none",
                     (unsigned long long)total);
        return FALSE;
    }
    g_ptr_array_set_size(built->owners, 0);
    Py_INCREF(pool_capsule);
    g_ptr_array_add(built->kept, pool_capsule);
    return TRUE;
}
