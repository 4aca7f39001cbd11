#include "file/release.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/thread.h"

/* Smaller files are freed faster than a thread starts. */
#define SMALL_BYTES ((off_t)4 << 20)

/* All atomic. */
static gint process; /* whose files are counted; after a fork, the child counts its own */
static gint n_in_flight;

int
torpor_release_hold(int folder, const char *name)
{
    return openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static gpointer
free_file(gpointer held)
{
    (void)close(GPOINTER_TO_INT(held));
    (void)g_atomic_int_dec_and_test(&n_in_flight);
    return NULL;
}

static void
count_in_flight(void)
{
    if (g_atomic_int_get(&process) != getpid()) {
        g_atomic_int_set(&n_in_flight, 0);
        g_atomic_int_set(&process, getpid());
    }
    g_atomic_int_inc(&n_in_flight);
}

void
torpor_release(int held)
{
    struct stat status;
    if (held < 0)
        return;
    gboolean is_small = fstat(held, &status) != 0 || status.st_size < SMALL_BYTES;
    count_in_flight();
    GThread *thread =
        is_small ? NULL
                 : torpor_thread_try_new("torpor-free", free_file, GINT_TO_POINTER(held), NULL);
    if (thread == NULL)
        (void)free_file(GINT_TO_POINTER(held));
    else
        g_thread_unref(thread);
}

void
torpor_release_wait(void)
{
    while (g_atomic_int_get(&process) == getpid() && g_atomic_int_get(&n_in_flight) > 0)
        g_usleep(200);
}
