#include "session.h"

#include "file.h"
#include "retention.h"

TorporSession *
torpor_session_new(const struct torpor_host *table, void *host_data, const char *const *options,
                   guint64 n_options, GError **error)
{
    if (!torpor_host_check(table, error))
        return NULL;
    g_autoptr(TorporOptions) parsed = torpor_options_parse(options, n_options, error);
    if (parsed == NULL)
        return NULL;
    TorporSession *session = g_new0(TorporSession, 1);
    session->host = (TorporHost){table, host_data};
    session->options = g_steal_pointer(&parsed);
    session->catalogue = torpor_catalogue_new();
    session->outputs = torpor_outputs_new();
    return session;
}

void
torpor_session_free(TorporSession *session)
{
    if (session == NULL)
        return;
    g_clear_pointer(&session->folder, torpor_folder_unlock);
    g_clear_pointer(&session->schedule, torpor_schedule_free);
    g_clear_pointer(&session->report, torpor_report_free);
    g_clear_pointer(&session->outputs, torpor_outputs_free);
    g_clear_pointer(&session->catalogue, torpor_catalogue_free);
    g_clear_pointer(&session->options, torpor_options_free);
    g_clear_error(&session->untold);
    g_free(session->newest.path);
    g_free(session);
}

static gboolean
enter(TorporSession *session, GError **error)
{
    if (session->in_hook) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_ORDER,
                            "a hook was called from inside a callback of another hook");
        return FALSE;
    }
    session->in_hook = TRUE;
    return TRUE;
}

static gboolean
lock_folder(TorporSession *session, GError **error)
{
    if (session->folder == NULL)
        session->folder = torpor_folder_lock(session->options->dir, error);
    return session->folder != NULL && torpor_folder_check_held(session->folder, error);
}

/* From this point of simulated time on, checkpoints come due. */
static gboolean
begin_schedule(TorporSession *session, GError **error)
{
    struct torpor_clock clock;
    if (!torpor_host_clock(&session->host, &clock, error))
        return FALSE;
    if (session->schedule == NULL)
        session->schedule = torpor_schedule_new(session->options, clock.unit, error);
    if (session->schedule == NULL)
        return FALSE;
    torpor_schedule_begin(session->schedule, clock.step, clock.time);
    return TRUE;
}

/* ---- save ---- */

/* From here on asynchronous saves differ: they give the encoded bytes to a stage instead. */
gboolean
torpor_session_write(TorporSession *session, const char *path, TorporWritten *out, GError **error)
{
    if (session->is_torn) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_TORN,
                            "a restore failed half-way, so this state is not saved; start the "
                            "program again");
        return FALSE;
    }
    gboolean fsync = session->options->fsync;
    g_autoptr(TorporCapture) capture =
        torpor_capture_new(&session->host, session->catalogue, session->outputs, fsync, error);
    if (capture == NULL)
        return FALSE;
    g_autofree char *to = path != NULL
                              ? g_strdup(path)
                              : torpor_checkpoint_path(session->options->dir, capture->step);
    TorporFileWriter *writer = torpor_file_writer_new(to, TRUE, fsync, error);
    if (writer == NULL)
        return FALSE;
    g_autoptr(TorporPlaces) places = torpor_places_new();
    if (!torpor_capture_encode(capture, torpor_file_writer_sink(writer), places, error) ||
        !torpor_file_writer_append_index(writer, places, error)) {
        torpor_file_writer_abort(writer);
        g_prefix_error(error, "%s: ", to);
        return FALSE;
    }
    guint64 byte_length = torpor_file_writer_sink(writer)->place;
    guint64 step = capture->step;
    /* The state is captured: the host may go on while the disk catches up. */
    g_clear_pointer(&capture, torpor_capture_free);
    if (!torpor_file_writer_commit(writer, error))
        return FALSE;
    g_free(out->path);
    *out = (TorporWritten){g_steal_pointer(&to), step, byte_length};
    return TRUE;
}

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
save_into_folder(TorporSession *session, GError **error)
{
    if (!lock_folder(session, error) || !settle_branch(session, error) ||
        !torpor_session_write(session, NULL, &session->newest, error))
        return FALSE;
    /* The new checkpoint is durable: old ones that stay in the way are no reason to fail. */
    g_autoptr(GError) kept = NULL;
    if (!torpor_retention_prune(session->folder, session->options->keep,
                                session->options->keep_every, FALSE, NULL, NULL, NULL, &kept))
        torpor_host_log(&session->host, TORPOR_LOG_WARNING, "old checkpoints stay: %s",
                        kept->message);
    return TRUE;
}

