#include "session/session.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "host/abi_struct.h"
#include "session/fitting.h"

TorporSession *
torpor_session_new(const struct torpor_host *table, void *host_data, const char *const *options,
                   guint64 n_options, GError **error)
{
    struct torpor_host imported;
    struct torpor_collective collective = {0};
    if (!torpor_host_import(table, &imported, &collective, error))
        return NULL;
    g_autoptr(TorporOptions) parsed = torpor_options_parse(options, n_options, error);
    const TorporHost host = {&imported, host_data};
    if (parsed == NULL || !torpor_fitting_settle(parsed, &host, error))
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
    for (guint i = 0; i < parsed->warnings->len; i++)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING, "%s",
                        (const char *)g_ptr_array_index(parsed->warnings, i));
    session->saver = torpor_saver_new(parsed->mode, parsed->fsync);
    torpor_saver_pack(session->saver, &parsed->packing);
    if (parsed->incremental != TORPOR_INCREMENTAL_NO)
        torpor_saver_refer(session->saver, parsed->full_every,
                           parsed->incremental != TORPOR_INCREMENTAL_COMPARE);
    if (parsed->incremental == TORPOR_INCREMENTAL_CHECK)
        session->revision_check = torpor_revision_check_new();
    session->stopping = stopping;
    session->options = g_steal_pointer(&parsed);
    session->catalogue = torpor_catalogue_new();
    session->outputs = torpor_outputs_new();
    session->owners = torpor_owners_new();
    session->origins = torpor_origins_new();
    return session;
}

int
torpor_session_free(TorporSession *session)
{
    if (session == NULL)
        return 0;
    g_clear_pointer(&session->saver, torpor_saver_free); /* first: its worker uses the rest */
    if (session->shard_save != NULL) /* without a meeting: its shard is in vain */
        session->shard_save_free(session->shard_save);
    int signal_number = torpor_stopping_free(session->stopping);
    g_clear_pointer(&session->revision_check, torpor_revision_check_free);
    g_clear_pointer(&session->folder, torpor_folder_unlock);
    g_clear_pointer(&session->schedule, torpor_schedule_free);
    g_clear_pointer(&session->report, torpor_report_free);
    g_clear_pointer(&session->origins, torpor_origins_unref);
    g_clear_pointer(&session->outputs, torpor_outputs_free);
    g_clear_pointer(&session->owners, torpor_owners_free);
    g_clear_pointer(&session->run, torpor_run_free);
    g_clear_pointer(&session->catalogue, torpor_catalogue_free);
    g_clear_pointer(&session->options, torpor_options_free);
    g_clear_error(&session->unreported);
    g_clear_error(&session->parted);
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

int
torpor_session_open_folder(const TorporSession *session)
{
    int from = session->folder == NULL ? AT_FDCWD : torpor_folder_fd(session->folder);
    return openat(from, session->folder == NULL ? session->options->dir : ".",
                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

gboolean
torpor_session_lock_folder(TorporSession *session, GError **error)
{
    const char *dir = session->options->dir;
    if (session->folder == NULL) {
        gboolean is_required =
            session->options->resume == TORPOR_RESUME_REQUIRE && !session->is_settled;
        if (is_required && access(dir, F_OK) != 0 && errno == ENOENT) { /* and none is made */
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
                        "there is no folder \"%s\" to resume from; resume=auto starts fresh then",
                        dir);
            return FALSE;
        }
        session->folder = torpor_folder_lock(dir, error);
        return session->folder != NULL;
    }
    TorporFolderChange change;
    if (!torpor_folder_follow(session->folder, &change, error))
        return FALSE;
    if (change == TORPOR_FOLDER_MOVED)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING,
                        "the folder %s was moved; checkpoints go on into it where it is now: %s",
                        dir, torpor_folder_path(session->folder));
    if (change == TORPOR_FOLDER_MADE_AGAIN)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING,
                        "the folder %s was removed, with its checkpoints; it was made again", dir);
    return TRUE;
}
