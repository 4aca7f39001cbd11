#include "session/stopping.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "session/signals.h"

struct _TorporStopping {
    gint is_asked; /* atomic */
    gboolean handles_signals;
    double budget_seconds; /* 0: none */
    double start_seconds;  /* of the process, in CLOCK_BOOTTIME */
    double least_seconds;  /* of budget that the run needs to take its first step; 0: it has it */
    double begin_seconds;  /* from the start of the process to the first step */
};

static double
boot_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Field 22 of /proc/self/stat, in clock ticks since the system booted; now, if that cannot be read.
 */
static double
process_start_seconds(void)
{
    g_autofree char *text = NULL;
    unsigned long long ticks = 0;
    if (!g_file_get_contents("/proc/self/stat", &text, NULL, NULL))
        return boot_seconds();
    const char *after_name = strrchr(text, ')'); /* the program's name may hold anything */
    const char *format = ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
                         "%*d %*d %llu";
    if (after_name == NULL || sscanf(after_name, format, &ticks) != 1)
        return boot_seconds();
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

TorporStopping *
torpor_stopping_new(const TorporOptions *options, gboolean handles_signals, GError **error)
{
    double budget_seconds = 0;
    if (options->maxh.unit != NULL &&
        !torpor_duration_in(&options->maxh, torpor_unit_lookup("s", NULL), &budget_seconds, error))
        return NULL;
    gboolean installs = handles_signals && options->signals != NULL && options->signals->len > 0;
    if (installs && !torpor_signals_install(options->signals, error))
        return NULL;
    TorporStopping *stopping = g_new0(TorporStopping, 1);
    stopping->handles_signals = installs;
    stopping->budget_seconds = budget_seconds;
    stopping->start_seconds = process_start_seconds();
    return stopping;
}

int
torpor_stopping_free(TorporStopping *stopping)
{
    if (stopping == NULL)
        return 0;
    int number = stopping->handles_signals ? torpor_signals_remove() : 0;
    g_free(stopping);
    return number;
}

void
torpor_stopping_ask(TorporStopping *stopping)
{
    g_atomic_int_set(&stopping->is_asked, 1);
}

gboolean
torpor_stopping_is_asked(const TorporStopping *stopping)
{
    return g_atomic_int_get(&stopping->is_asked) != 0 ||
           (stopping->handles_signals && torpor_signals_pending() != 0);
}

int
torpor_stopping_signal(const TorporStopping *stopping)
{
    return stopping->handles_signals ? torpor_signals_pending() : 0;
}

double
torpor_stopping_seconds_left(const TorporStopping *stopping, const TorporSaveCost *cost)
{
    if (stopping->budget_seconds == 0)
        return G_MAXDOUBLE;
    double margin = torpor_stop_margin(cost, stopping->budget_seconds);
    return stopping->start_seconds + stopping->budget_seconds - margin - boot_seconds();
}

void
torpor_stopping_begin(TorporStopping *stopping, const TorporSaveCost *cost, gboolean goes_on)
{
    stopping->begin_seconds = boot_seconds() - stopping->start_seconds;
    gboolean has_time = goes_on || torpor_stopping_seconds_left(stopping, cost) > 0;
    /* More than any margin of torpor_stop_margin. */
    stopping->least_seconds = has_time ? 0 : 1.2 * stopping->begin_seconds + 4 * cost->largest;
}

gboolean
torpor_stopping_is_futile(const TorporStopping *stopping)
{
    return stopping->least_seconds > 0 && !torpor_stopping_is_asked(stopping);
}

static char *
budget_reason(const TorporStopping *stopping)
{
    double hours = stopping->budget_seconds / 3600;
    if (stopping->least_seconds > 0)
        return g_strdup_printf(
            "the wall-clock budget of %.4g h was used up before the first step, %.1f s after the "
            "start of the program: give maxh=%.2g or more",
            hours, stopping->begin_seconds, stopping->least_seconds / 3600);
    return g_strdup_printf(
        "the wall-clock budget of %.4g h is nearly used up, %.1f s of it are left", hours,
        stopping->start_seconds + stopping->budget_seconds - boot_seconds());
}

char *
torpor_stopping_reason(const TorporStopping *stopping)
{
    int number = stopping->handles_signals ? torpor_signals_pending() : 0;
    if (number != 0)
        return g_strdup_printf("got %s", torpor_signal_name(number));
    if (g_atomic_int_get(&stopping->is_asked) != 0)
        return g_strdup("the host asked for it");
    return budget_reason(stopping);
}
