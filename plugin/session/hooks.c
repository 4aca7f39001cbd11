#include "session/hooks.h"

#include <math.h>

#include "host/abi_struct.h"
#include "session/decision.h"
#include "session/every.h"
#include "session/origin.h"
#include "session/origin_ranks.h"
#include "session/ranks.h"
#include "session/resuming.h"
#include "session/saving.h"
#include "session/together.h"

/* More runs than a script has. */
#define MAX_RUNS ((guint64)1 << 20)

/* ---- save and stop ---- */

gboolean
torpor_session_save(TorporSession *session, const char *path, GError **error)
{
    if (!torpor_session_enter(session, error))
        return FALSE;
    gboolean is_saved = torpor_saving_save(session, path, error);
    torpor_session_leave(session);
    return is_saved;
}

/* The host does not wait for this save: a failure is logged and kept until the host asks. */
static gboolean
save_when_due(TorporSession *session)
{
    GError *failure = NULL;
    if (torpor_session_save(session, NULL, &failure))
        return TRUE;
    torpor_saving_keep_failure(session,
                               session->is_stopping ? "the checkpoint failed: "
                                                    : "the checkpoint failed, the run goes on: ",
                               failure);
    return FALSE;
}

static void
save_and_stop(TorporSession *session, const char *reason, guint64 step, double time)
{
    struct torpor_clock clock = {.unit = ""};
    torpor_host_clock(&session->host, &clock, NULL);
    session->is_stopping = TRUE;
    gboolean is_futile = torpor_stopping_is_futile(session->stopping);
    gboolean is_saved = save_when_due(session);
    if (!torpor_ranks_is_first(session))
        return;
    torpor_host_log(&session->host,
                    !is_saved   ? TORPOR_LOG_ERROR
                    : is_futile ? TORPOR_LOG_WARNING
                                : TORPOR_LOG_INFO,
                    "stopping at time %.10g %s, step %" G_GUINT64_FORMAT
                    ": %s; the same command again %s",
                    time, clock.unit, step, reason,
                    !session->options->checkpoints ? "starts afresh, since option checkpoints is no"
                    : !is_saved ? "goes on from the checkpoint before, since this one failed"
                    : is_futile ? "would get no further"
                                : "goes on from here");
}

/* A save or a stop is due at this step, or a save in the background has ended. */
static gint32
step_slowly(TorporSession *session, gboolean is_due, guint64 step, double time)
{
    if (torpor_saver_has_news(session->saver))
        torpor_saving_settle(session);
    if (session->is_stopping)
        return TORPOR_STOP;
    gboolean is_asked = torpor_stopping_is_asked(session->stopping);
    if (is_asked || (is_due && torpor_schedule_is_late(session->schedule))) {
        g_autofree char *reason = torpor_stopping_reason(session->stopping);
        if (!is_due && torpor_every_is_binding(session)) {
            torpor_every_say_that_it_waits(session, reason, time);
            return TORPOR_GO_ON;
        }
        save_and_stop(session, reason, step, time);
    } else if (is_due)
        save_when_due(session);
    return session->is_stopping ? TORPOR_STOP : TORPOR_GO_ON;
}

/* The ranks meet at this step, and do the same. If they cannot any more, the run ends: some of them
 * may be dead. */
static gint32
step_together(TorporSession *session, gboolean is_due, guint64 step, double time)
{
    TorporDecision decision;
    GError *failure = NULL;
    if (session->is_stopping)
        return TORPOR_STOP;
    if (!torpor_decision_take(session, is_due, step, &decision, &failure)) {
        torpor_saving_keep_failure(session, "", failure);
        session->is_stopping = TRUE;
        return TORPOR_STOP;
    }
    g_autofree char *reason = decision.reason;
    if (decision.must_settle)
        torpor_saving_settle(session);
    if (decision.waits)
        torpor_every_say_that_it_waits(session, reason, time);
    else if (decision.stops)
        save_and_stop(session, reason, step, time);
    else if (decision.saves)
        save_when_due(session);
    session->is_stopping |= session->parted != NULL;
    return session->is_stopping ? TORPOR_STOP : TORPOR_GO_ON;
}

/* The first step of a host that has not restored. */
static gboolean
begin_without_restore(TorporSession *session)
{
    GError *failure = NULL;
    if (!torpor_session_enter(session, &failure)) {
        torpor_saving_keep_failure(session, "", failure);
        return FALSE;
    }
    gboolean is_begun = torpor_ranks_compare(session, &failure);
    if (is_begun) {
        GError *own_failure = NULL;
        if (torpor_session_origin_begin(session, &own_failure) &&
            torpor_saving_hold_outputs(session, &own_failure))
            (void)torpor_saving_begin(session, &own_failure);
        is_begun = torpor_origin_ranks_begin(session, 0, own_failure, &failure);
    }
    torpor_session_leave(session);
    if (!is_begun)
        torpor_saving_keep_failure(session, "", failure);
    return is_begun;
}

