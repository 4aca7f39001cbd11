#include "base/child.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/thread.h"

static int memory = 1;

static gpointer
do_nothing(gpointer data)
{
    return data;
}

/* Reads the memory as it was at the fork, and has no threads. */
static gboolean
read_memory(gpointer data, TorporChild *child, gpointer result, GError **error)
{
    (void)data;
    (void)error;
    while (memory == 1 && !torpor_child_is_wanted(child))
        g_usleep(100);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    gboolean has_thread = torpor_thread_try_new("none", do_nothing, NULL, NULL) != NULL;
    int *out = result;
    out[0] = memory;
    out[1] = has_thread;
    out[2] = sigismember(&mask, SIGTERM);
    return TRUE;
}

static void
test_result(void)
{
    g_autoptr(GError) error = NULL;
    union {
        int numbers[3];
        char room[TORPOR_CHILD_RESULT_BYTES];
    } result;
    memory = 1;
    g_autoptr(TorporChild) child = torpor_child_start(read_memory, NULL, &error);
    g_assert_no_error(error);
    memory = 2;
    g_assert_true(torpor_child_wait(child, NULL, NULL, result.room, &error));
    g_assert_cmpint(result.numbers[0], ==, 1);
    g_assert_cmpint(result.numbers[1], ==, FALSE);
    g_assert_cmpint(result.numbers[2], ==, 1);
    GThread *thread = torpor_thread_try_new("here", do_nothing, NULL, NULL);
    g_assert_nonnull(thread);
    g_thread_join(thread);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    g_assert_cmpint(sigismember(&mask, SIGTERM), ==, 0);
}

static gboolean
ask_and_fail(gpointer data, TorporChild *child, gpointer result, GError **error)
{
    (void)data;
    (void)result;
    g_autofree char *first = torpor_child_ask(child);
    g_autofree char *second = torpor_child_ask(child);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_SPACE, "%s, %s", first,
                second == NULL ? "no more" : second);
    return FALSE;
}

static char *
answer_once(gpointer data)
{
    guint *n_asked = data;
    return (*n_asked)++ == 0 ? g_strdup("room") : NULL;
}

static void
test_question_and_error(void)
{
    g_autoptr(GError) error = NULL;
    char result[TORPOR_CHILD_RESULT_BYTES];
    guint n_asked = 0;
    g_autoptr(TorporChild) child = torpor_child_start(ask_and_fail, NULL, &error);
    g_assert_false(torpor_child_wait(child, answer_once, &n_asked, result, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_SPACE);
    g_assert_cmpstr(error->message, ==, "room, no more");
    g_assert_cmpuint(n_asked, ==, 2);
}

static gboolean
die(gpointer data, TorporChild *child, gpointer result, GError **error)
{
    (void)child;
    (void)result;
    (void)error;
    (void)raise(GPOINTER_TO_INT(data));
    return TRUE;
}

static void
test_killed(void)
{
    g_autoptr(GError) error = NULL;
    char result[TORPOR_CHILD_RESULT_BYTES];
    g_autoptr(TorporChild) child = torpor_child_start(die, GINT_TO_POINTER(SIGKILL), &error);
    g_assert_false(torpor_child_wait(child, NULL, NULL, result, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_IO);
    g_assert_nonnull(strstr(error->message, "by signal Killed"));
    int status;
    g_assert_cmpint(waitpid(-1, &status, WNOHANG), ==, -1); /* no zombie is left */
}

/* The host's own child stays for the host to wait for, and its handler may reap ours. */
static void
test_other_children(void)
{
    g_autoptr(GError) error = NULL;
    char result[TORPOR_CHILD_RESULT_BYTES];
    pid_t own = fork();
    if (own == 0)
        _exit(7);
    for (int ignored = 0; ignored < 2; ignored++) {
        g_autoptr(TorporChild) child = torpor_child_start(read_memory, NULL, &error);
        g_assert_true(torpor_child_wait(child, NULL, NULL, result, &error));
        g_assert_no_error(error);
    }
    int status;
    g_assert_cmpint(waitpid(own, &status, 0), ==, own);
    g_assert_cmpint(WEXITSTATUS(status), ==, 7);
    (void)signal(SIGCHLD, SIG_IGN); /* the system reaps them all */
    g_autoptr(TorporChild) child = torpor_child_start(read_memory, NULL, &error);
    g_assert_true(torpor_child_wait(child, NULL, NULL, result, &error));
    g_autoptr(TorporChild) killed = torpor_child_start(die, GINT_TO_POINTER(SIGKILL), NULL);
    g_assert_false(torpor_child_wait(killed, NULL, NULL, result, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_IO);
    (void)signal(SIGCHLD, SIG_DFL);
}

static void
must_not_run(void)
{
    (void)!write(STDERR_FILENO, "an exit handler ran in the child\n", 33);
    _exit(1);
}

static void
test_no_exit_handlers(void)
{
    pid_t process = fork();
    if (process == 0) {
        char result[TORPOR_CHILD_RESULT_BYTES];
        (void)atexit(must_not_run);
        g_autoptr(TorporChild) child = torpor_child_start(read_memory, NULL, NULL);
        gboolean is_fine = torpor_child_wait(child, NULL, NULL, result, NULL);
        _exit(is_fine ? 0 : 2);
    }
    int status;
    g_assert_cmpint(waitpid(process, &status, 0), ==, process);
    g_assert_cmpint(status, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/child/result/memory-as-it-was", test_result);
    g_test_add_func("/child/question/answered-then-error", test_question_and_error);
    g_test_add_func("/child/killed/reported-and-reaped", test_killed);
    g_test_add_func("/child/others/left-alone", test_other_children);
    g_test_add_func("/child/exit/no-handlers", test_no_exit_handlers);
    return g_test_run();
}
