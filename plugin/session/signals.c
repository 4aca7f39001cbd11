#include "session/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

/* What the handler needs: plain memory, valid for the life of the process (the plugin is never
 * unmapped). A handler that somebody stacked above ours may call it long after removal; it then
 * only chains. */
static struct sigaction before[NSIG];
static gint is_installed[NSIG]; /* atomic: other threads may attach and detach meanwhile */
static gint pending_number;     /* atomic; 0: none */
static gint pending_ms;         /* atomic: when it came; 0: none did */
static gint process;            /* atomic: that installed the handlers, not one forked from it */

#define SAME_SIGNAL_MS 50

static GMutex install_lock;
static guint n_installs;

static const struct {
    const char *name;
    int number;
} stop_signals[] = {
    {"SIGTERM", SIGTERM}, {"SIGUSR1", SIGUSR1},     {"SIGUSR2", SIGUSR2}, {"SIGINT", SIGINT},
    {"SIGHUP", SIGHUP},   {"SIGQUIT", SIGQUIT},     {"SIGXCPU", SIGXCPU}, {"SIGALRM", SIGALRM},
    {"SIGCONT", SIGCONT}, {"SIGVTALRM", SIGVTALRM}, {"SIGPWR", SIGPWR},
};

const char *
torpor_signal_name(int number)
{
    for (gsize i = 0; i < G_N_ELEMENTS(stop_signals); i++) {
        if (stop_signals[i].number == number)
            return stop_signals[i].name;
    }
    return "an unknown signal";
}

/* With or without SIG in front. */
static int
number_of(const char *name)
{
    gsize prefix = g_ascii_strncasecmp(name, "SIG", 3) == 0 ? 0 : 3;
    for (gsize i = 0; i < G_N_ELEMENTS(stop_signals); i++) {
        if (g_ascii_strcasecmp(name, stop_signals[i].name + prefix) == 0)
            return stop_signals[i].number;
    }
    return 0;
}

GArray *
torpor_signals_parse(const char *names, GError **error)
{
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int));
    if (names[0] == '\0' || g_ascii_strcasecmp(names, "none") == 0)
        return g_steal_pointer(&numbers);
    g_auto(GStrv) words = g_strsplit(names, ",", -1);
    for (gsize i = 0; words[i] != NULL; i++) {
        int number = number_of(g_strstrip(words[i]));
        if (number == 0) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                        "expected none, or signals to stop on such as TERM,USR1,USR2,INT,HUP,QUIT,"
                        "XCPU, not '%s'",
                        words[i]);
            return NULL;
        }
        g_array_append_val(numbers, number);
    }
    return g_steal_pointer(&numbers);
}

static gint
odd_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (gint)((guint)now.tv_sec * 1000 + (guint)(now.tv_nsec / 1000000)) | 1;
}

/* Note the signal if it is the first one. Several threads may be here at the same time. */
static gboolean
note(int number)
{
    gint now_ms = odd_now_ms();
    if (g_atomic_int_get(&process) != getpid())
        return FALSE;
    if (!g_atomic_int_compare_and_exchange(&pending_ms, 0, now_ms))
        return (guint)now_ms - (guint)g_atomic_int_get(&pending_ms) < SAME_SIGNAL_MS;
    g_atomic_int_set(&pending_number, number);
    return TRUE;
}

/* Async-signal-safe. */
static void
on_signal(int number, siginfo_t *info, void *context)
{
    int saved_errno = errno;
    const struct sigaction *host = &before[number];
    if (g_atomic_int_get(&is_installed[number]) && !note(number)) {
        (void)sigaction(number, host, NULL);
        (void)raise(number); /* delivered when this handler returns */
    } else if (host->sa_flags & SA_SIGINFO) {
        host->sa_sigaction(number, info, context);
    } else if (host->sa_handler != SIG_DFL && host->sa_handler != SIG_IGN) {
        host->sa_handler(number);
    }
    errno = saved_errno;
}

static gboolean
is_ours(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == on_signal;
}

static gboolean
install_one(int number, GError **error)
{
    struct sigaction found = {.sa_flags = 0};
    if (sigaction(number, NULL, &found) != 0) {
        torpor_error_set_errno(error, errno, "signals: cannot ask about %s",
                               torpor_signal_name(number));
        return FALSE;
    }
    gboolean is_ignored = !(found.sa_flags & SA_SIGINFO) && found.sa_handler == SIG_IGN;
    if (is_ignored || g_atomic_int_get(&is_installed[number]))
        return TRUE;
    /* Ours: it still is, under a handler of somebody else's. The same: a handler that was late may
     * be reading it. */
    if (!is_ours(&found) && memcmp(&before[number], &found, sizeof found) != 0)
        before[number] = found;
    g_atomic_int_set(&is_installed[number], 1);
    struct sigaction ours = {.sa_flags = SA_SIGINFO | SA_RESTART | (found.sa_flags & SA_ONSTACK)};
    ours.sa_sigaction = on_signal;
    (void)sigemptyset(&ours.sa_mask);
    if (sigaction(number, &ours, NULL) != 0) {
        g_atomic_int_set(&is_installed[number], 0);
        torpor_error_set_errno(error, errno, "signals: cannot handle %s",
                               torpor_signal_name(number));
        return FALSE;
    }
    return TRUE;
}

/* Returns what came until the host's handlers were back. */
static int
remove_all(void)
{
    for (int number = 1; number < NSIG; number++) {
        struct sigaction now;
        if (g_atomic_int_get(&is_installed[number]) && sigaction(number, NULL, &now) == 0 &&
            is_ours(&now))
            (void)sigaction(number, &before[number], NULL);
        g_atomic_int_set(&is_installed[number], 0);
    }
    int number = g_atomic_int_get(&pending_number);
    g_atomic_int_set(&pending_number, 0);
    g_atomic_int_set(&pending_ms, 0);
    return number;
}

gboolean
torpor_signals_install(const GArray *numbers, GError **error)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&install_lock);
    (void)locker;
    g_atomic_int_set(&process, getpid());
    for (guint i = 0; i < numbers->len; i++) {
        if (!install_one(g_array_index(numbers, int, i), error)) {
            if (n_installs == 0)
                (void)remove_all();
            return FALSE;
        }
    }
    n_installs++;
    return TRUE;
}

int
torpor_signals_remove(void)
{
    g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&install_lock);
    (void)locker;
    return n_installs > 0 && --n_installs == 0 ? remove_all() : 0;
}

int
torpor_signals_pending(void)
{
    return g_atomic_int_get(&pending_number);
}
