#include "folder/retention.h"

#include <errno.h>
#include <unistd.h>

#include "file/release.h"
#include "folder/ledger.h"
#include "folder/needs.h"

/* List the run's own checkpoints, newest first. all: also gets those of others (transfer full). */
static GPtrArray *
list_own(const TorporFolder *folder, const TorporOwn *own, GPtrArray **all, GError **error)
{
    *all = torpor_folder_list_held(folder, error);
    if (*all == NULL)
        return NULL;
    GPtrArray *mine = g_ptr_array_new();
    for (guint i = 0; i < (*all)->len; i++) {
        TorporCheckpoint *checkpoint = (*all)->pdata[i];
        if ((own == NULL || checkpoint->step <= own->newest_step) &&
            torpor_own_owner_of(own, checkpoint) == TORPOR_OWNER_SELF)
            g_ptr_array_add(mine, checkpoint);
    }
    return mine;
}

/* The number of checkpoints, from the newest on, among which `keep` are sound; G_MAXUINT on error.
 */
static guint
count_newest(const TorporFolder *folder, const GPtrArray *all, guint64 keep,
             TorporVerifyFunc verify, gpointer verify_data, GError **error)
{
    guint64 n_sound = 0;
    guint n = 0;
    for (; n < all->len && n_sound < keep; n++) {
        const TorporCheckpoint *checkpoint = all->pdata[n];
        g_autoptr(GError) problem = NULL;
        if (verify == NULL ||
            verify(verify_data, torpor_folder_fd(folder), checkpoint->path, &problem)) {
            n_sound++;
        } else if (!g_error_matches(problem, TORPOR_ERROR, TORPOR_STATUS_DAMAGED)) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return G_MAXUINT;
        }
    }
    return n;
}

static int
remove_file(int folder, const char *name)
{
    int held = torpor_release_hold(folder, name);
    int failure = unlinkat(folder, name, 0) == 0 ? 0 : errno;
    torpor_release(held);
    return failure == ENOENT ? 0 : failure;
}

/* The names that the checkpoints need which are not among these candidates. A candidate that is
 * needed stays, and so does what it needs itself. Needed ones are taken out of the candidates.
 * FALSE: one of those that stay cannot be read, so any candidate may be needed. */
static gboolean
spare_needed(const TorporFolder *folder, const GPtrArray *all, GPtrArray *candidates,
             GError **error)
{
    int fd = torpor_folder_fd(folder);
    g_autoptr(GHashTable) needed = torpor_needs_new();
    for (guint i = 0; i < all->len && candidates->len > 0; i++)
        if (!g_ptr_array_find(candidates, all->pdata[i], NULL) &&
            !torpor_needs_add(needed, fd, all->pdata[i], error))
            return FALSE;
    for (guint i = 0; i < candidates->len;) {
        const TorporCheckpoint *checkpoint = candidates->pdata[i];
        if (!g_hash_table_contains(needed, checkpoint->name)) {
            i++;
            continue;
        }
        if (!torpor_needs_add(needed, fd, checkpoint, error))
            return FALSE;
        g_ptr_array_remove_index(candidates, i);
        i = 0;
    }
    return TRUE;
}

/* Errno, or 0. A manifest goes first: what remains of the shards is then removed by whoever locks
 * the folder next. */
static int
remove_checkpoint(const TorporFolder *folder, const TorporCheckpoint *checkpoint)
{
    int failure = remove_file(torpor_folder_fd(folder), checkpoint->name);
    for (guint i = 0; failure == 0 && checkpoint->shards != NULL && i < checkpoint->shards->len;
         i++)
        failure = remove_file(torpor_folder_fd(folder), checkpoint->shards->pdata[i]);
    return failure;
}