gint32
torpor_session_step(TorporSession *session, guint64 step, double time)
{
    if (G_UNLIKELY(session->schedule == NULL) && !begin_without_restore(session))
        return TORPOR_STOP;
    gboolean is_due = torpor_schedule_due(session->schedule, step, time);
    if (G_UNLIKELY(torpor_ranks_are_several(session)))
        return torpor_decision_is_at(session, is_due, step)
                   ? step_together(session, is_due, step, time)
                   : TORPOR_GO_ON;
    if (G_LIKELY(!is_due && !torpor_stopping_is_asked(session->stopping) &&
                 !torpor_saver_has_news(session->saver)))
        return TORPOR_GO_ON;
    return step_slowly(session, is_due, step, time);
}

gboolean
torpor_session_due_next(TorporSession *session, guint64 step, double time, guint64 next_step,
                        double next_time)
{
    return session->schedule == NULL || session->is_stopping || torpor_ranks_are_several(session) ||
           torpor_stopping_is_asked(session->stopping) || torpor_saver_has_news(session->saver) ||
           torpor_schedule_due_next(session->schedule, step, time, next_step, next_time);
}

double
torpor_session_due_time(const TorporSession *session, double time)
{
    return session->schedule == NULL ? INFINITY : torpor_schedule_due_time(session->schedule, time);
}

void
torpor_session_stop(TorporSession *session)
{
    torpor_stopping_ask(session->stopping);
}

/* ---- restore ---- */

gboolean
torpor_session_restore(TorporSession *session, const char *path, gboolean *resumed, GError **error)
{
    if (!torpor_session_enter(session, error))
        return FALSE;
    torpor_saving_settle(session); /* the newest file may be the one to restore */
    gboolean restored = torpor_resuming_restore(session, path, resumed, error);
    torpor_session_leave(session);
    return restored;
}

/* ---- runs of one script ---- */

/* Of a later run, its model may be one that the script has yet to build. */
static gboolean
know_checkpoint(TorporSession *session, const TorporCheckpointFile *checkpoint, guint run,
                GError **error)
{
    if (!torpor_session_origin_know(session, checkpoint, error))
        return FALSE;
    return checkpoint == NULL || torpor_session_origin_knows_later(session, run) ||
           torpor_checkpoint_file_check_model(checkpoint, &session->host,
                                              session->options->fingerprint, NULL, error);
}

/* The checkpoint that a restore would take. If it does not fit, a host that asks again is told so
 * again. */
static gboolean
know_origin(TorporSession *session, guint run, GError **error)
{
    TorporCheckpointFile *found = NULL;
    if (!torpor_resuming_find(session, TRUE, &found, error))
        return FALSE;
    g_autoptr(TorporCheckpointFile) checkpoint = found;
    session->origins->candidate_known = know_checkpoint(session, checkpoint, run, error);
    return session->origins->candidate_known;
}

/* Before the first one, look at the checkpoint that a restore would take. */
static gboolean
begin_run(TorporSession *session, guint run, GError **error)
{
    if (!torpor_session_origin_is_known(session) && !know_origin(session, run, error))
        return FALSE;
    return torpor_session_origin_begin_run(session, run, error);
}

gboolean
torpor_session_begin_run(TorporSession *session, guint64 run, GError **error)
{
    if (run >= MAX_RUNS) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "begin_run: expected a run below %" G_GUINT64_FORMAT
                    ", found %" G_GUINT64_FORMAT,
                    MAX_RUNS, run);
        return FALSE;
    }
    if (!torpor_session_enter(session, error))
        return FALSE;
    GError *failure = NULL;
    gboolean is_compared = torpor_ranks_compare(session, error);
    if (is_compared)
        (void)begin_run(session, (guint)run, &failure);
    torpor_session_leave(session);
    return is_compared && torpor_origin_ranks_begin(session, (guint)run, failure, error);
}

gboolean
torpor_session_share_origin(TorporSession *session, const TorporSession *with, GError **error)
{
    if (with == NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                            "share_origin: the other session is NULL");
        return FALSE;
    }
    if (!torpor_session_enter(session, error))
        return FALSE;
    torpor_session_origin_share(session, with);
    torpor_session_leave(session);
    return TRUE;
}

/* ---- what became of it ---- */

static gboolean
fill_outcome(const TorporSession *session, struct torpor_outcome *out, GError **error)
{
    const TorporWritten *newest = torpor_saver_newest(session->saver);
    const struct torpor_outcome outcome = {
        TORPOR_OUTCOME_INIT,
        .status = session->unreported == NULL ? TORPOR_STATUS_OK : session->unreported->code,
        .step = newest->step,
        .byte_length = newest->byte_length,
        .stall_seconds = newest->stall_seconds,
        .durable_seconds = newest->durable_seconds,
        .path = newest->path};
    return out == NULL || torpor_abi_export(&torpor_abi_outcome, &outcome, out, error);
}

gboolean
torpor_session_outcome(TorporSession *session, struct torpor_outcome *out, GError **error)
{
    torpor_saving_settle(session);
    if (!fill_outcome(session, out, error))
        return FALSE;
    if (session->unreported == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&session->unreported));
    return FALSE;
}

const char *
torpor_session_report(const TorporSession *session)
{
    return session->report == NULL ? "" : session->report->text->str;
}
