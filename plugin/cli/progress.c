#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/output.h"

#define FIRST_US (G_USEC_PER_SEC * 1)
#define INTERVAL_US (G_USEC_PER_SEC / 5)

void
torpor_progress_init(TorporProgress *progress, const char *what)
{
    *progress = (TorporProgress){.what = what,
                                 .is_wanted = isatty(STDERR_FILENO) &&
                                              g_strcmp0(g_getenv("TERM"), "dumb") != 0,
                                 .next_time_us = g_get_monotonic_time() + FIRST_US};
}

void
torpor_progress_update(gpointer data, guint64 done, guint64 total)
{
    TorporProgress *progress = data;
    gint64 now_us = progress->is_wanted ? g_get_monotonic_time() : 0;
    if (now_us < progress->next_time_us)
        return;
    progress->next_time_us = now_us + INTERVAL_US;
    progress->is_shown = TRUE;
    g_autofree char *size = torpor_size_to_text(total > 0 ? total : done);
    fprintf(stderr, "\r\033[K%s: ", progress->what);
    if (total > 0)
        fprintf(stderr, "%.0f %% of ", 100 * ((double)MIN(done, total) / (double)total));
    fputs(size, stderr);
    fflush(stderr);
}

void
torpor_progress_clear(TorporProgress *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
    progress->is_shown = FALSE;
}
