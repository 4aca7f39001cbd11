#include "session/resuming.h"

#include <fcntl.h>
#include <string.h>

#include "folder/newest.h"
#include "session/every.h"
#include "session/keeping.h"
#include "session/lineage.h"
#include "session/lists.h"
#include "session/origin.h"
#include "session/origin_ranks.h"
#include "session/ranks.h"
#include "session/saving.h"
#include "session/together.h"

static TorporReport *
begin_report(TorporSession *session, gint32 mismatch)
{
    g_clear_pointer(&session->report, torpor_report_free);
    session->report = torpor_report_new(&session->host, mismatch);
    session->report->fingerprint = session->options->fingerprint;
    return session->report;
}

/* The host's state is about to be another one: its revisions so far say nothing of it. */
static void
forget_revisions(TorporSession *session)
{
    torpor_saver_forget_baseline(session->saver);
    if (session->revision_check != NULL)
        torpor_revision_check_forget(session->revision_check);
}

/* Takes the checkpoint. run: that the session will be of; NULL: its folder stays as it is. */
static gboolean
restore_alone(TorporSession *session, TorporCheckpointFile *checkpoint, const TorporRun *run,
              TorporReport *report, GError **error)
{
    GError *failure = NULL;
    const guint64 step = checkpoint->step;
    g_autoptr(TorporRestore) restore = torpor_restore_prepare(
        &session->host, session->catalogue, session->outputs, checkpoint, report, error);
    if (restore == NULL ||
        (run != NULL && !torpor_keeping_before_cut(
                            session, run, &step, torpor_restore_loses_bytes(restore), NULL, error)))
        return FALSE;
    forget_revisions(session);
    gboolean is_fine = torpor_restore_commit(restore, &failure);
    session->is_torn |= g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_TORN);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return is_fine;
}

/* All ranks have prepared: do they list all that the checkpoint has, and no more? */
static gboolean
check_lists(TorporSession *session, const TorporRestore *restore,
            const TorporCheckpointFile *checkpoint, GError **error)
{
    g_autofree char *lists = torpor_lists_to_text(torpor_restore_populations(restore));
    g_autoptr(GPtrArray) gathered = torpor_ranks_gather(session, lists, strlen(lists) + 1, error);
    return gathered != NULL && torpor_lists_check(gathered, checkpoint, error);
}

/* On several ranks: nobody commits before all have prepared. own_failure: this rank cannot go on.
 * Takes it, and the checkpoint. */
static gboolean
restore_together(TorporSession *session, TorporCheckpointFile *checkpoint, GError *own_failure,
                 const TorporRun *run, TorporReport *report, GError **error)
{
    GError *failure = own_failure;
    const guint64 step = checkpoint->step;
    g_autoptr(TorporRestore) restore =
        failure == NULL ? torpor_restore_prepare(&session->host, session->catalogue,
                                                 session->outputs, checkpoint, report, &failure)
                        : NULL;
    if (own_failure != NULL)
        torpor_checkpoint_file_free(checkpoint);
    if (!torpor_ranks_meet(session, TORPOR_AT_PREPARED, failure, NULL, NULL, error) ||
        !check_lists(session, restore, checkpoint, error) ||
        !torpor_keeping_before_cut(session, run, &step, torpor_restore_loses_bytes(restore), NULL,
                                   error))
        return FALSE;
    failure = NULL;
    (void)torpor_restore_cut_outputs(restore, &failure);
    if (!torpor_ranks_meet(session, TORPOR_AT_PREPARED, failure, NULL, NULL, error))
        return FALSE;
    failure = NULL;
    forget_revisions(session);
    (void)torpor_restore_commit(restore, &failure);
    if (torpor_ranks_meet(session, TORPOR_AT_RESTORE, failure, NULL, NULL, error))
        return TRUE;
    session->is_torn = TRUE; /* some ranks are at the checkpoint, one is not */
    return FALSE;
}

