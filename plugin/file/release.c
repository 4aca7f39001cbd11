#include "file/release.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/in_flight.h"
#include "base/thread.h"

/* Smaller files are freed faster than a thread starts. */
#define SMALL_BYTES ((off_t)4 << 20)

static TorporInFlight files;

int
torpor_release_hold(int folder, const char *name)
{
    return openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static gpointer
free_file(gpointer held)
{
    (void)close(GPOINTER_TO_INT(held));
    torpor_in_flight_end(&files);
    return NULL;
}

void
torpor_release(int held)
{
    struct stat status;
    if (held < 0)
        return;
    gboolean is_small = fstat(held, &status) != 0 || status.st_size < SMALL_BYTES;
    torpor_in_flight_begin(&files);
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
    torpor_in_flight_wait(&files);
}
