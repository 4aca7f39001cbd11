#include "session/signals.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

static volatile sig_atomic_t n_host_calls;

static void
host_handler(int number)
{
    (void)number;
    n_host_calls++;
}

static void
install(const char *names)
{
    GError *error = NULL;
    g_autoptr(GArray) numbers = torpor_signals_parse(names, &error);
    g_assert_no_error(error);
    torpor_signals_install(numbers, &error);
    g_assert_no_error(error);
}

static void
test_parse(void)
{
    GError *error = NULL;
    g_autoptr(GArray) two = torpor_signals_parse("TERM, sigusr1", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(two->len, ==, 2);
    g_assert_cmpint(g_array_index(two, int, 1), ==, SIGUSR1);
    g_autoptr(GArray) none = torpor_signals_parse("none", &error);
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_null(torpor_signals_parse("TERM,KILL", &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
    g_assert_nonnull(g_strstr_len(error->message, -1, "'KILL'"));
    g_clear_error(&error);
}

static void
test_chain_and_restore(void)
{
    signal(SIGUSR1, host_handler);
    install("USR1,TERM");
    n_host_calls = 0;
    g_assert_cmpint(torpor_signals_pending(), ==, 0);
    raise(SIGUSR1);
    g_assert_cmpint(torpor_signals_pending(), ==, SIGUSR1);
    g_assert_cmpint(n_host_calls, ==, 1);
    g_assert_cmpint(torpor_signals_remove(), ==, SIGUSR1);
    g_assert_cmpint(torpor_signals_pending(), ==, 0);
    struct sigaction now;
    sigaction(SIGUSR1, NULL, &now);
    g_assert_true(now.sa_handler == host_handler);
    sigaction(SIGTERM, NULL, &now);
    g_assert_true(now.sa_handler == SIG_DFL);
}

static void
test_two_sessions(void)
{
    install("USR2");
    install("USR2");
    g_assert_cmpint(torpor_signals_remove(), ==, 0);
    raise(SIGUSR2); /* would end the process had the first removal taken the handler away */
    g_assert_cmpint(torpor_signals_pending(), ==, SIGUSR2);
    g_assert_cmpint(torpor_signals_remove(), ==, SIGUSR2);
    struct sigaction now;
    sigaction(SIGUSR2, NULL, &now);
    g_assert_true(now.sa_handler == SIG_DFL);
}

static void
test_ignored_stays_ignored(void)
{
    signal(SIGHUP, SIG_IGN);
    install("HUP");
    raise(SIGHUP);
    g_assert_cmpint(torpor_signals_remove(), ==, 0);
    signal(SIGHUP, SIG_DFL);
}

/* How a child ends that gets SIGTERM n_times, so many microseconds apart. */
static int
status_after(int n_times, gulong apart_us, gboolean raise_again)
{
    pid_t child = fork();
    if (child == 0) {
        install("TERM");
        for (int i = 0; i < n_times; i++) {
            g_usleep(apart_us);
            raise(SIGTERM);
        }
        int number = torpor_signals_remove();
        if (raise_again)
            raise(number);
        _exit(7);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    return status;
}

static gboolean
ended_by_term(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
}

static gboolean
went_on(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static void
test_second_stops_at_once(void)
{
    g_assert_true(went_on(status_after(1, 0, FALSE)));
    g_assert_true(ended_by_term(status_after(2, 60000, FALSE)));
}

/* timeout(1) sends each signal twice. */
static void
test_sent_twice(void)
{
    gint64 begin = g_get_monotonic_time();
    int status = status_after(2, 0, FALSE);
    if (g_get_monotonic_time() - begin < 20000) /* not on a machine that stood still */
        g_assert_true(went_on(status));
}

static void
test_true_status(void)
{
    g_assert_true(ended_by_term(status_after(1, 0, TRUE)));
}

/* A child that the host forks can be ended, as ever. */
static void
test_forked_child(void)
{
    install("TERM");
    pid_t child = fork();
    if (child == 0) {
        raise(SIGTERM);
        _exit(7);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(ended_by_term(status));
    g_assert_cmpint(torpor_signals_remove(), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signals/parse/names-the-word", test_parse);
    g_test_add_func("/signals/handler/chains-and-is-restored", test_chain_and_restore);
    g_test_add_func("/signals/two-sessions/last-one-restores", test_two_sessions);
    g_test_add_func("/signals/ignored/stays-ignored", test_ignored_stays_ignored);
    g_test_add_func("/signals/second/stops-at-once", test_second_stops_at_once);
    g_test_add_func("/signals/second/sent-twice-is-the-same", test_sent_twice);
    g_test_add_func("/signals/raise/true-status", test_true_status);
    g_test_add_func("/signals/fork/child-as-without", test_forked_child);
    return g_test_run();
}
