/* GLib's own locks are futexes, which ThreadSanitizer does not know: it would call all that they
 * guard a race. Here each of them tells it. Linked with --wrap into the build for thread only;
 * every real race is still seen. */
#include <glib.h>
#include <sanitizer/tsan_interface.h>

void __real_g_mutex_lock(GMutex *mutex);
gboolean __real_g_mutex_trylock(GMutex *mutex);
void __real_g_mutex_unlock(GMutex *mutex);
void __real_g_cond_wait(GCond *cond, GMutex *mutex);
gboolean __real_g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time);
GThreadPool *__real_g_thread_pool_new(GFunc func, gpointer user_data, gint max_threads,
                                      gboolean exclusive, GError **error);
gboolean __real_g_thread_pool_push(GThreadPool *pool, gpointer data, GError **error);
void __real_g_thread_pool_free(GThreadPool *pool, gboolean immediate, gboolean wait);

void __wrap_g_mutex_lock(GMutex *mutex);
gboolean __wrap_g_mutex_trylock(GMutex *mutex);
void __wrap_g_mutex_unlock(GMutex *mutex);
void __wrap_g_cond_wait(GCond *cond, GMutex *mutex);
gboolean __wrap_g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time);
GThreadPool *__wrap_g_thread_pool_new(GFunc func, gpointer user_data, gint max_threads,
                                      gboolean exclusive, GError **error);
gboolean __wrap_g_thread_pool_push(GThreadPool *pool, gpointer data, GError **error);
void __wrap_g_thread_pool_free(GThreadPool *pool, gboolean immediate, gboolean wait);

void
__wrap_g_mutex_lock(GMutex *mutex)
{
    __real_g_mutex_lock(mutex);
    __tsan_acquire(mutex);
}

gboolean
__wrap_g_mutex_trylock(GMutex *mutex)
{
    gboolean locked = __real_g_mutex_trylock(mutex);
    if (locked)
        __tsan_acquire(mutex);
    return locked;
}

void
__wrap_g_mutex_unlock(GMutex *mutex)
{
    __tsan_release(mutex);
    __real_g_mutex_unlock(mutex);
}

void
__wrap_g_cond_wait(GCond *cond, GMutex *mutex)
{
    __tsan_release(mutex);
    __real_g_cond_wait(cond, mutex);
    __tsan_acquire(mutex);
}

gboolean
__wrap_g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time)
{
    __tsan_release(mutex);
    gboolean signalled = __real_g_cond_wait_until(cond, mutex, end_time);
    __tsan_acquire(mutex);
    return signalled;
}

/* A pool's queue: what was pushed before a task began, and what a task did before the pool was
 * freed, has happened before. */
typedef struct {
    GFunc func;
    gpointer user_data;
    char pushed, done; /* their addresses stand for the two edges */
} Pool;

static void
run_task(gpointer data, gpointer user_data)
{
    Pool *pool = user_data;
    __tsan_acquire(&pool->pushed);
    pool->func(data, pool->user_data);
    __tsan_release(&pool->done);
}

GThreadPool *
__wrap_g_thread_pool_new(GFunc func, gpointer user_data, gint max_threads, gboolean exclusive,
                         GError **error)
{
    Pool *pool = g_new0(Pool, 1);
    pool->func = func;
    pool->user_data = user_data;
    return __real_g_thread_pool_new(run_task, pool, max_threads, exclusive, error);
}

gboolean
__wrap_g_thread_pool_push(GThreadPool *pool, gpointer data, GError **error)
{
    Pool *ours = pool->user_data;
    __tsan_release(&ours->pushed);
    return __real_g_thread_pool_push(pool, data, error);
}

void
__wrap_g_thread_pool_free(GThreadPool *pool, gboolean immediate, gboolean wait)
{
    Pool *ours = pool->user_data;
    __real_g_thread_pool_free(pool, immediate, wait);
    __tsan_acquire(&ours->done);
    if (wait)
        g_free(ours);
}