gboolean
torpor_resuming_read(TorporSession *session, const char *path, gint32 mismatch, GError **error)
{
    TorporCheckpointFile *checkpoint = torpor_checkpoint_file_open(path, &session->host, 0, error);
    return checkpoint != NULL &&
           restore_alone(session, checkpoint, NULL, begin_report(session, mismatch), error);
}

/* The search opens files to verify them; the one that is chosen stays open. */
typedef struct {
    const TorporHost *host;
    gboolean any_model; /* the live model plays no part */
    gint32 fingerprint; /* the policy */
    TorporCheckpointFile *checkpoint;
} Search;

/* A file that was copied over another one is intact, but it is not the newest checkpoint. */
static gboolean
is_of_its_name(const TorporCheckpointFile *checkpoint, GError **error)
{
    guint64 step;
    if (!torpor_checkpoint_named_step(checkpoint->path, &step) || step == checkpoint->step)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                "%s: expected step %" G_GUINT64_FORMAT
                ", as its name says, found step %" G_GUINT64_FORMAT
                ": another checkpoint was copied to this name; give it its own name",
                checkpoint->path, step, checkpoint->step);
    return FALSE;
}

static gboolean
is_sound(gpointer data, int folder, const char *path, GError **error)
{
    Search *search = data;
    g_clear_pointer(&search->checkpoint, torpor_checkpoint_file_free);
    g_autoptr(TorporCheckpointFile) checkpoint =
        torpor_checkpoint_file_open_in(folder, path, search->host, 0, error);
    if (checkpoint == NULL || !is_of_its_name(checkpoint, error) ||
        (!search->any_model && !torpor_checkpoint_file_check_model(
                                   checkpoint, search->host, search->fingerprint, NULL, error)))
        return FALSE;
    search->checkpoint = g_steal_pointer(&checkpoint);
    return TRUE;
}

static void
log_damaged(TorporSession *session, const GPtrArray *damaged)
{
    for (guint i = 0; i < damaged->len; i++)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING, "passed over: %s",
                        (const char *)g_ptr_array_index(damaged, i));
}

static int
folder_of(const TorporSession *session)
{
    return session->folder == NULL ? AT_FDCWD : torpor_folder_fd(session->folder);
}

/* `verify` is called with verify_data for each candidate, and leaves the one that it accepts in
 * search->checkpoint. */
static gboolean
select_checkpoint(TorporSession *session, TorporVerifyFunc verify, gpointer verify_data,
                  Search *search, GError **error)
{
    const TorporOptions *options = session->options;
    g_autoptr(GPtrArray) damaged = g_ptr_array_new_with_free_func(g_free);
    GError *failure = NULL;
    g_autofree char *path = torpor_newest_select(
        folder_of(session), torpor_session_folder_path(session), options->resume,
        options->resume_path, verify, verify_data, damaged, &failure);
    log_damaged(session, damaged);
    if (path == NULL)
        g_clear_pointer(&search->checkpoint, torpor_checkpoint_file_free);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

/* ---- on several ranks rank 0 searches, and all verify ---- */

enum { LOOK_AT, NO_MORE };

typedef struct {
    guint32 what;
    guint32 is_in_folder; /* that the session holds; else where the path leads */
    char path[4088];
} Order;

typedef struct {
    TorporSession *session;
    Search *search;
} Leading;

/* All ranks: rank 0 says which file. Each verifies its share of the shards. */
static gboolean
look_together(TorporSession *session, Search *search, const Order *order, GError **error)
{
    GError *failure = NULL;
    (void)is_sound(search, order->is_in_folder ? folder_of(session) : AT_FDCWD, order->path,
                   &failure);
    return torpor_ranks_meet(session, TORPOR_AT_SEARCH, failure, NULL, NULL, error);
}

static gboolean
lead(gpointer data, int folder, const char *path, GError **error)
{
    const Leading *leading = data;
    Order order = {.what = LOOK_AT,
                   .is_in_folder = folder != AT_FDCWD && folder == folder_of(leading->session)};
    if (g_strlcpy(order.path, path, sizeof order.path) >= sizeof order.path) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT, "%s: its path is too long", path);
        return FALSE;
    }
    return torpor_ranks_share(leading->session, &order, sizeof order, error) &&
           look_together(leading->session, leading->search, &order, error);
}

