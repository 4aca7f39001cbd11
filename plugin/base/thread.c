#include "base/thread.h"

#include <signal.h>

static gboolean is_forbidden;

void
torpor_thread_forbid(void)
{
    is_forbidden = TRUE;
}

gboolean
torpor_thread_is_forbidden(void)
{
    return is_forbidden;
}

GThread *
torpor_thread_try_new(const char *name, GThreadFunc function, gpointer data, GError **error)
{
    /* A thread may run the host's accessors: the host's handlers see their faults. */
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigset_t blocked, before;
    if (is_forbidden)
        return NULL;
    (void)sigfillset(&blocked);
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++)
        (void)sigdelset(&blocked, faults[i]);
    (void)pthread_sigmask(SIG_SETMASK, &blocked, &before); /* inherited by the thread */
    GThread *thread = g_thread_try_new(name, function, data, error);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return thread;
}
