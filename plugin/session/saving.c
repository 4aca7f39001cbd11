#include "session/saving.h"

#include <math.h>

#include "checkpoint/fresh_output.h"
#include "session/every.h"
#include "session/keeping.h"
#include "session/lineage.h"
#include "session/origin.h"
#include "session/origin_ranks.h"
#include "session/ranks.h"
#include "session/together.h"

/* With every_wall=auto, the interval until the cost of a save is known. */
#define FIRST_INTERVAL_SECONDS 60.0

static gboolean
write_into_folder(TorporSession *session, GError **error)
{
    int folder = torpor_folder_fd(session->folder);
    TorporCapture *captured =
        torpor_keeping_capture(session, torpor_saver_baseline(session->saver, folder), error);
    if (captured == NULL)
        return FALSE;
    session->last_step = captured->step;
    const TorporFollow follow = {.follow = torpor_keeping_prune,
                                 .make_room = torpor_keeping_make_room,
                                 .data = session,
                                 .folder = folder};
    g_autofree char *path =
        torpor_checkpoint_path(torpor_folder_path(session->folder), captured->step);
    return torpor_saver_write(session->saver, captured, path, session->is_stopping, &follow, error);
}

/* What the worker writes is repeated there; else the host still waits, and is captured again. */
static gboolean
write_or_make_room(TorporSession *session, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (write_into_folder(session, &failure))
        return TRUE;
    gboolean is_full = g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_NO_SPACE);
    g_autofree char *note = is_full ? torpor_keeping_make_room(session) : NULL;
    if (note == NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    torpor_host_log(&session->host, TORPOR_LOG_WARNING, "%s", note);
    return write_into_folder(session, error);
}

static gboolean
write_to_path(TorporSession *session, const char *path, GError **error)
{
    TorporCapture *captured = torpor_keeping_capture(session, NULL, error);
    return captured != NULL &&
           torpor_saver_write(session->saver, captured, path, session->is_stopping, NULL, error);
}

gboolean
torpor_saving_write(TorporSession *session, const char *path, GError **error)
{
    TorporCapture *captured = torpor_keeping_capture(session, NULL, error);
    return captured != NULL && torpor_saver_write_aside(session->saver, captured, path, error);
}

/* ---- costs ---- */

static void
plan_auto(TorporSession *session)
{
    const TorporUnit *second = torpor_unit_lookup("s", NULL);
    const TorporWritten *newest = torpor_saver_newest(session->saver);
    double mtbf_seconds = 0;
    double interval = FIRST_INTERVAL_SECONDS;
    if (!torpor_duration_in(&session->options->mtbf, second, &mtbf_seconds, NULL))
        return;
    if (session->cost.n_saves > 0) /* what a save costs is what the host waits for */
        interval = MAX(torpor_daly_interval(newest->stall_seconds, mtbf_seconds),
                       2 * newest->durable_seconds);
    torpor_schedule_set_wall(session->schedule, interval);
    if (fabs(interval - session->reported_interval) <= 0.1 * interval)
        return;
    session->reported_interval = interval;
    if (session->cost.n_saves == 0)
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "every_wall=auto: the next checkpoint is due in %.3g s, to see what one "
                        "costs",
                        interval);
    else
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "every_wall=auto: a save costs %.3g s and a failure is expected every %.4g "
                        "h, so the next is due in %.3g s (Young and Daly)",
                        newest->stall_seconds, mtbf_seconds / 3600, interval);
}

static void
plan(TorporSession *session)
{
    if (session->options->every_wall_auto)
        plan_auto(session);
    torpor_schedule_set_deadline(session->schedule,
                                 torpor_stopping_seconds_left(session->stopping, &session->cost));
}

/* NULL: a host that cannot be described yet is asked again at the save. Else torpor_host_save_end()
 * is due. */
static TorporDescription *
describe(const TorporSession *session)
{
    if (!torpor_host_save_begin(&session->host, NULL))
        return NULL;
    TorporDescription *description = torpor_description_new(&session->host, NULL);
    if (description == NULL)
        torpor_host_save_end(&session->host);
    return description;
}