static gboolean
follow(TorporSession *session, Search *search, GError **error)
{
    for (;;) {
        Order order = {0};
        GError *unsound = NULL;
        if (!torpor_ranks_share(session, &order, sizeof order, error))
            return FALSE;
        if (order.what == NO_MORE)
            return TRUE;
        order.path[sizeof order.path - 1] = '\0';
        (void)look_together(session, search, &order, &unsound); /* rank 0 decides about it */
        g_clear_error(&unsound);
    }
}

/* Rank 0 searches, tells the others where to look, and at last what it found. */
static gboolean
search_together(TorporSession *session, Search *search, GError **error)
{
    GError *failure = NULL;
    g_autofree TorporSay *all = g_new0(TorporSay, torpor_host_n_ranks(&session->host));
    Leading leading = {session, search};
    Order order = {.what = NO_MORE};
    if (torpor_ranks_is_first(session)) {
        (void)select_checkpoint(session, lead, &leading, search, &failure);
        (void)torpor_ranks_share(session, &order, sizeof order, NULL);
    } else {
        (void)follow(session, search, &failure);
    }
    const TorporSay mine = {{search->checkpoint != NULL}};
    if (!torpor_ranks_meet(session, TORPOR_AT_SEARCH, failure, &mine, all, error))
        return FALSE;
    if (all[0].words[0] == 0)
        g_clear_pointer(&search->checkpoint, torpor_checkpoint_file_free);
    return TRUE;
}

gboolean
torpor_resuming_find(TorporSession *session, gboolean any_model, TorporCheckpointFile **out,
                     GError **error)
{
    Search search = {.host = &session->host,
                     .any_model = any_model,
                     .fingerprint = session->options->fingerprint};
    *out = NULL;
    if (!session->options->checkpoints)
        return TRUE;
    gboolean is_searched = torpor_ranks_are_several(session)
                               ? search_together(session, &search, error)
                               : select_checkpoint(session, is_sound, &search, &search, error);
    if (!is_searched)
        g_clear_pointer(&search.checkpoint, torpor_checkpoint_file_free);
    *out = search.checkpoint;
    return is_searched;
}

static gboolean
lock_folder(TorporSession *session, GError **error)
{
    return torpor_ranks_are_several(session) ? torpor_together_lock_folder(session, error)
                                             : torpor_session_lock_folder(session, error);
}

/* A file that the user names is found before the folder is made: without it, none is. */
static gboolean
find_and_lock(TorporSession *session, TorporCheckpointFile **out, GError **error)
{
    if (session->options->resume != TORPOR_RESUME_PATH)
        return lock_folder(session, error) && torpor_resuming_find(session, FALSE, out, error);
    return torpor_resuming_find(session, FALSE, out, error) && lock_folder(session, error);
}

/* The named file, or the one that option `resume` selects; NULL without error: there is none. */
static gboolean
open_checkpoint(TorporSession *session, const char *path, TorporCheckpointFile **out,
                GError **error)
{
    if (path == NULL && !session->options->checkpoints)
        return TRUE; /* and no folder is made */
    if (path == NULL)
        return find_and_lock(session, out, error);
    GError *failure = NULL;
    *out = torpor_checkpoint_file_open(path, &session->host, 0, &failure);
    if (torpor_ranks_meet(session, TORPOR_AT_RESTORE, failure, NULL, NULL, error))
        return TRUE;
    g_clear_pointer(out, torpor_checkpoint_file_free);
    return FALSE;
}

