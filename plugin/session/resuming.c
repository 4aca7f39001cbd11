#include "session/resuming.h"

#include "folder/retention.h"
#include "session/lineage.h"
#include "session/origin.h"
#include "session/saving.h"

static TorporReport *
begin_report(TorporSession *session, gint32 mismatch)
{
    g_clear_pointer(&session->report, torpor_report_free);
    session->report = torpor_report_new(&session->host, mismatch);
    return session->report;
}

/* Takes the checkpoint. */
static gboolean
restore_checkpoint(TorporSession *session, TorporCheckpointFile *checkpoint, TorporReport *report,
                   GError **error)
{
    GError *failure = NULL;
    g_autoptr(TorporRestore) restore =
        torpor_restore_prepare(&session->host, session->catalogue, checkpoint, report, error);
    gboolean restored =
        restore != NULL && torpor_restore_commit(restore, session->outputs, &failure);
    session->is_torn |= failure != NULL && failure->code == TORPOR_STATUS_TORN;
    if (failure != NULL)
        g_propagate_error(error, failure);
    return restored;
}

gboolean
torpor_resuming_read(TorporSession *session, const char *path, gint32 mismatch, GError **error)
{
    TorporCheckpointFile *checkpoint = torpor_checkpoint_file_open(path, &session->host, 0, error);
    return checkpoint != NULL &&
           restore_checkpoint(session, checkpoint, begin_report(session, mismatch), error);
}

/* The search opens files to verify them; the one that is chosen stays open. */
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
torpor_resuming_find(TorporSession *session, gboolean any_model, TorporCheckpointFile **out,
                     GError **error)
{
    const TorporOptions *options = session->options;
    Search search = {.host = &session->host, .any_model = any_model};
    g_autoptr(GPtrArray) damaged = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) failure = NULL;
    g_autofree char *path =
        torpor_retention_select(torpor_session_folder_path(session), options->resume,
                                options->resume_path, is_sound, &search, damaged, &failure);
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

/* The named file, or the one that option `resume` selects; NULL without error: there is none. */
static gboolean
open_checkpoint(TorporSession *session, const char *path, TorporCheckpointFile **out,
                GError **error)
{
    if (path == NULL)
        return torpor_session_lock_folder(session, error) &&
               torpor_resuming_find(session, FALSE, out, error);
    *out = torpor_checkpoint_file_open(path, &session->host, 0, error);
    return *out != NULL;
}

static gboolean
start_fresh(TorporSession *session, GError **error)
{
    session->is_settled = TRUE;
    session->has_resumed = FALSE;
    session->branch_settled = FALSE;
    g_clear_pointer(&session->run, torpor_run_free);
    return torpor_session_origin_check(session, NULL, TRUE, NULL, error) &&
           torpor_saving_hold_outputs(session, error) && torpor_saving_begin(session, error);
}

gboolean
torpor_resuming_restore(TorporSession *session, const char *path, gboolean *resumed, GError **error)
{
    g_autoptr(TorporCheckpointFile) checkpoint = NULL;
    *resumed = FALSE;
    g_clear_pointer(&session->report, torpor_report_free);
    if (!open_checkpoint(session, path, &checkpoint, error))
        return FALSE;
    if (checkpoint == NULL)
        return start_fresh(session, error);
    session->is_settled = TRUE;
    gboolean is_newest = path == NULL && (session->options->resume == TORPOR_RESUME_AUTO ||
                                          session->options->resume == TORPOR_RESUME_REQUIRE);
    if (is_newest && !torpor_lineage_check_folder(session, checkpoint, error))
        return FALSE;
    g_autoptr(TorporRun) run = torpor_lineage_of(session, checkpoint, is_newest);
    g_autofree char *from = g_strdup(checkpoint->path);
    guint64 step = checkpoint->step;
    TorporReport *report = begin_report(session, session->options->mismatch);
    /* Another simulator's file is that, and not a model that was built otherwise. One that was
     * found is known to be of this model. */
    if ((path != NULL && !torpor_checkpoint_file_check_model(checkpoint, &session->host, error)) ||
        !torpor_session_origin_check(session, checkpoint, path == NULL, report, error) ||
        !restore_checkpoint(session, g_steal_pointer(&checkpoint), report, error))
        return FALSE;
    torpor_session_origin_adopt(session);
    *resumed = TRUE;
    torpor_run_free(session->run);
    session->run = g_steal_pointer(&run);
    session->has_resumed = TRUE;
    session->resumed_step = step;
    session->branch_settled = FALSE;
    torpor_host_log(&session->host, TORPOR_LOG_INFO, "resumed from %s at step %" G_GUINT64_FORMAT,
                    from, step);
    torpor_session_post_checkpoint(session, step);
    return torpor_saving_begin(session, error);
}
