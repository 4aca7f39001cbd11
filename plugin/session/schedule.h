/* When a checkpoint is due. Knows times and steps only. threads: [host-thread]. */
#ifndef TORPOR_SESSION_SCHEDULE_H
#define TORPOR_SESSION_SCHEDULE_H

#include "session/options.h"

G_BEGIN_DECLS

typedef struct _TorporSchedule TorporSchedule;

/* clock_unit: of the times given below. TORPOR_STATUS_UNIT if `every` cannot be told in it. */
TorporSchedule *torpor_schedule_new(const TorporOptions *options, const char *clock_unit,
                                    GError **error);
void torpor_schedule_free(TorporSchedule *schedule);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporSchedule, torpor_schedule_free)

/* The run is at this point, fresh or restored; nothing is due here. Call before the first
 * torpor_schedule_due and again after each restore. */
void torpor_schedule_begin(TorporSchedule *schedule, guint64 step, double time);

/* Is a checkpoint due at this point? A few ns when none is.
 *
 * `every`: at the first step whose time reaches a multiple of it to within half a step, counted
 * from time 0 and not from the resume, so that a resumed run saves at the same steps. `every_wall`:
 * when that much wall time has passed since the last torpor_schedule_saved (or the begin), and
 * at most 8 steps later where steps took less than a millisecond. Never twice at one step. */
gboolean torpor_schedule_due(TorporSchedule *schedule, guint64 step, double time);

/* A save was tried at this step, for whatever reason and with whatever outcome. */
void torpor_schedule_saved(TorporSchedule *schedule, guint64 step);

/* Wall seconds between checkpoints from now on; 0: off. */
void torpor_schedule_set_wall(TorporSchedule *schedule, double seconds);

/* The last save must begin within so many wall seconds from now. Where a step as long as the
 * longest so far would end later, each step is due, and torpor_schedule_is_late says so. */
void torpor_schedule_set_deadline(TorporSchedule *schedule, double seconds);
gboolean torpor_schedule_is_late(const TorporSchedule *schedule);

/* Nanoseconds of a clock that never goes back; for tests. */
typedef gint64 (*TorporClockFunc)(void);
void torpor_schedule_set_clock(TorporSchedule *schedule, TorporClockFunc now_ns);

G_END_DECLS

#endif