static gboolean
start_fresh(TorporSession *session, GError **error)
{
    session->is_settled = TRUE;
    session->has_resumed = FALSE;
    session->branch_settled = FALSE;
    torpor_saver_forget_baseline(session->saver); /* the files here will be set aside */
    g_clear_pointer(&session->run, torpor_run_free);
    GError *failure = NULL;
    (void)torpor_session_origin_check(session, NULL, TRUE, NULL, &failure);
    return torpor_saving_begin_outputs(session, failure, error) &&
           torpor_saving_begin(session, error);
}

/* Is it of this folder's run, and of the model as it was built? *run: that it will be of. */
static gboolean
check_checkpoint(TorporSession *session, const TorporCheckpointFile *checkpoint, const char *path,
                 TorporReport *report, TorporRun **run, GError **error)
{
    gboolean is_newest = path == NULL && (session->options->resume == TORPOR_RESUME_AUTO ||
                                          session->options->resume == TORPOR_RESUME_REQUIRE);
    if (torpor_ranks_is_first(session)) {
        if (is_newest && !torpor_lineage_check_folder(session, checkpoint, error))
            return FALSE;
        *run = torpor_lineage_of(session, checkpoint, is_newest);
    }
    /* Another simulator's file is that, and not a model that was built otherwise. One that was
     * found is known to be of this model. */
    return (path == NULL ||
            torpor_checkpoint_file_check_model(checkpoint, &session->host,
                                               session->options->fingerprint, NULL, error)) &&
           (path != NULL || torpor_every_check(session, checkpoint, report, error)) &&
           torpor_session_origin_check(session, checkpoint, path == NULL, report, error);
}

/* Takes the checkpoint. *run: that the session is of now. */
static gboolean
restore_checkpoint(TorporSession *session, TorporCheckpointFile *checkpoint, const char *path,
                   TorporRun **run, GError **error)
{
    GError *failure = NULL;
    TorporReport *report = begin_report(session, session->options->mismatch);
    if (path == NULL)
        checkpoint->parameters = session->options->origin;
    gboolean is_fine = check_checkpoint(session, checkpoint, path, report, run, &failure);
    if (torpor_ranks_are_several(session))
        return restore_together(session, checkpoint, failure, *run, report, error);
    if (is_fine)
        return restore_alone(session, checkpoint, *run, report, error);
    torpor_checkpoint_file_free(checkpoint);
    g_propagate_error(error, failure);
    return FALSE;
}

static gboolean
begin_resumed(TorporSession *session, const char *from, guint64 step, GError **error)
{
    torpor_session_origin_adopt(session);
    session->has_resumed = TRUE;
    session->resumed_step = step;
    session->branch_settled = FALSE;
    if (torpor_ranks_is_first(session))
        torpor_host_log(&session->host, TORPOR_LOG_INFO,
                        "resumed from %s at step %" G_GUINT64_FORMAT, from, step);
    torpor_session_post_checkpoint(session, step);
    return torpor_saving_begin(session, error);
}

gboolean
torpor_resuming_restore(TorporSession *session, const char *path, gboolean *resumed, GError **error)
{
    g_autoptr(TorporCheckpointFile) checkpoint = NULL;
    GError *failure = NULL;
    *resumed = FALSE;
    g_clear_pointer(&session->report, torpor_report_free);
    if (!torpor_ranks_compare(session, error) ||
        !open_checkpoint(session, path, &checkpoint, error))
        return FALSE;
    if (checkpoint == NULL) {
        (void)start_fresh(session, &failure);
        return torpor_origin_ranks_begin(session, 0, failure, error);
    }
    session->is_settled = TRUE;
    g_autofree char *from = g_strdup(checkpoint->path);
    guint64 step = checkpoint->step;
    TorporRun *run = NULL;
    if (!restore_checkpoint(session, g_steal_pointer(&checkpoint), path, &run, error)) {
        torpor_run_free(run);
        return FALSE;
    }
    *resumed = TRUE;
    torpor_run_free(session->run);
    session->run = run;
    (void)begin_resumed(session, from, step, &failure);
    return torpor_ranks_meet(session, TORPOR_AT_BEGIN, failure, NULL, NULL, error);
}
