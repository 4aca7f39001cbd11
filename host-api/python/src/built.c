/* A value on its way to a file: the tree, what it borrows, and the staging of its arrays. */
#include "ext.h"

#include <string.h>
#include <sys/mman.h>

static void
let_go(gpointer object)
{
    Py_DECREF((PyObject *)object);
}

Built *
built_new(void)
{
    Built *built = g_new0(Built, 1);
    built->tree = torpor_tree_new();
    built->kept = g_ptr_array_new_with_free_func(let_go);
    built->arrays = g_ptr_array_new();
    built->owners = g_ptr_array_new_with_free_func(let_go);
    return built;
}

void
built_free(Built *built)
{
    torpor_tree_free(built->tree);
    g_ptr_array_unref(built->kept);
    g_ptr_array_unref(built->arrays);
    g_ptr_array_unref(built->owners);
    g_free(built);
}

#define BUILT_NAME "torpor.built"

Built *
built_get(PyObject *capsule)
{
    return PyCapsule_GetPointer(capsule, BUILT_NAME);
}

static void
destroy_built(PyObject *capsule)
{
    built_free(built_get(capsule));
}

PyObject *
built_capsule(Built *built)
{
    PyObject *capsule = PyCapsule_New(built, BUILT_NAME, destroy_built);
    if (capsule == NULL)
        built_free(built);
    return capsule;
}

/* ---- staging ---- */

typedef struct {
    guint8 *memory;
    guint64 size;
} Pool;

#define POOL_NAME "torpor.pool"
#define POOL_ALIGNMENT ((guint64)64)

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

/* Faulted in here, in huge pages where there are any, so that copying never waits for memory. */
static gboolean
pool_reserve(Pool *pool, guint64 size)
{
    if (size <= pool->size)
        return TRUE;
    pool_release(pool);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return FALSE;
    madvise(memory, size, MADV_HUGEPAGE);
    *pool = (Pool){.memory = memory, .size = size};
    for (guint64 place = 0; place < size; place += 4096)
        pool->memory[place] = 0;
    return TRUE;
}

static guint64
staged_bytes(const TorporArray *array)
{
    return (array->byte_length + POOL_ALIGNMENT - 1) / POOL_ALIGNMENT * POOL_ALIGNMENT;
}

static void
copy_arrays(Built *built, guint8 *to)
{
    for (guint i = 0; i < built->arrays->len; i++) {
        TorporArray *array = g_ptr_array_index(built->arrays, i);
        if (array->produce != NULL) /* gathers, which cannot fail */
            (void)array->produce(array->produce_data, 0, array->byte_length, to, NULL);
        else if (array->byte_length > 0)
            memcpy(to, array->data, array->byte_length);
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
    if (reserved)
        copy_arrays(built, pool->memory);
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
