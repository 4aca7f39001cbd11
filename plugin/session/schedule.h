/* The schedule: at which steps a checkpoint is due. It knows times and steps only. threads:
 * [host-thread]. */
#ifndef TORPOR_SESSION_SCHEDULE_H
#define TORPOR_SESSION_SCHEDULE_H

#include "session/options.h"

G_BEGIN_DECLS

typedef struct _TorporSchedule TorporSchedule;

/* clock_unit: the unit of the times below. TORPOR_STATUS_UNIT if `every` cannot be converted to it.
 */
TorporSchedule *torpor_schedule_new(const TorporOptions *options, const char *clock_unit,
                                    GError **error);
/* On several ranks: torpor_schedule_due asks simulated time only, so that all ranks hear the same;
 * wall time is asked by torpor_schedule_wall_is_over. */
void torpor_schedule_leave_out_wall(TorporSchedule *schedule);
/* The same on any number of ranks, since checkpoints may be taken by `every` only. It is late,
 * then, if the next one might be due later than the last save must begin; ask where one is due. */
void torpor_schedule_wait_for_every(TorporSchedule *schedule);
/* Has the wall time between checkpoints passed, or is it late? */
gboolean torpor_schedule_wall_is_over(const TorporSchedule *schedule);
void torpor_schedule_free(TorporSchedule *schedule);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporSchedule, torpor_schedule_free)

/* The run begins at this point, fresh or restored; nothing is due here. To be called before the
 * first torpor_schedule_due and after each restore. */
void torpor_schedule_begin(TorporSchedule *schedule, guint64 step, double time);

/* Is a checkpoint due at this point? Takes a few ns if none is. Never TRUE twice for one step.
 *
 * every: due at the first step whose time is within half a step of a multiple of it, or past that.
 * Multiples count from time 0 and not from the resume, so that a resumed run saves at the same
 * steps.
 *
 * every_wall: due when that much wall time has passed since the last torpor_schedule_saved (or
 * since the begin). If steps take less than a millisecond, it may be up to 8 steps late. */
gboolean torpor_schedule_due(TorporSchedule *schedule, guint64 step, double time);
/* At `step`, which torpor_schedule_due is not asked for: can a checkpoint be due at `next_step`,
 * the next one that it can be asked for? What the wall clock says stays said until then. */
gboolean torpor_schedule_due_next(TorporSchedule *schedule, guint64 step, double time,
                                  guint64 next_step, double next_time);

/* Call near(data) once, when half of the way to the first checkpoint lies behind, or all but half a
 * minute of wall time. */
typedef void (*TorporNearFunc)(gpointer data);
void torpor_schedule_on_near(TorporSchedule *schedule, TorporNearFunc near, gpointer data);

/* The first multiple of `every` after this time; infinity if it is off. */
double torpor_schedule_due_time(const TorporSchedule *schedule, double time);

/* A save was made or tried at this step, for any reason. */
void torpor_schedule_saved(TorporSchedule *schedule, guint64 step);

/* Set the wall time between checkpoints, in seconds; 0: off. */
void torpor_schedule_set_wall(TorporSchedule *schedule, double seconds);

/* The last save must begin within this many seconds of wall time. A step is due, and
 * torpor_schedule_is_late is TRUE, as soon as another step might end later than that: one as long
 * as the longest so far. */
void torpor_schedule_set_deadline(TorporSchedule *schedule, double seconds);
gboolean torpor_schedule_is_late(const TorporSchedule *schedule);

/* For tests: another clock, in nanoseconds, which never goes back. */
typedef gint64 (*TorporClockFunc)(void);
void torpor_schedule_set_clock(TorporSchedule *schedule, TorporClockFunc now_ns);

G_END_DECLS

#endif
