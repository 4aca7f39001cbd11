#include "base/worker.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

static gint gate;

static gboolean
wait_for_gate(gpointer data, GError **error)
{
    sigset_t mask;
    (void)error;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    *(gboolean *)data = sigismember(&mask, SIGTERM) == 1;
    while (g_atomic_int_get(&gate) == 0)
        g_usleep(100);
    return TRUE;
}

static gboolean
fail(gpointer data, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_SPACE, "%s", (const char *)data);
    return FALSE;
}

static void
test_busy(void)
{
    g_autoptr(TorporWorker) worker = torpor_worker_new();
    gboolean signals_blocked = FALSE;
    GError *error = NULL;
    gate = 0;
    g_assert_false(torpor_worker_is_busy(worker));
    torpor_worker_start(worker, wait_for_gate, &signals_blocked);
    g_assert_true(torpor_worker_is_busy(worker));
    g_atomic_int_set(&gate, 1);
    g_assert_true(torpor_worker_wait(worker, &error));
    g_assert_false(torpor_worker_is_busy(worker));
    g_assert_true(signals_blocked);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    g_assert_cmpint(sigismember(&mask, SIGTERM), ==, 0);
}

static void
test_error_reported_once(void)
{
    g_autoptr(TorporWorker) worker = torpor_worker_new();
    char text[] = "disk full";
    for (int round = 0; round < 2; round++) {
        GError *error = NULL;
        torpor_worker_start(worker, fail, text);
        g_assert_false(torpor_worker_wait(worker, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_SPACE);
        g_clear_error(&error);
        g_assert_true(torpor_worker_wait(worker, &error));
    }
}

static void
test_fork(void)
{
    g_autoptr(TorporWorker) worker = torpor_worker_new();
    gboolean unused = FALSE;
    gate = 0;
    torpor_worker_start(worker, wait_for_gate, &unused);
    pid_t child = fork();
    if (child == 0) {
        gboolean idle = !torpor_worker_is_busy(worker) && torpor_worker_wait(worker, NULL);
        gate = 1;
        torpor_worker_start(worker, wait_for_gate, &unused);
        gboolean again = torpor_worker_wait(worker, NULL);
        _exit(idle && again ? 0 : 1);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
    g_assert_true(torpor_worker_is_busy(worker));
    g_atomic_int_set(&gate, 1);
    g_assert_true(torpor_worker_wait(worker, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/worker/busy/until-done-signals-blocked", test_busy);
    g_test_add_func("/worker/error/reported-once-next-works", test_error_reported_once);
    if (g_getenv("TSAN_OPTIONS") == NULL) /* TSan cannot start threads after a fork */
        g_test_add_func("/worker/fork/both-sound", test_fork);
    return g_test_run();
}
