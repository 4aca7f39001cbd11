#include "session/decision.h"

#include "session/every.h"
#include "session/ranks.h"
#include "session/signals.h"

#define MEETING_US 50000 /* between two meetings */
#define MAX_GROWTH 4u    /* of the number of steps, from one meeting to the next */
#define SAYS_DUE 1u
#define SAYS_WALL 2u
#define SAYS_LATE 4u
#define SAYS_ASKED 8u
#define SAYS_BUSY 16u

gboolean
torpor_decision_is_at(const TorporSession *session, gboolean is_due, guint64 step)
{
    return is_due || step >= session->next_meeting;
}

/* Rank 0: after how many steps to meet again. */
static guint64
steps_to_next(TorporSession *session, guint64 step)
{
    gint64 now_us = g_get_monotonic_time();
    guint64 n_steps = step - session->last_meeting_step;
    double us = (double)MAX(now_us - session->last_meeting_us, 1);
    double wanted = n_steps == 0 ? 1 : MEETING_US * (double)n_steps / us;
    session->last_meeting_us = now_us;
    session->last_meeting_step = step;
    return (guint64)CLAMP(wanted, 1, (double)MAX(n_steps, 1) * MAX_GROWTH);
}

static char *
reason_of(const TorporSay *all, guint n)
{
    for (guint i = 0; i < n; i++) {
        if ((all[i].words[0] & SAYS_ASKED) == 0)
            continue;
        const char *what = all[i].words[1] == 0 ? "the host asked for it"
                                                : torpor_signal_name((int)all[i].words[1]);
        return g_strdup_printf(all[i].words[1] == 0 ? "%s on rank %u" : "got %s on rank %u", what,
                               i);
    }
    return NULL;
}

gboolean
torpor_decision_take(TorporSession *session, gboolean is_due, guint64 step,
                     TorporDecision *decision, GError **error)
{
    guint n = torpor_host_n_ranks(&session->host);
    gboolean is_busy = session->shard_save != NULL && torpor_saver_is_busy(session->saver);
    gboolean is_asked = torpor_stopping_is_asked(session->stopping);
    gboolean is_wall = torpor_schedule_wall_is_over(session->schedule);
    gboolean is_late = torpor_schedule_is_late(session->schedule);
    TorporSay mine = {{(is_due ? SAYS_DUE : 0) | (is_wall ? SAYS_WALL : 0) |
                           (is_late ? SAYS_LATE : 0) | (is_asked ? SAYS_ASKED : 0) |
                           (is_busy ? SAYS_BUSY : 0),
                       is_asked ? (guint64)torpor_stopping_signal(session->stopping) : 0,
                       torpor_ranks_is_first(session) ? steps_to_next(session, step) : 0}};
    g_autofree TorporSay *all = g_new0(TorporSay, n);
    *decision = (TorporDecision){0};
    if (!torpor_ranks_meet(session, TORPOR_AT_STEP, NULL, &mine, all, error))
        return FALSE;
    guint64 any = 0;
    for (guint i = 0; i < n; i++)
        any |= all[i].words[0];
    session->next_meeting = step + MAX(all[0].words[2], 1);
    decision->must_settle = session->shard_save != NULL && (any & SAYS_BUSY) == 0;
    decision->reason = reason_of(all, n);
    decision->stops = decision->reason != NULL || (all[0].words[0] & SAYS_LATE) != 0;
    decision->saves = (any & SAYS_DUE) != 0 || (all[0].words[0] & SAYS_WALL) != 0;
    if (torpor_every_is_binding(session) && !is_due) {
        decision->waits = decision->reason != NULL;
        decision->stops = decision->saves = FALSE;
    }
    if (decision->stops && decision->reason == NULL)
        decision->reason = torpor_stopping_reason(session->stopping);
    return TRUE;
}
