/* Simulated time is cut into intervals of `every`; a step lies in interval
 * floor((time + half a step) / every). The half step takes up rounding errors of the host's clock:
 * the step at 99.99999 or at 100.00001 ms is the one that reaches 100 ms. A checkpoint is due where
 * the number of the interval grows, which depends on this step and the one before only, not on
 * where the run was resumed. */
#include "session/schedule.h"

#include <math.h>
#include <time.h>

#define NEVER_NS G_MAXINT64
/* Reading even the coarse clock costs as much as the rest of a hook: while steps are short, it is
 * read at each eighth only. */
#define SHORT_NS 1000000
#define CALLS_PER_READ 8

struct _TorporSchedule {
    double every;         /* in the host's unit; 0: off */
    double next_boundary; /* of `every`; +inf: off */
    double interval;      /* number of the one that the last step lay in */
    gboolean has_interval;
    guint64 last_step;
    double last_time;
    guint64 saved_step;
    gboolean has_saved;
    gint64 wall_ns; /* between checkpoints; 0: off */
    gint64 next_wall_ns;
    gint64 deadline_ns; /* of the last save's begin; NEVER_NS: none */
    gint64 longest_ns;  /* between two steps */
    gint64 read_ns;     /* when the clock was read */
    guint calls_to_read;
    TorporClockFunc now_ns;
};

/* The precise clock alone costs more than the hook may. */
static gint64
coarse_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (gint64)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
restart_wall(TorporSchedule *schedule)
{
    schedule->read_ns = schedule->now_ns();
    schedule->calls_to_read = 1;
    schedule->next_wall_ns =
        schedule->wall_ns == 0 ? NEVER_NS : schedule->read_ns + schedule->wall_ns;
}

TorporSchedule *
torpor_schedule_new(const TorporOptions *options, const char *clock_unit, GError **error)
{
    double every = 0;
    double wall_seconds = 0;
    if (options->every.unit != NULL) {
        const TorporUnit *unit = torpor_unit_lookup(clock_unit, error);
        if (unit == NULL || !torpor_duration_in(&options->every, unit, &every, error)) {
            g_prefix_error(error, "option every in the unit of the host's clock: ");
            return NULL;
        }
    }
    if (options->every_wall.unit != NULL &&
        !torpor_duration_in(&options->every_wall, torpor_unit_lookup("s", NULL), &wall_seconds,
                            error))
        return NULL;
    TorporSchedule *schedule = g_new0(TorporSchedule, 1);
    schedule->every = every;
    schedule->now_ns = coarse_now_ns;
    schedule->deadline_ns = NEVER_NS;
    torpor_schedule_set_wall(schedule, wall_seconds);
    torpor_schedule_begin(schedule, 0, 0);
    return schedule;
}

void
torpor_schedule_free(TorporSchedule *schedule)
{
    g_free(schedule);
}

void
torpor_schedule_begin(TorporSchedule *schedule, guint64 step, double time)
{
    schedule->last_step = step;
    schedule->last_time = time;
    schedule->has_interval = FALSE; /* how long a step is shows at the next one */
    schedule->next_boundary = schedule->every > 0 ? -INFINITY : INFINITY;
    schedule->has_saved = FALSE;
    restart_wall(schedule);
}

void
torpor_schedule_set_wall(TorporSchedule *schedule, double seconds)
{
    schedule->wall_ns = seconds > 0 ? (gint64)(MIN(seconds, 1e9) * 1e9) : 0;
    restart_wall(schedule);
}

void
torpor_schedule_set_clock(TorporSchedule *schedule, TorporClockFunc now_ns)
{
    schedule->now_ns = now_ns;
    restart_wall(schedule);
}

/* Has simulated time come into another interval? */
static gboolean
reaches_boundary(TorporSchedule *schedule, guint64 step, double time)
{
    double half_step = (time - schedule->last_time) / (double)(step - schedule->last_step) / 2;
    if (!schedule->has_interval)
        schedule->interval = floor((schedule->last_time + half_step) / schedule->every);
    schedule->has_interval = TRUE;
    double interval = floor((time + half_step) / schedule->every);
    gboolean is_new = interval > schedule->interval;
    if (is_new)
        schedule->interval = interval;
    schedule->next_boundary = (schedule->interval + 1) * schedule->every;
    return is_new;
}

static gboolean
is_late_at(const TorporSchedule *schedule, gint64 now_ns)
{
    return schedule->deadline_ns != NEVER_NS &&
           now_ns + schedule->longest_ns >= schedule->deadline_ns;
}

static gboolean
wall_is_over(TorporSchedule *schedule)
{
    if (MIN(schedule->next_wall_ns, schedule->deadline_ns) == NEVER_NS ||
        --schedule->calls_to_read > 0)
        return FALSE;
    gint64 now_ns = schedule->now_ns();
    gint64 gap_ns = now_ns - schedule->read_ns;
    gboolean are_short = gap_ns < SHORT_NS;
    schedule->longest_ns = MAX(schedule->longest_ns, gap_ns);
    schedule->calls_to_read = are_short ? CALLS_PER_READ : 1;
    schedule->read_ns = now_ns;
    return now_ns >= schedule->next_wall_ns || is_late_at(schedule, now_ns);
}

void
torpor_schedule_set_deadline(TorporSchedule *schedule, double seconds)
{
    schedule->calls_to_read = 1;
    schedule->deadline_ns =
        seconds >= 1e9 ? NEVER_NS : schedule->now_ns() + (gint64)(MAX(seconds, 0) * 1e9);
}

gboolean
torpor_schedule_is_late(const TorporSchedule *schedule)
{
    return is_late_at(schedule, schedule->now_ns());
}

gboolean
torpor_schedule_due(TorporSchedule *schedule, guint64 step, double time)
{
    if (step == schedule->last_step)
        return FALSE;
    if (step < schedule->last_step) { /* a restore that was not reported */
        torpor_schedule_begin(schedule, step, time);
        return FALSE;
    }
    /* The cheap test first: nothing is due a full step before the boundary. */
    gboolean due = time + (time - schedule->last_time) >= schedule->next_boundary &&
                   reaches_boundary(schedule, step, time);
    schedule->last_step = step;
    schedule->last_time = time;
    due |= wall_is_over(schedule);
    return due && !(schedule->has_saved && schedule->saved_step == step);
}

void
torpor_schedule_saved(TorporSchedule *schedule, guint64 step)
{
    schedule->saved_step = step;
    schedule->has_saved = TRUE;
    restart_wall(schedule);
}
