#include "session/hooks.h"

#include "host/abi_struct.h"
#include "session/origin.h"
#include "session/resuming.h"
#include "session/saving.h"

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
save_and_stop(TorporSession *session, guint64 step, double time)
{
    g_autofree char *reason = torpor_stopping_reason(session->stopping);
    struct torpor_clock clock = {.unit = ""};
    torpor_host_clock(&session->host, &clock, NULL);
    session->is_stopping = TRUE;
    gboolean is_futile = torpor_stopping_is_futile(session->stopping);
    gboolean is_saved = save_when_due(session);
    torpor_host_log(&session->host,
                    !is_saved   ? TORPOR_LOG_ERROR
                    : is_futile ? TORPOR_LOG_WARNING
                                : TORPOR_LOG_INFO,
                    "stopping at time %.10g %s, step %" G_GUINT64_FORMAT
                    ": %s; the same command again %s",
                    time, clock.unit, step, reason,
                    !is_saved   ? "goes on from the checkpoint before, since this one failed"
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
    if (torpor_stopping_is_asked(session->stopping) ||
        (is_due && torpor_schedule_is_late(session->schedule)))
        save_and_stop(session, step, time);
    else if (is_due)
        save_when_due(session);
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
    torpor_session_origin_begin(session);
    gboolean is_begun =
        torpor_saving_hold_outputs(session, &failure) && torpor_saving_begin(session, &failure);
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
    if (G_LIKELY(!is_due && !torpor_stopping_is_asked(session->stopping) &&
                 !torpor_saver_has_news(session->saver)))
        return TORPOR_GO_ON;
    return step_slowly(session, is_due, step, time);
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

/* Before the first one, look at the checkpoint that a restore would take. */
static gboolean
begin_run(TorporSession *session, guint run, GError **error)
{
    if (!torpor_session_origin_is_known(session)) {
        TorporCheckpointFile *found = NULL;
        if (!torpor_resuming_find(session, FALSE, &found, error))
            return FALSE;
        g_autoptr(TorporCheckpointFile) checkpoint = found;
        if (!torpor_session_origin_know(session, checkpoint, error))
            return FALSE;
    }
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
    gboolean is_begun = begin_run(session, (guint)run, error);
    torpor_session_leave(session);
    return is_begun;
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
