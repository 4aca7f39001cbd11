#include "session/session.h"

#include "host/abi_struct.h"
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
    session->owners = torpor_owners_new();
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
    g_clear_pointer(&session->origin, torpor_origin_free);
    g_clear_pointer(&session->built, torpor_origin_free);
    g_clear_pointer(&session->candidate, torpor_origin_free);
    g_clear_pointer(&session->outputs, torpor_outputs_free);
    g_clear_pointer(&session->owners, torpor_owners_free);
    g_clear_pointer(&session->run, torpor_run_free);
    g_clear_pointer(&session->catalogue, torpor_catalogue_free);
    g_clear_pointer(&session->options, torpor_options_free);
    g_clear_error(&session->unreported);
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

const char *
torpor_session_folder_path(const TorporSession *session)
{
    return session->folder == NULL ? session->options->dir : torpor_folder_path(session->folder);
}

gboolean
torpor_session_lock_folder(TorporSession *session, GError **error)
{
    if (session->folder == NULL) {
        session->folder = torpor_folder_lock(session->options->dir, error);
        return session->folder != NULL;
    }
    TorporFolderChange change;
    if (!torpor_folder_follow(session->folder, &change, error))
        return FALSE;
    if (change == TORPOR_FOLDER_MOVED)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING,
                        "the folder %s was moved; checkpoints go on into it where it is now: %s",
                        session->options->dir, torpor_folder_path(session->folder));
    if (change == TORPOR_FOLDER_MADE_AGAIN)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING,
                        "the folder %s was removed, with its checkpoints; it was made again",
                        session->options->dir);
    return TRUE;
}
