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
/* So long before the first checkpoint it is near, or half of the way, if that is less. */
#define NEAR_NS ((gint64)30 * 1000000000)

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
    gint64 longest_ns;  /* between two steps; if it waits for `every`, between two checkpoints */
    gint64 read_ns;     /* when the clock was read */
    guint calls_to_read;
    gboolean leaves_out_wall;
    gboolean waits_for_every;
    gboolean wall_is_over; /* noticed, and nothing was saved since */
    gboolean is_late;      /* the same of the deadline */
    TorporClockFunc now_ns;
    double begin_time;
    gint64 near_ns;
    TorporNearFunc near; /* NULL: nobody asks, or it was called */
    gpointer near_data;
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
    schedule->wall_is_over = FALSE;
    schedule->next_wall_ns =
        schedule->wall_ns == 0 ? NEVER_NS : schedule->read_ns + schedule->wall_ns;
    schedule->near_ns = schedule->wall_ns == 0
                            ? NEVER_NS
                            : schedule->next_wall_ns - MIN(NEAR_NS, schedule->wall_ns / 2);
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
    schedule->begin_time = time;
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

void
torpor_schedule_on_near(TorporSchedule *schedule, TorporNearFunc near, gpointer data)
{
    schedule->near = near;
    schedule->near_data = data;
}

static void
come_near(TorporSchedule *schedule)
{
    TorporNearFunc near = schedule->near;
    schedule->near = NULL;
    if (near != NULL)
        near(schedule->near_data);
}

/* The next time that needs a look: the boundary, or what is half of the way to it. */
static void
set_next_boundary(TorporSchedule *schedule, double time)
{
    schedule->next_boundary = (schedule->interval + 1) * schedule->every;
    if (schedule->near == NULL)
        return;
    double half = (schedule->begin_time + schedule->next_boundary) / 2;
    if (time >= half)
        come_near(schedule);
    else
        schedule->next_boundary = half;
}

static double
interval_of(const TorporSchedule *schedule, double time, double half_step)
{
    return floor((time + half_step) / schedule->every);
}

/* Has simulated time come into another interval? */
static gboolean
reaches_boundary(TorporSchedule *schedule, guint64 step, double time)
{
    double half_step = (time - schedule->last_time) / (double)(step - schedule->last_step) / 2;
    if (!schedule->has_interval)
        schedule->interval = interval_of(schedule, schedule->last_time, half_step);
    schedule->has_interval = TRUE;
    double interval = interval_of(schedule, time, half_step);
    gboolean is_new = interval > schedule->interval;
    if (is_new)
        schedule->interval = interval;
    set_next_boundary(schedule, time);
    return is_new;
}

/* The same of a later step, without coming there: rounded as there. */
static gboolean
will_reach_boundary(TorporSchedule *schedule, guint64 step, double time, guint64 next_step,
                    double next_time)
{
    double half_step = (next_time - time) / (double)(next_step - step) / 2;
    if (!schedule->has_interval)
        schedule->interval = interval_of(schedule, schedule->last_time, half_step);
    schedule->has_interval = TRUE;
    set_next_boundary(schedule, next_time);
    return interval_of(schedule, next_time, half_step) > schedule->interval;
}

/* n_steps: before the host can be asked again. */
static gboolean
is_late_at(const TorporSchedule *schedule, gint64 now_ns, gint64 n_steps)
{
    return schedule->deadline_ns != NEVER_NS &&
           now_ns + n_steps * schedule->longest_ns >= schedule->deadline_ns;
}

static gboolean
wall_is_over(TorporSchedule *schedule, gint64 n_steps)
{
    if (schedule->wall_is_over)
        return TRUE;
    if (MIN(schedule->next_wall_ns, schedule->deadline_ns) == NEVER_NS ||
        --schedule->calls_to_read > 0)
        return FALSE;
    gint64 now_ns = schedule->now_ns();
    gint64 gap_ns = now_ns - schedule->read_ns;
    gboolean are_short = gap_ns < SHORT_NS;
    schedule->longest_ns = MAX(schedule->longest_ns, gap_ns);
    schedule->calls_to_read = are_short ? CALLS_PER_READ : 1;
    schedule->read_ns = now_ns;
    schedule->is_late = is_late_at(schedule, now_ns, n_steps);
    schedule->wall_is_over = now_ns >= schedule->next_wall_ns || schedule->is_late;
    if (now_ns >= schedule->near_ns)
        come_near(schedule);
    return schedule->wall_is_over;
}

/* A checkpoint is due: how long did it take to come here from the one before? */
static void
note_interval(TorporSchedule *schedule)
{
    schedule->longest_ns = MAX(schedule->longest_ns, schedule->now_ns() - schedule->read_ns);
}

void
torpor_schedule_set_deadline(TorporSchedule *schedule, double seconds)
{
    schedule->calls_to_read = 1;
    schedule->wall_is_over = FALSE;
    schedule->is_late = FALSE;
    schedule->deadline_ns =
        seconds >= 1e9 ? NEVER_NS : schedule->now_ns() + (gint64)(MAX(seconds, 0) * 1e9);
}

gboolean
torpor_schedule_is_late(const TorporSchedule *schedule)
{
    return schedule->is_late || is_late_at(schedule, schedule->now_ns(), 1);
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
    if (due && schedule->waits_for_every)
        note_interval(schedule);
    if (!schedule->leaves_out_wall)
        due |= wall_is_over(schedule, 1);
    return due && !(schedule->has_saved && schedule->saved_step == step);
}

gboolean
torpor_schedule_due_next(TorporSchedule *schedule, guint64 step, double time, guint64 next_step,
                         double next_time)
{
    if (next_step <= step || step < schedule->last_step)
        return TRUE;
    gboolean due = next_time + (next_time - time) >= schedule->next_boundary &&
                   will_reach_boundary(schedule, step, time, next_step, next_time);
    schedule->last_step = step;
    schedule->last_time = time;
    return due || (!schedule->leaves_out_wall && wall_is_over(schedule, 2));
}

void
torpor_schedule_leave_out_wall(TorporSchedule *schedule)
{
    schedule->leaves_out_wall = TRUE;
}

void
torpor_schedule_wait_for_every(TorporSchedule *schedule)
{
    schedule->leaves_out_wall = TRUE;
    schedule->waits_for_every = TRUE;
}

double
torpor_schedule_due_time(const TorporSchedule *schedule, double time)
{
    if (schedule->every <= 0)
        return INFINITY;
    double n_intervals = floor(time / schedule->every) + 1;
    double due = n_intervals * schedule->every;
    return due > time ? due : (n_intervals + 1) * schedule->every; /* the quotient was rounded */
}

gboolean
torpor_schedule_wall_is_over(const TorporSchedule *schedule)
{
    gint64 now_ns = schedule->now_ns();
    return now_ns >= schedule->next_wall_ns || is_late_at(schedule, now_ns, 1);
}

void
torpor_schedule_saved(TorporSchedule *schedule, guint64 step)
{
    schedule->saved_step = step;
    schedule->has_saved = TRUE;
    restart_wall(schedule);
}