gboolean
torpor_saving_hold_outputs(TorporSession *session, GError **error)
{
    g_autoptr(TorporDescription) description =
        torpor_outputs_are_held(session->outputs) ? NULL : describe(session);
    if (description == NULL)
        return TRUE;
    gboolean is_fine = torpor_outputs_hold(session->outputs, description->outputs, error);
    torpor_host_save_end(&session->host);
    return is_fine;
}

gboolean
torpor_saving_begin_outputs(TorporSession *session, GError *own_failure, GError **error)
{
    struct torpor_clock clock = {0};
    GError *failure = own_failure;
    if (failure == NULL)
        (void)torpor_host_clock(&session->host, &clock, &failure);
    g_autoptr(TorporDescription) description = failure == NULL ? describe(session) : NULL;
    const GPtrArray *outputs = description == NULL ? NULL : description->outputs;
    gboolean begin_empty = outputs != NULL && clock.step == 0;
    gboolean is_fine = torpor_keeping_before_cut(
        session, NULL, NULL,
        begin_empty && torpor_fresh_outputs_lose_bytes(session->outputs, outputs), failure, error);
    if (outputs == NULL)
        return is_fine;
    if (is_fine)
        is_fine = begin_empty
                      ? torpor_fresh_outputs_begin(session->outputs, outputs, &session->host, error)
                      : torpor_outputs_hold(session->outputs, outputs, error);
    torpor_host_save_end(&session->host);
    return is_fine;
}

/* A run that never comes near a checkpoint takes no memory for one. */
static void
make_ready(gpointer data)
{
    const TorporSession *session = data;
    torpor_saver_expect(session->saver, session->expected_bytes);
}

gboolean
torpor_saving_begin(TorporSession *session, GError **error)
{
    struct torpor_clock clock;
    if (!torpor_host_clock(&session->host, &clock, error))
        return FALSE;
    gboolean goes_on = !session->is_settled && clock.step > 0;
    if (goes_on) {
        /* The host goes on with the state it has in memory: it owns the checkpoints up to here. */
        session->has_resumed = TRUE;
        session->resumed_step = clock.step;
    }
    session->is_settled = TRUE;
    if (session->run == NULL && torpor_ranks_is_first(session))
        torpor_lineage_begin(session, goes_on ? clock.step : 0);
    if (session->schedule == NULL)
        session->schedule = torpor_schedule_new(session->options, clock.unit, error);
    if (session->schedule == NULL)
        return FALSE;
    torpor_schedule_on_near(session->schedule, make_ready, session);
    if (torpor_ranks_are_several(session)) {
        torpor_schedule_leave_out_wall(session->schedule);
        make_ready(session);
    }
    if (torpor_every_is_binding(session))
        torpor_schedule_wait_for_every(session->schedule);
    session->next_meeting = 0;
    session->last_meeting_us = g_get_monotonic_time();
    session->last_meeting_step = clock.step;
    torpor_schedule_begin(session->schedule, clock.step, clock.time);
    torpor_stopping_begin(session->stopping, &session->cost, goes_on);
    plan(session);
    return TRUE;
}

/* ---- outcomes ---- */

void
torpor_saving_keep_failure(TorporSession *session, const char *what, GError *failure)
{
    torpor_host_log(&session->host, TORPOR_LOG_ERROR, "%s%s", what, failure->message);
    if (session->unreported != NULL && !session->can_make_good) {
        g_error_free(failure); /* the one before matters more */
        return;
    }
    g_clear_error(&session->unreported);
    session->unreported = failure;
    /* What a host says wrongly of its state is a fault of the program. */
    session->can_make_good = session->last_was_ours && failure->code != TORPOR_STATUS_MISMATCH;
}

/* A run can be resumed from its newest checkpoint, whatever failed before. */
static void
make_good(TorporSession *session, const TorporWritten *written)
{
    if (!written->is_followed || session->unreported == NULL || !session->can_make_good)
        return;
    torpor_host_log(&session->host, TORPOR_LOG_WARNING,
                    "an earlier checkpoint failed; %s takes its place", written->path);
    g_clear_error(&session->unreported);
}

