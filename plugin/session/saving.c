#include "session/saving.h"

#include <math.h>

#include "file/verify.h"
#include "folder/retention.h"
#include "session/lineage.h"
#include "session/origin.h"

/* With every_wall=auto, the interval until the cost of a save is known. */
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

static TorporCapture *
capture(TorporSession *session, GError **error)
{
    TorporCapture *captured = check_not_torn(session, error)
                                  ? torpor_capture_new(&session->host, session->catalogue,
                                                       session->outputs, session->origin, error)
                                  : NULL;
    if (captured == NULL)
        return NULL;
    if (session->run == NULL) /* a self-check, before the run begins */
        torpor_lineage_begin(session, captured->step);
    torpor_run_put(session->run, captured->tree);
    return captured;
}

static TorporOwn
own_files(TorporSession *session)
{
    return (TorporOwn){
        .is_own = torpor_lineage_is_own, .data = session, .newest_step = session->last_step};
}

/* Old checkpoints are removed only now, since the new one is durable. */
static gboolean
prune(gpointer data, GError **error)
{
    TorporSession *session = data;
    const TorporOwn own = own_files(session);
    g_autofree char *path =
        torpor_checkpoint_path(torpor_folder_path(session->folder), session->last_step);
    g_autofree char *name = g_path_get_basename(path);
    torpor_owners_note(session->owners, torpor_folder_fd(session->folder), name, session->run);
    return torpor_retention_prune(session->folder, &own, session->options->keep,
                                  session->options->keep_every, FALSE, NULL, NULL, NULL, error);
}

/* Not the live model, nor the host: the thread is any. */
static gboolean
is_intact(gpointer data, const char *path, GError **error)
{
    (void)data;
    g_autoptr(TorporFile) file = torpor_file_open(path, error);
    g_autoptr(TorporIndex) index = file == NULL ? NULL : torpor_file_read_index(file, error);
    if (file != NULL && index == NULL && error != NULL && *error == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "%s has no index", path);
    return index != NULL && torpor_file_verify(file, index, 0, NULL, NULL, NULL, error);
}

static char *
make_room(gpointer data)
{
    TorporSession *session = data;
    const TorporOwn own = own_files(session);
    g_autofree char *removed =
        torpor_retention_make_room(session->folder, &own, is_intact, NULL, NULL);
    return removed == NULL
               ? NULL
               : g_strdup_printf("the disk is full: removed the oldest checkpoint %s", removed);
}

static gboolean
write_into_folder(TorporSession *session, GError **error)
{
    TorporCapture *captured = capture(session, error);
    if (captured == NULL)
        return FALSE;
    session->last_step = captured->step;
    const TorporFollow follow = {.follow = prune,
                                 .make_room = make_room,
                                 .data = session,
                                 .folder = torpor_folder_fd(session->folder)};
    g_autofree char *path =
        torpor_checkpoint_path(torpor_folder_path(session->folder), captured->step);
    return torpor_saver_write(session->saver, captured, path, !session->is_stopping, &follow,
                              error);
}

/* What the worker writes is repeated there; else the host still waits, and is captured again. */
static gboolean
write_or_make_room(TorporSession *session, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (write_into_folder(session, &failure))
        return TRUE;
    gboolean is_full = g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_NO_SPACE);
    g_autofree char *note = is_full ? make_room(session) : NULL;
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
    TorporCapture *captured = capture(session, error);
    return captured != NULL &&
           torpor_saver_write(session->saver, captured, path, !session->is_stopping, NULL, error);
}

gboolean
torpor_saving_write(TorporSession *session, const char *path, GError **error)
{
    TorporCapture *captured = capture(session, error);
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

gboolean
torpor_saving_hold_outputs(TorporSession *session, GError **error)
{
    /* A host that cannot be described yet is asked again at the save. */
    if (torpor_outputs_are_held(session->outputs) || !torpor_host_save_begin(&session->host, NULL))
        return TRUE;
    g_autoptr(TorporDescription) description = torpor_description_new(&session->host, NULL);
    gboolean is_fine =
        description == NULL || torpor_outputs_hold(session->outputs, description->outputs, error);
    torpor_host_save_end(&session->host);
    return is_fine;
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
    if (session->run == NULL)
        torpor_lineage_begin(session, goes_on ? clock.step : 0);
    if (session->schedule == NULL)
        session->schedule = torpor_schedule_new(session->options, clock.unit, error);
    if (session->schedule == NULL)
        return FALSE;
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
    session->can_make_good = session->last_was_ours;
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
    torpor_host_log(&session->host, TORPOR_LOG_INFO,
                    "saved %s: %" G_GUINT64_FORMAT " bytes in %.3f s", written->path,
                    written->byte_length, written->durable_seconds);
    if (written->warning != NULL)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING, "old checkpoints stay: %s",
                        written->warning);
    if (written->is_followed)
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
    if (!torpor_saver_collect(session->saver, &failure))
        torpor_saving_keep_failure(session, "the checkpoint failed, the run goes on: ", failure);
    report_written(session);
}

/* ---- saves ---- */

/* Before the first save into the folder: move the files of an abandoned branch aside. */
static gboolean
settle_branch(TorporSession *session, GError **error)
{
    if (session->branch_settled)
        return TRUE;
    g_autofree char *moved_to = NULL;
    const TorporOwn own = own_files(session);
    gint n_moved = torpor_retention_abandon(session->folder, &own,
                                            session->has_resumed ? &session->resumed_step : NULL,
                                            &moved_to, error);
    if (n_moved < 0)
        return FALSE;
    if (n_moved > 0)
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "moved %d checkpoint%s of an abandoned branch to %s", n_moved,
                        n_moved == 1 ? "" : "s", moved_to);
    session->branch_settled = TRUE;
    return TRUE;
}

static gboolean
write_after_the_last(TorporSession *session, const char *path, GError **error)
{
    if (torpor_saver_is_busy(session->saver))
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "waiting for the checkpoint before, which is still being written");
    torpor_saving_settle(session);
    /* A torn state moves no files aside: the next run resumes from them. */
    gboolean is_ready = check_not_torn(session, error) &&
                        (path != NULL || (torpor_session_lock_folder(session, error) &&
                                          settle_branch(session, error)));
    session->last_was_ours = path == NULL;
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

gboolean
torpor_saving_save(TorporSession *session, const char *path, GError **error)
{
    if (session->schedule == NULL && path == NULL)
        torpor_session_origin_begin(session);
    if (session->schedule == NULL && !torpor_saving_begin(session, error))
        return FALSE;
    struct torpor_clock clock;
    if (!torpor_host_clock(&session->host, &clock, error))
        return FALSE;
    g_autofree char *resolved = absolute_path(path);
    gboolean is_saved = write_after_the_last(session, resolved, error);
    torpor_schedule_saved(session->schedule, clock.step);
    report_written(session);
    /* Also after a failure: a full disk must not change the course of the run. */
    torpor_session_post_checkpoint(session, clock.step);
    return is_saved;
}