/* A save for whatever reason, with what follows it in every run alike. */
static gboolean
save(TorporSession *session, const char *path, GError **error)
{
    if (session->schedule == NULL && !begin_schedule(session, error))
        return FALSE;
    struct torpor_clock clock;
    if (!torpor_host_clock(&session->host, &clock, error))
        return FALSE;
    gint64 begin_us = g_get_monotonic_time();
    gboolean saved = path == NULL ? save_into_folder(session, error)
                                  : torpor_session_write(session, path, &session->newest, error);
    session->durable_seconds = (double)(g_get_monotonic_time() - begin_us) / G_USEC_PER_SEC;
    session->stall_seconds = session->durable_seconds;
    torpor_schedule_saved(session->schedule, clock.step);
    if (saved)
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "saved %s: %" G_GUINT64_FORMAT " bytes in %.3f s", session->newest.path,
                        session->newest.byte_length, session->durable_seconds);
    /* Also after a failure: whether the disk was full must not change how a run goes on. */
    if (session->host.table->post_checkpoint != NULL)
        session->host.table->post_checkpoint(session->host.data, clock.step);
    return saved;
}

gboolean
torpor_session_save(TorporSession *session, const char *path, GError **error)
{
    if (!enter(session, error))
        return FALSE;
    gboolean saved = save(session, path, error);
    session->in_hook = FALSE;
    return saved;
}

/* A save that nobody waits for: its failure is kept until somebody asks. */
static void
save_when_due(TorporSession *session)
{
    GError *failure = NULL;
    if (torpor_session_save(session, NULL, &failure))
        return;
    torpor_host_log(&session->host, TORPOR_LOG_ERROR, "the checkpoint failed, the run goes on: %s",
                    failure->message);
    g_clear_error(&session->untold);
    session->untold = failure;
}

gint32
torpor_session_step(TorporSession *session, guint64 step, double time)
{
    if (G_UNLIKELY(session->schedule == NULL)) {
        GError *failure = NULL;
        if (!begin_schedule(session, &failure)) {
            torpor_host_log(&session->host, TORPOR_LOG_ERROR, "%s", failure->message);
            g_clear_error(&session->untold);
            session->untold = failure;
            return TORPOR_STOP;
        }
    }
    gboolean stops = g_atomic_int_get(&session->stop_asked) != 0;
    if (G_LIKELY(!torpor_schedule_due(session->schedule, step, time) && !stops))
        return TORPOR_GO_ON;
    save_when_due(session);
    return stops ? TORPOR_STOP : TORPOR_GO_ON;
}

void
torpor_session_stop(TorporSession *session)
{
    g_atomic_int_set(&session->stop_asked, 1);
}

/* ---- restore ---- */

static gboolean
restore_snapshot(TorporSession *session, TorporSnapshot *snapshot, gint32 mismatch, GError **error)
{
    GError *failure = NULL;
    g_autoptr(TorporReport) report = torpor_report_new(&session->host, mismatch);
    g_autoptr(TorporRestore) restore =
        torpor_restore_prepare(&session->host, session->catalogue, snapshot, report, error);
    gboolean restored =
        restore != NULL && torpor_restore_commit(restore, session->outputs, &failure);
    session->is_torn |= failure != NULL && failure->code == TORPOR_STATUS_TORN;
    if (failure != NULL)
        g_propagate_error(error, failure);
    g_clear_pointer(&session->report, torpor_report_free);
    session->report = g_steal_pointer(&report);
    return restored;
}