gboolean
torpor_retention_prune(const TorporFolder *folder, const TorporOwn *own, guint64 keep,
                       guint64 keep_every, gboolean dry_run, TorporVerifyFunc verify,
                       gpointer verify_data, GPtrArray *removed, GError **error)
{
    if (keep == 0) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "expected to keep at least 1 checkpoint, found 0");
        return FALSE;
    }
    g_autoptr(GPtrArray) all = NULL;
    g_autoptr(GPtrArray) mine = list_own(folder, own, &all, error);
    if (mine == NULL)
        return FALSE;
    guint n_newest = count_newest(folder, mine, keep, verify, verify_data, error);
    if (n_newest == G_MAXUINT)
        return FALSE;
    g_autoptr(TorporLedger) ledger = torpor_ledger_read(folder, error);
    if (ledger == NULL)
        return FALSE;
    torpor_ledger_number(ledger, mine, keep_every);
    gboolean done = TRUE;
    g_autoptr(GPtrArray) superfluous = g_ptr_array_new();
    for (guint i = n_newest; i < mine->len; i++) {
        const TorporCheckpoint *checkpoint = mine->pdata[i];
        if (!torpor_ledger_is_for_good(ledger, checkpoint->step))
            g_ptr_array_add(superfluous, (gpointer)checkpoint);
    }
    if (!spare_needed(folder, all, superfluous, error))
        return FALSE;
    while (superfluous->len > 0) {
        const TorporCheckpoint *checkpoint = g_ptr_array_steal_index(superfluous, 0);
        int failure = dry_run ? 0 : remove_checkpoint(folder, checkpoint);
        if (failure == 0) {
            if (removed != NULL)
                g_ptr_array_add(removed, g_strdup(checkpoint->path));
            continue;
        }
        if (done)
            torpor_error_set_errno(error, failure, "cannot remove \"%s\"", checkpoint->path);
        done = FALSE;
        /* It stays, and so does what it needs. */
        if (!spare_needed(folder, all, superfluous, NULL))
            break;
    }
    /* The ledger is written last, since a full disk must not keep space from being freed. After a
     * crash before this, what is not marked yet is among the newest, and the next call marks it. */
    return (dry_run || torpor_ledger_write(ledger, folder, all, done ? error : NULL)) && done;
}

/* The oldest that is older than mine[n_stay - 1] and that no other needs; NULL without error: none.
 */
static const TorporCheckpoint *
find_oldest(const TorporFolder *folder, const GPtrArray *all, const GPtrArray *mine, guint n_stay,
            const TorporLedger *ledger, gboolean for_good, GError **error)
{
    for (guint i = mine->len; i > n_stay; i--) {
        TorporCheckpoint *checkpoint = mine->pdata[i - 1];
        if (torpor_ledger_is_for_good(ledger, checkpoint->step) != for_good)
            continue;
        g_autoptr(GPtrArray) candidate = g_ptr_array_new();
        g_ptr_array_add(candidate, checkpoint);
        if (!spare_needed(folder, all, candidate, error))
            return NULL;
        if (candidate->len > 0)
            return checkpoint;
    }
    return NULL;
}

char *
torpor_retention_make_room(const TorporFolder *folder, const TorporOwn *own,
                           TorporVerifyFunc verify, gpointer verify_data, GError **error)
{
    g_autoptr(GPtrArray) all = NULL;
    g_autoptr(GPtrArray) mine = list_own(folder, own, &all, error);
    if (mine == NULL)
        return NULL;
    guint n_stay = count_newest(folder, mine, 1, verify, verify_data, error);
    if (n_stay == G_MAXUINT)
        return NULL;
    g_autoptr(TorporLedger) ledger = torpor_ledger_read(folder, error);
    if (ledger == NULL)
        return NULL;
    GError *problem = NULL;
    const TorporCheckpoint *oldest =
        find_oldest(folder, all, mine, n_stay, ledger, FALSE, &problem);
    if (oldest == NULL && problem == NULL)
        oldest = find_oldest(folder, all, mine, n_stay, ledger, TRUE, &problem);
    if (problem != NULL)
        g_propagate_error(error, problem);
    if (oldest == NULL)
        return NULL;
    int failure = remove_checkpoint(folder, oldest);
    if (failure == 0)
        return g_strdup(oldest->path);
    torpor_error_set_errno(error, failure, "cannot remove \"%s\"", oldest->path);
    return NULL;
}
