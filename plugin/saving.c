#include "saving.h"

#include <math.h>

#include "retention.h"

/* Between saves as long as no cost was seen, with every_wall=auto. */
#define FIRST_INTERVAL_SECONDS 60.0

static gboolean
check_not_torn(const TorporSession *session, GError **error)
{
    if (!session->is_torn)
        return TRUE;
    g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_TORN,
                        "a restore failed half-way, so this state is not saved; start the program "
                        "again");
    return FALSE;
}

/* In the thread that wrote: the host may be anywhere, so only its log is called. */
static void
tell_durable(gpointer data, const TorporWritten *written)
{
    const TorporSession *session = data;
    torpor_host_log(&session->host, TORPOR_LOG_INFO,
                    "saved %s: %" G_GUINT64_FORMAT " bytes in %.3f s", written->path,
                    written->byte_length, written->durable_seconds);
}

/* The new checkpoint is durable: old ones that stay in the way are no reason to fail. */
static void
prune_and_tell(gpointer data, const TorporWritten *written)
{
    const TorporSession *session = data;
    g_autoptr(GError) kept = NULL;
    tell_durable(data, written);
    if (!torpor_retention_prune(session->folder, session->options->keep,
                                session->options->keep_every, FALSE, NULL, NULL, NULL, &kept))
        torpor_host_log(&session->host, TORPOR_LOG_WARNING, "old checkpoints stay: %s",
                        kept->message);
}

static gboolean
write_capture(TorporSession *session, const char *path, gboolean is_async,
              TorporDurableFunc durable, GError **error)
{
    if (!check_not_torn(session, error))
        return FALSE;
    TorporCapture *capture =
        torpor_capture_new(&session->host, session->catalogue, session->outputs, FALSE, error);
    if (capture == NULL)
        return FALSE;
    g_autofree char *usual_path =
        path == NULL ? torpor_checkpoint_path(session->options->dir, capture->step) : NULL;
    return torpor_saver_write(session->saver, capture, path == NULL ? usual_path : path, is_async,
                              durable, session, error);
}

gboolean
torpor_session_write(TorporSession *session, const char *path, GError **error)
{
    return write_capture(session, path, FALSE, NULL, error);
}

/* ---- costs ---- */

static void
plan_auto(TorporSession *session)
{
    double mtbf_seconds = 0;
    double interval = FIRST_INTERVAL_SECONDS;
    const TorporWritten *newest = torpor_saver_newest(session->saver);
    if (!torpor_duration_in(&session->options->mtbf, torpor_unit_lookup("s", NULL), &mtbf_seconds,
                            NULL))
        return;
    if (session->cost.n_saves > 0) /* what a save costs is what the host waits for */
        interval = MAX(torpor_daly_interval(newest->stall_seconds, mtbf_seconds),
                       2 * newest->durable_seconds);
    torpor_schedule_set_wall(session->schedule, interval);
    if (session->cost.n_saves > 0 && fabs(interval - session->told_interval) > 0.1 * interval) {
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "every_wall=auto: a save costs %.3g s and a failure is expected every %.4g "
                        "h, so the next is due in %.3g s (Young and Daly)",
                        newest->stall_seconds, mtbf_seconds / 3600, interval);
        session->told_interval = interval;
    }
}

void
torpor_saving_plan(TorporSession *session)
{
    if (session->options->every_wall_auto)
        plan_auto(session);
    double longest_step = torpor_schedule_longest_step(session->schedule);
    torpor_schedule_set_deadline(
        session->schedule,
        torpor_stopping_seconds_left(session->stopping, &session->cost, longest_step));
}

/* ---- outcomes ---- */

void
torpor_saving_keep_failure(TorporSession *session, const char *what, GError *failure)
{
    torpor_host_log(&session->host, TORPOR_LOG_ERROR, "%s%s", what, failure->message);
    g_clear_error(&session->untold);
    session->untold = failure;
}

static void
note_cost(TorporSession *session)
{
    torpor_save_cost_add(&session->cost, torpor_saver_newest(session->saver)->durable_seconds);
    torpor_saving_plan(session);
}

void
torpor_saving_settle(TorporSession *session)
{
    GError *failure = NULL;
    gboolean was_in_flight =
        torpor_saver_has_news(session->saver) || torpor_saver_is_busy(session->saver);
    if (!torpor_saver_collect(session->saver, &failure))
        torpor_saving_keep_failure(session, "the checkpoint failed, the run goes on: ", failure);
    else if (was_in_flight && session->schedule != NULL)
        note_cost(session);
}

/* ---- saves ---- */

/* Before the first save into the folder: files of a branch that this run does not go on from. */
static gboolean
settle_branch(TorporSession *session, GError **error)
{
    if (session->branch_settled)
        return TRUE;
    g_autofree char *moved_to = NULL;
    gint n_moved = torpor_retention_abandon(
        session->folder, session->has_resumed ? &session->resumed_step : NULL, &moved_to, error);
    if (n_moved < 0)
        return FALSE;
    if (n_moved > 0)
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "moved %d checkpoints of an abandoned branch to %s", n_moved, moved_to);
    session->branch_settled = TRUE;
    return TRUE;
}

static gboolean
write_after_the_last(TorporSession *session, const char *path, GError **error)
{
    gboolean is_async = !session->is_stopping;
    if (torpor_saver_is_busy(session->saver))
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "waiting for the checkpoint before, which is still being written");
    torpor_saving_settle(session);
    if (path != NULL)
        return write_capture(session, path, is_async, tell_durable, error);
    return torpor_session_lock_folder(session, error) && settle_branch(session, error) &&
           write_capture(session, NULL, is_async, prune_and_tell, error);
}

gboolean
torpor_saving_save(TorporSession *session, const char *path, GError **error)
{
    if (session->schedule == NULL && !torpor_session_begin_schedule(session, error))
        return FALSE;
    struct torpor_clock clock;
    if (!torpor_host_clock(&session->host, &clock, error))
        return FALSE;
    gboolean is_saved = write_after_the_last(session, path, error);
    torpor_schedule_saved(session->schedule, clock.step);
    if (is_saved && !torpor_saver_is_busy(session->saver) && !torpor_saver_has_news(session->saver))
        note_cost(session);
    /* Also after a failure: whether the disk was full must not change how a run goes on. */
    torpor_session_post_checkpoint(session, clock.step);
    return is_saved;
}

void
torpor_saving_save_when_due(TorporSession *session)
{
    GError *failure = NULL;
    if (session->in_hook) /* the self-check advances the model: no checkpoint is due in there */
        return;
    if (!torpor_session_save(session, NULL, &failure))
        torpor_saving_keep_failure(session, "the checkpoint failed, the run goes on: ", failure);
}