gboolean
torpor_session_read(TorporSession *session, const char *path, gint32 mismatch, GError **error)
{
    TorporSnapshot *snapshot = torpor_snapshot_open(path, &session->host, 0, error);
    return snapshot != NULL && restore_snapshot(session, snapshot, mismatch, error);
}

/* The search opens files to see whether they are sound; the one it settles on stays open. */
typedef struct {
    const TorporHost *host;
    TorporSnapshot *snapshot;
} Search;

static gboolean
is_sound(gpointer data, const char *path, GError **error)
{
    Search *search = data;
    g_clear_pointer(&search->snapshot, torpor_snapshot_free);
    g_autoptr(TorporSnapshot) snapshot = torpor_snapshot_open(path, search->host, 0, error);
    if (snapshot == NULL || !torpor_snapshot_check_model(snapshot, search->host, error))
        return FALSE;
    search->snapshot = g_steal_pointer(&snapshot);
    return TRUE;
}

/* *out is NULL without error if the run starts fresh. */
static gboolean
find_snapshot(TorporSession *session, TorporSnapshot **out, GError **error)
{
    const TorporOptions *options = session->options;
    Search search = {.host = &session->host};
    g_autoptr(GPtrArray) damaged = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) failure = NULL;
    g_autofree char *path = torpor_retention_select(
        options->dir, options->resume, options->resume_path, is_sound, &search, damaged, &failure);
    for (guint i = 0; i < damaged->len; i++)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING, "passed over: %s",
                        (const char *)g_ptr_array_index(damaged, i));
    *out = search.snapshot;
    if (path != NULL)
        return TRUE;
    g_clear_pointer(out, torpor_snapshot_free);
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

static gboolean
restore(TorporSession *session, const char *path, gboolean *resumed, GError **error)
{
    TorporSnapshot *snapshot = NULL;
    *resumed = FALSE;
    if (path != NULL)
        snapshot = torpor_snapshot_open(path, &session->host, 0, error);
    else if (!lock_folder(session, error) || !find_snapshot(session, &snapshot, error))
        return FALSE;
    if (snapshot == NULL && path != NULL)
        return FALSE;
    if (snapshot == NULL) {
        session->has_resumed = FALSE;
        session->branch_settled = FALSE;
        return begin_schedule(session, error);
    }
    g_autofree char *from = g_strdup(snapshot->path);
    guint64 step = snapshot->step;
    if (!restore_snapshot(session, snapshot, session->options->mismatch, error))
        return FALSE;
    *resumed = TRUE;
    session->has_resumed = TRUE;
    session->resumed_step = step;
    session->branch_settled = FALSE;
    torpor_host_log(&session->host, TORPOR_LOG_INFO, "resumed from %s at step %" G_GUINT64_FORMAT,
                    from, step);
    if (session->host.table->post_checkpoint != NULL)
        session->host.table->post_checkpoint(session->host.data, step);
    return begin_schedule(session, error);
}

gboolean
torpor_session_restore(TorporSession *session, const char *path, gboolean *resumed, GError **error)
{
    if (!enter(session, error))
        return FALSE;
    gboolean restored = restore(session, path, resumed, error);
    session->in_hook = FALSE;
    return restored;
}

/* ---- what became of it ---- */

gboolean
torpor_session_outcome(TorporSession *session, struct torpor_outcome *out, GError **error)
{
    if (out != NULL && TORPOR_HAS(out, struct torpor_outcome, path)) {
        out->status = session->untold == NULL ? TORPOR_STATUS_OK : session->untold->code;
        out->step = session->newest.step;
        out->byte_length = session->newest.byte_length;
        out->stall_seconds = session->stall_seconds;
        out->durable_seconds = session->durable_seconds;
        out->path = session->newest.path;
    }
    if (session->untold == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&session->untold));
    return FALSE;
}

const char *
torpor_session_report(const TorporSession *session)
{
    return session->report == NULL ? "" : session->report->text->str;
}