/* In the host's thread, whichever thread wrote. */
static void
report_written(TorporSession *session)
{
    const TorporWritten *written = torpor_saver_take_newest(session->saver);
    if (written == NULL)
        return;
    if (torpor_ranks_is_first(session))
        torpor_host_log(
            &session->host, TORPOR_LOG_INFO,
            "saved %s: %" G_GUINT64_FORMAT " bytes in %.4g s; the run waited for %.4g s of it",
            written->path, written->byte_length, written->durable_seconds, written->stall_seconds);
    if (written->warning != NULL)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING, "old checkpoints stay: %s",
                        written->warning);
    if (written->is_followed && torpor_ranks_is_first(session))
        torpor_lineage_saved(session, written->step);
    if (written->note != NULL)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING, "%s", written->note);
    make_good(session, written);
    torpor_save_cost_add(&session->cost, written->durable_seconds);
    plan(session);
}

void
torpor_saving_settle(TorporSession *session)
{
    GError *failure = NULL;
    gboolean is_fine = torpor_ranks_are_several(session)
                           ? torpor_together_settle(session, &failure)
                           : torpor_saver_collect(session->saver, &failure);
    if (!is_fine)
        torpor_saving_keep_failure(session, "the checkpoint failed, the run goes on: ", failure);
    report_written(session);
}

/* ---- saves ---- */

static gboolean
write_after_the_last(TorporSession *session, const char *path, GError **error)
{
    if (torpor_saver_is_busy(session->saver) && !session->said_busy) {
        session->said_busy = TRUE;
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "waiting for the checkpoint before, which is still being written; this is "
                        "said once");
    }
    torpor_saving_settle(session);
    session->last_was_ours = path == NULL;
    if (torpor_ranks_are_several(session))
        return torpor_together_save(session, path, session->is_stopping, error);
    /* A torn state moves no files aside: the next run resumes from them. */
    gboolean is_ready = torpor_keeping_check_not_torn(session, error) &&
                        (path != NULL || (torpor_session_lock_folder(session, error) &&
                                          torpor_keeping_settle_branch(session, error)));
    return is_ready && (path == NULL ? write_or_make_room(session, error)
                                     : write_to_path(session, path, error));
}

/* The host may change its working directory before the file is written. Not canonical: with links,
 * ".." may mean another folder. Transfer full. */
static char *
absolute_path(const char *path)
{
    g_autofree char *here = g_get_current_dir();
    gboolean is_fine = path == NULL || path[0] == '\0' || g_path_is_absolute(path);
    return is_fine ? g_strdup(path) : g_build_filename(here, path, NULL);
}

/* The host saves before its first step, and has not restored. */
static gboolean
begin_with_save(TorporSession *session, const char *path, GError **error)
{
    GError *failure = NULL;
    if (path != NULL || torpor_session_origin_begin(session, &failure))
        (void)torpor_saving_begin(session, &failure);
    return torpor_origin_ranks_begin(session, 0, failure, error);
}

gboolean
torpor_saving_save(TorporSession *session, const char *path, GError **error)
{
    if (!torpor_ranks_compare(session, error) ||
        (session->schedule == NULL && !begin_with_save(session, path, error)))
        return FALSE;
    struct torpor_clock clock;
    if (!torpor_host_clock(&session->host, &clock, error))
        return FALSE;
    g_autofree char *resolved = absolute_path(path);
    gboolean is_off = path == NULL && !session->options->checkpoints;
    gboolean is_saved = is_off || write_after_the_last(session, resolved, error);
    if (path == NULL) /* a file elsewhere is no checkpoint of the folder */
        torpor_schedule_saved(session->schedule, clock.step);
    report_written(session);
    /* Also after a failure: a full disk must not change the course of the run. */
    torpor_session_post_checkpoint(session, clock.step);
    return is_saved;
}
