#include "session/session.h"

#include "folder/retention.h"
#include "host/abi_struct.h"
#include "session/saving.h"

TorporSession *
torpor_session_new(const struct torpor_host *table, void *host_data, const char *const *options,
                   guint64 n_options, GError **error)
{
    struct torpor_host imported;
    struct torpor_collective collective = {0};
    if (!torpor_host_import(table, &imported, &collective, error))
        return NULL;
    g_autoptr(TorporOptions) parsed = torpor_options_parse(options, n_options, error);
    if (parsed == NULL)
        return NULL;
    gboolean handles_signals = (imported.flags & TORPOR_HOST_NO_SIGNALS) == 0;
    TorporStopping *stopping = torpor_stopping_new(parsed, handles_signals, error);
    if (stopping == NULL)
        return NULL;
    TorporSession *session = g_new0(TorporSession, 1);
    session->table = imported;
    session->collective = collective;
    if (imported.collective != NULL)
        session->table.collective = &session->collective;
    session->name = g_strdup(imported.name);
    session->version = g_strdup(imported.version);
    session->table.name = session->name;
    session->table.version = session->version;
    session->host = (TorporHost){&session->table, host_data};
    session->saver = torpor_saver_new(parsed->mode == TORPOR_MODE_ASYNC, parsed->fsync);
    session->stopping = stopping;
    session->options = g_steal_pointer(&parsed);
    session->catalogue = torpor_catalogue_new();
    session->outputs = torpor_outputs_new();
    return session;
}

int
torpor_session_free(TorporSession *session)
{
    if (session == NULL)
        return 0;
    g_clear_pointer(&session->saver, torpor_saver_free); /* first: its worker uses the rest */
    int signal_number = torpor_stopping_free(session->stopping);
    g_clear_pointer(&session->folder, torpor_folder_unlock);
    g_clear_pointer(&session->schedule, torpor_schedule_free);
    g_clear_pointer(&session->report, torpor_report_free);
    g_clear_pointer(&session->outputs, torpor_outputs_free);
    g_clear_pointer(&session->catalogue, torpor_catalogue_free);
    g_clear_pointer(&session->options, torpor_options_free);
    g_clear_error(&session->untold);
    g_free(session->name);
    g_free(session->version);
    g_free(session);
    return signal_number;
}

gboolean
torpor_session_enter(TorporSession *session, GError **error)
{
    if (session->in_hook) {
        g_set_error_literal(
            error, TORPOR_ERROR, TORPOR_STATUS_ORDER,
            "a hook or a declaration was called from inside a callback of another hook");
        return FALSE;
    }
    session->in_hook = TRUE;
    return TRUE;
}

void
torpor_session_leave(TorporSession *session)
{
    session->in_hook = FALSE;
}

void
torpor_session_post_checkpoint(TorporSession *session, guint64 step)
{
    if (session->host.table->post_checkpoint != NULL)
        session->host.table->post_checkpoint(session->host.data, step);
}

gboolean
torpor_session_lock_folder(TorporSession *session, GError **error)
{
    if (session->folder == NULL)
        session->folder = torpor_folder_lock(session->options->dir, error);
    return session->folder != NULL && torpor_folder_check_held(session->folder, error);
}

gboolean
torpor_session_begin_schedule(TorporSession *session, GError **error)
{
    struct torpor_clock clock;
    if (!torpor_host_clock(&session->host, &clock, error))
        return FALSE;
    gboolean goes_on = !session->is_settled && clock.step > 0;
    if (goes_on) {
        /* A host that goes on with what it has in memory: checkpoints up to here are of its past.
         */
        session->has_resumed = TRUE;
        session->resumed_step = clock.step;
    }
    session->is_settled = TRUE;
    if (session->schedule == NULL)
        session->schedule = torpor_schedule_new(session->options, clock.unit, error);
    if (session->schedule == NULL)
        return FALSE;
    torpor_schedule_begin(session->schedule, clock.step, clock.time);
    torpor_stopping_begin(session->stopping, &session->cost, goes_on);
    torpor_saving_plan(session);
    return TRUE;
}

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

static void
save_and_stop(TorporSession *session, guint64 step, double time)
{
    g_autofree char *reason = torpor_stopping_reason(session->stopping);
    struct torpor_clock clock = {TORPOR_CLOCK_INIT, .unit = ""};
    torpor_host_clock(&session->host, &clock, NULL);
    session->is_stopping = TRUE;
    gboolean is_futile = torpor_stopping_is_futile(session->stopping);
    gboolean is_saved = torpor_saving_save_when_due(session);
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

/* Something is to be done at this step, or was done behind the host's back. */
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
        torpor_saving_save_when_due(session);
    return session->is_stopping ? TORPOR_STOP : TORPOR_GO_ON;
}

