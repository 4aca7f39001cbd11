/* base/in_flight.c: waiting for jobs, and a fork among them. */
#include "base/in_flight.h"

#include <sys/wait.h>
#include <unistd.h>

static gint n_done; /* atomic */

static gpointer
end_later(gpointer in_flight)
{
    g_usleep(20000);
    g_atomic_int_inc(&n_done);
    torpor_in_flight_end(in_flight);
    return NULL;
}

static void
test_wait(void)
{
    TorporInFlight in_flight = {0};
    torpor_in_flight_wait(&in_flight); /* there are none */
    g_atomic_int_set(&n_done, 0);
    GThread *threads[3];
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
        torpor_in_flight_begin(&in_flight);
        threads[i] = g_thread_new("job", end_later, &in_flight);
    }
    torpor_in_flight_wait(&in_flight);
    g_assert_cmpint(g_atomic_int_get(&n_done), ==, 3);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        (void)g_thread_join(threads[i]);
}

/* A job of the parent's never ends in the child, which would wait for ever. */
static void
test_fork(void)
{
    TorporInFlight in_flight = {0};
    torpor_in_flight_begin(&in_flight);
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(10);
        torpor_in_flight_wait(&in_flight);
        torpor_in_flight_begin(&in_flight);
        torpor_in_flight_end(&in_flight);
        torpor_in_flight_wait(&in_flight);
        _exit(0);
    }
    int status;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
    torpor_in_flight_end(&in_flight);
    torpor_in_flight_wait(&in_flight);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/in-flight/wait", test_wait);
    g_test_add_func("/in-flight/fork", test_fork);
    return g_test_run();
}
