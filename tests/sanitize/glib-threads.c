/* GLib's own locks are futexes, which ThreadSanitizer does not know: it would call all that they
 * guard a race. Here each of them informs it; so does what GLib initializes once. Linked with
 * --wrap into the build for thread only; every real race is still seen. */
#include <glib.h>
#include <sanitizer/tsan_interface.h>

void __real_g_mutex_lock(GMutex *mutex);
gboolean __real_g_mutex_trylock(GMutex *mutex);
void __real_g_mutex_unlock(GMutex *mutex);
void __real_g_cond_wait(GCond *cond, GMutex *mutex);
gboolean __real_g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time);

gboolean __real_g_once_init_enter(volatile void *location);
void __real_g_once_init_leave(volatile void *location, gsize result);

static void __attribute__((constructor)) initialize_glib(void);
void __wrap_g_mutex_lock(GMutex *mutex);
gboolean __wrap_g_mutex_trylock(GMutex *mutex);
void __wrap_g_mutex_unlock(GMutex *mutex);
void __wrap_g_cond_wait(GCond *cond, GMutex *mutex);
gboolean __wrap_g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time);
gboolean __wrap_g_once_init_enter(volatile void *location);
void __wrap_g_once_init_leave(volatile void *location, gsize result);

/* What GLib allocates at its first use, under a lock of its own that cannot be wrapped: the lock of
 * its error domains, and the host's name. Use them before there are threads. */
static void
initialize_glib(void)
{
    g_error_free(g_error_new_literal(G_FILE_ERROR, 0, "first"));
    g_get_host_name();
}

/* FALSE: another thread has initialized it. The macro of this name first looks at *location itself,
 * by an atomic operation that the sanitizer sees. */
gboolean
__wrap_g_once_init_enter(volatile void *location)
{
    gboolean must_initialize = __real_g_once_init_enter(location);
    if (!must_initialize)
        __tsan_acquire((void *)location);
    return must_initialize;
}

void
__wrap_g_once_init_leave(volatile void *location, gsize result)
{
    __tsan_release((void *)location);
    __real_g_once_init_leave(location, result);
}

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