gint32
torpor_session_step(TorporSession *session, guint64 step, double time)
{
    GError *failure = NULL;
    if (G_UNLIKELY(session->schedule == NULL) &&
        !torpor_session_begin_schedule(session, &failure)) {
        torpor_saving_keep_failure(session, "", failure);
        return TORPOR_STOP;
    }
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

static gboolean
restore_checkpoint(TorporSession *session, TorporCheckpointFile *checkpoint, gint32 mismatch,
                   GError **error)
{
    GError *failure = NULL;
    g_autoptr(TorporReport) report = torpor_report_new(&session->host, mismatch);
    g_autoptr(TorporRestore) restore =
        torpor_restore_prepare(&session->host, session->catalogue, checkpoint, report, error);
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
    TorporCheckpointFile *checkpoint = torpor_checkpoint_file_open(path, &session->host, 0, error);
    return checkpoint != NULL && restore_checkpoint(session, checkpoint, mismatch, error);
}

/* The search opens files to see whether they are sound; the one it settles on stays open. */
typedef struct {
    const TorporHost *host;
    gboolean any_model; /* the live model plays no part */
    TorporCheckpointFile *checkpoint;
} Search;

static gboolean
is_sound(gpointer data, const char *path, GError **error)
{
    Search *search = data;
    g_clear_pointer(&search->checkpoint, torpor_checkpoint_file_free);
    g_autoptr(TorporCheckpointFile) checkpoint =
        torpor_checkpoint_file_open(path, search->host, 0, error);
    if (checkpoint == NULL || (!search->any_model && !torpor_checkpoint_file_check_model(
                                                         checkpoint, search->host, error)))
        return FALSE;
    search->checkpoint = g_steal_pointer(&checkpoint);
    return TRUE;
}

gboolean
torpor_session_find_checkpoint(TorporSession *session, gboolean any_model,
                               TorporCheckpointFile **out, GError **error)
{
    const TorporOptions *options = session->options;
    Search search = {.host = &session->host, .any_model = any_model};
    g_autoptr(GPtrArray) damaged = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) failure = NULL;
    g_autofree char *path = torpor_retention_select(
        options->dir, options->resume, options->resume_path, is_sound, &search, damaged, &failure);
    for (guint i = 0; i < damaged->len; i++)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING, "passed over: %s",
                        (const char *)g_ptr_array_index(damaged, i));
    *out = search.checkpoint;
    if (path != NULL)
        return TRUE;
    g_clear_pointer(out, torpor_checkpoint_file_free);
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

static gboolean
restore(TorporSession *session, const char *path, gboolean *resumed, GError **error)
{
    TorporCheckpointFile *checkpoint = NULL;
    *resumed = FALSE;
    g_clear_pointer(&session->report, torpor_report_free);
    if (path != NULL)
        checkpoint = torpor_checkpoint_file_open(path, &session->host, 0, error);
    else if (!torpor_session_lock_folder(session, error) ||
             !torpor_session_find_checkpoint(session, FALSE, &checkpoint, error))
        return FALSE;
    if (checkpoint == NULL && path != NULL)
        return FALSE;
    session->is_settled = TRUE;
    if (checkpoint == NULL) {
        session->has_resumed = FALSE;
        session->branch_settled = FALSE;
        return torpor_session_begin_schedule(session, error);
    }
    g_autofree char *from = g_strdup(checkpoint->path);
    guint64 step = checkpoint->step;
    if (!restore_checkpoint(session, checkpoint, session->options->mismatch, error))
        return FALSE;
    *resumed = TRUE;
    session->has_resumed = TRUE;
    session->resumed_step = step;
    session->branch_settled = FALSE;
    torpor_host_log(&session->host, TORPOR_LOG_INFO, "resumed from %s at step %" G_GUINT64_FORMAT,
                    from, step);
    torpor_session_post_checkpoint(session, step);
    return torpor_session_begin_schedule(session, error);
}

gboolean
torpor_session_restore(TorporSession *session, const char *path, gboolean *resumed, GError **error)
{
    if (!torpor_session_enter(session, error))
        return FALSE;
    torpor_saving_settle(session); /* the newest file may be the one to restore */
    gboolean restored = restore(session, path, resumed, error);
    torpor_session_leave(session);
    return restored;
}

/* ---- what became of it ---- */

static gboolean
fill_outcome(const TorporSession *session, struct torpor_outcome *out, GError **error)
{
    const TorporWritten *newest = torpor_saver_newest(session->saver);
    const struct torpor_outcome outcome = {
        TORPOR_OUTCOME_INIT,
        .status = session->untold == NULL ? TORPOR_STATUS_OK : session->untold->code,
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
