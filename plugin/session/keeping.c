#include "session/keeping.h"

#include "file/verify.h"
#include "folder/abandoned.h"
#include "folder/retention.h"
#include "msgpack/decode.h"
#include "session/every.h"
#include "session/lineage.h"
#include "session/ranks.h"

gboolean
torpor_keeping_check_not_torn(const TorporSession *session, GError **error)
{
    if (!session->is_torn)
        return TRUE;
    g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_TORN,
                        "a restore failed half-way, so this state is not saved; start the program "
                        "again");
    return FALSE;
}

/* If they are wrong, the next file refers to nothing. */
static gboolean
check_revisions(const TorporSession *session, GError **error)
{
    if (session->revision_check == NULL ||
        torpor_revision_check_run(session->revision_check, &session->host, session->catalogue,
                                  error))
        return TRUE;
    torpor_saver_forget_baseline(session->saver);
    return FALSE;
}

TorporCapture *
torpor_keeping_capture(TorporSession *session, TorporBaseline *baseline, GError **error)
{
    TorporCapture *captured =
        torpor_keeping_check_not_torn(session, error) && check_revisions(session, error)
            ? torpor_capture_new(&session->host, session->catalogue, session->outputs,
                                 session->origins->origin, baseline, error)
            : NULL;
    if (captured == NULL)
        return NULL;
    if (session->run == NULL) /* a self-check, before the run begins */
        torpor_lineage_begin(session, captured->step);
    torpor_run_put(session->run, captured->tree);
    if (torpor_every_put(session, captured->tree, error))
        return captured;
    torpor_capture_free(captured);
    return NULL;
}

/* The run that the session is of, or is about to be. */
typedef struct {
    const TorporSession *session;
    const TorporRun *run;
} Owner;

static TorporOwner
owner_of(gpointer data, const TorporCheckpoint *checkpoint)
{
    const Owner *owner = data;
    return torpor_owners_owner_of(owner->session->owners, torpor_folder_fd(owner->session->folder),
                                  checkpoint, owner->run);
}

static TorporOwn
own_files(Owner *owner)
{
    return (TorporOwn){
        .owner_of = owner_of, .data = owner, .newest_step = owner->session->last_step};
}

static void
forget(TorporSession *session, const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    torpor_owners_forget(session->owners, name);
}

gboolean
torpor_keeping_prune(gpointer data, GError **error)
{
    TorporSession *session = data;
    Owner owner = {session, session->run};
    const TorporOwn own = own_files(&owner);
    g_autofree char *path =
        torpor_checkpoint_path(torpor_folder_path(session->folder), session->last_step);
    g_autofree char *name = g_path_get_basename(path);
    torpor_owners_note(session->owners, torpor_folder_fd(session->folder), name, session->run);
    g_autoptr(GPtrArray) removed = g_ptr_array_new_with_free_func(g_free);
    gboolean is_pruned =
        torpor_retention_prune(session->folder, &own, session->options->keep,
                               session->options->keep_every, FALSE, NULL, NULL, removed, error);
    for (guint i = 0; i < removed->len; i++)
        forget(session, removed->pdata[i]);
    return is_pruned;
}

/* Not the live model, nor the host: the thread is any. */
static gboolean
is_intact(gpointer data, int folder, const char *path, GError **error)
{
    (void)data;
    g_autoptr(TorporFile) file = torpor_file_open_in(folder, path, error);
    g_autoptr(TorporIndex) index = file == NULL ? NULL : torpor_file_read_index(file, error);
    if (file != NULL && index == NULL && error != NULL && *error == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "%s has no index", path);
    if (index == NULL || !torpor_file_verify(file, index, 0, NULL, NULL, NULL, error))
        return FALSE;
    g_autoptr(TorporTree) tree = torpor_decode_file(file, error);
    GError *failure = NULL;
    g_autoptr(TorporShards) shards =
        tree == NULL ? NULL : torpor_shards_read(tree, file, folder, path, &failure);
    if (shards != NULL)
        (void)torpor_shards_verify(shards, 0, 1, NULL, NULL, &failure);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return tree != NULL && failure == NULL;
}

char *
torpor_keeping_make_room(gpointer data)
{
    TorporSession *session = data;
    Owner owner = {session, session->run};
    const TorporOwn own = own_files(&owner);
    g_autofree char *removed =
        torpor_retention_make_room(session->folder, &own, is_intact, NULL, NULL);
    if (removed != NULL)
        forget(session, removed);
    return removed == NULL
               ? NULL
               : g_strdup_printf("the disk is full: removed the oldest checkpoint %s", removed);
}

static gboolean
set_aside(TorporSession *session, const TorporRun *run, const guint64 *resumed_step, GError **error)
{
    g_autofree char *moved_to = NULL;
    Owner owner = {session, run};
    const TorporOwn own = own_files(&owner);
    gint n_moved =
        torpor_abandoned_set_aside(session->folder, &own, resumed_step, &moved_to, error);
    if (n_moved < 0)
        return FALSE;
    if (n_moved > 0)
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "moved %d checkpoint%s of an abandoned branch to %s", n_moved,
                        n_moved == 1 ? "" : "s", moved_to);
    return TRUE;
}

gboolean
torpor_keeping_settle_branch(TorporSession *session, GError **error)
{
    if (!session->branch_settled)
        session->branch_settled = set_aside(
            session, session->run, session->has_resumed ? &session->resumed_step : NULL, error);
    return session->branch_settled;
}

gboolean
torpor_keeping_before_cut(TorporSession *session, const TorporRun *run, const guint64 *resumed_step,
                          gboolean loses_bytes, GError *own_failure, GError **error)
{
    guint n_ranks = torpor_host_n_ranks(&session->host);
    g_autofree TorporSay *all = g_new0(TorporSay, n_ranks);
    const TorporSay mine = {{(guint64)loses_bytes}};
    if (!torpor_ranks_meet(session, TORPOR_AT_PREPARED, own_failure, &mine, all, error))
        return FALSE;
    for (guint i = 0; i < n_ranks; i++)
        loses_bytes |= all[i].words[0] != 0;
    GError *failure = NULL;
    if (loses_bytes && torpor_ranks_is_first(session) && session->folder != NULL)
        (void)set_aside(session, run, resumed_step, &failure);
    return torpor_ranks_meet(session, TORPOR_AT_PREPARED, failure, NULL, NULL, error);
}
