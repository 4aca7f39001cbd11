#include "folder/retention.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/release.h"
#include "folder/ledger.h"

/* ---- what to resume from ---- */

/* The newest sound checkpoint of a folder; NULL without error if it has none at all. */
static char *
select_newest(const char *folder, TorporVerifyFunc verify, gpointer verify_data, GPtrArray *damaged,
              GError **error)
{
    g_autoptr(GError) unread = NULL;
    g_autoptr(GPtrArray) all = torpor_folder_list(folder, &unread);
    if (all == NULL) {
        if (!g_error_matches(unread, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND))
            g_propagate_error(error, g_steal_pointer(&unread));
        return NULL;
    }
    g_autoptr(GError) first_damage = NULL;
    guint n_damaged = 0;
    for (guint i = 0; i < all->len; i++) {
        const TorporCheckpoint *checkpoint = all->pdata[i];
        g_autoptr(GError) problem = NULL;
        if (verify(verify_data, checkpoint->path, &problem))
            return g_strdup(checkpoint->path);
        if (g_error_matches(problem, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND))
            continue; /* another process removed it since the listing */
        if (!g_error_matches(problem, TORPOR_ERROR, TORPOR_STATUS_DAMAGED)) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return NULL;
        }
        n_damaged++;
        if (damaged != NULL)
            g_ptr_array_add(damaged, g_strdup(problem->message));
        if (first_damage == NULL)
            first_damage = g_steal_pointer(&problem);
    }
    if (n_damaged > 0)
        g_set_error(
            error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
            "all %u checkpoints in \"%s\" are damaged; the newest: %s; bring one back from a "
            "backup, or start afresh with resume=never, which sets these aside",
            n_damaged, folder, first_damage->message);
    return NULL;
}

static char *
select_required(const char *folder, TorporVerifyFunc verify, gpointer verify_data,
                GPtrArray *damaged, GError **error)
{
    g_autoptr(GError) problem = NULL;
    char *path = select_newest(folder, verify, verify_data, damaged, &problem);
    if (problem != NULL)
        g_propagate_error(error, g_steal_pointer(&problem));
    else if (path == NULL)
        g_set_error(
            error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
            "there is no checkpoint in \"%s\" to resume from; resume=auto starts fresh then",
            folder);
    return path;
}

char *
torpor_retention_select(const char *folder, TorporResume resume, const char *resume_path,
                        TorporVerifyFunc verify, gpointer verify_data, GPtrArray *damaged,
                        GError **error)
{
    switch (resume) {
    case TORPOR_RESUME_NEVER:
        return NULL;
    case TORPOR_RESUME_AUTO:
        return select_newest(folder, verify, verify_data, damaged, error);
    case TORPOR_RESUME_REQUIRE:
        return select_required(folder, verify, verify_data, damaged, error);
    case TORPOR_RESUME_PATH:
        break;
    }
    if (g_file_test(resume_path, G_FILE_TEST_IS_DIR))
        return select_required(resume_path, verify, verify_data, damaged, error);
    return verify(verify_data, resume_path, error) ? g_strdup(resume_path) : NULL;
}

/* ---- what is set aside ---- */

static gboolean
sync_folder(int fd, const char *path, GError **error)
{
    if (fsync(fd) == 0 || errno == EINVAL)
        return TRUE;
    torpor_error_set_errno(error, errno, "cannot make folder \"%s\" durable", path);
    return FALSE;
}

/* Create `abandoned-<n>` with the first free n. */
static char *
create_abandoned(const TorporFolder *folder, int *fd, GError **error)
{
    for (guint n = 1; n < G_MAXUINT; n++) {
        g_autofree char *name = g_strdup_printf("abandoned-%u", n);
        g_autofree char *path = g_build_filename(torpor_folder_path(folder), name, NULL);
        gboolean is_made = mkdirat(torpor_folder_fd(folder), name, 0777) == 0;
        if (!is_made && errno == EEXIST)
            continue;
        *fd = !is_made ? -1
                       : openat(torpor_folder_fd(folder), name,
                                O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (*fd >= 0)
            return g_steal_pointer(&path);
        torpor_error_set_errno(error, errno, "cannot create folder \"%s\"", path);
        return NULL;
    }
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT, "too many abandoned folders in \"%s\"",
                torpor_folder_path(folder));
    return NULL;
}

static gboolean
move_all(const TorporFolder *folder, const GPtrArray *moved, int into, const char *into_path,
         GError **error)
{
    for (guint i = 0; i < moved->len; i++) {
        const TorporCheckpoint *checkpoint = moved->pdata[i];
        if (renameat(torpor_folder_fd(folder), checkpoint->name, into, checkpoint->name) == 0)
            continue;
        torpor_error_set_errno(error, errno, "cannot move \"%s\" to \"%s\"", checkpoint->path,
                               into_path);
        return FALSE;
    }
    return sync_folder(into, into_path, error) &&
           sync_folder(torpor_folder_fd(folder), torpor_folder_path(folder), error);
}

static gboolean
is_own(const TorporOwn *own, const TorporCheckpoint *checkpoint)
{
    return own == NULL || own->is_own(own->data, checkpoint);
}

/* Take those that the run has abandoned out of the list. */
static GPtrArray *
take_abandoned(GPtrArray *all, const TorporOwn *own, const guint64 *resumed_step)
{
    GPtrArray *abandoned = g_ptr_array_new_with_free_func((GDestroyNotify)torpor_checkpoint_free);
    for (guint i = 0; i < all->len;) {
        const TorporCheckpoint *checkpoint = all->pdata[i];
        if (resumed_step == NULL || checkpoint->step > *resumed_step || !is_own(own, checkpoint))
            g_ptr_array_add(abandoned, g_ptr_array_steal_index(all, i));
        else
            i++;
    }
    return abandoned;
}

gint
torpor_retention_abandon(const TorporFolder *folder, const TorporOwn *own,
                         const guint64 *resumed_step, char **moved_to, GError **error)
{
    if (moved_to != NULL)
        *moved_to = NULL;
    g_autoptr(GPtrArray) all = torpor_folder_list_held(folder, error);
    if (all == NULL)
        return -1;
    g_autoptr(GPtrArray) moved = take_abandoned(all, own, resumed_step);
    if (moved->len == 0)
        return 0;
    int into = -1;
    g_autofree char *abandoned = create_abandoned(folder, &into, error);
    if (abandoned == NULL)
        return -1;
    gboolean are_moved = move_all(folder, moved, into, abandoned, error);
    close(into);
    g_autoptr(TorporLedger) ledger = torpor_ledger_read(folder);
    if (!are_moved || !torpor_ledger_write(ledger, folder, all, error))
        return -1;
    if (moved_to != NULL)
        *moved_to = g_steal_pointer(&abandoned);
    return (gint)moved->len;
}

/* ---- what is kept ---- */

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
        if ((own == NULL || checkpoint->step <= own->newest_step) && is_own(own, checkpoint))
            g_ptr_array_add(mine, checkpoint);
    }
    return mine;
}

/* The number of checkpoints, from the newest on, among which `keep` are sound; G_MAXUINT on error.
 */
static guint
count_newest(const GPtrArray *all, guint64 keep, TorporVerifyFunc verify, gpointer verify_data,
             GError **error)
{
    guint64 n_sound = 0;
    guint n = 0;
    for (; n < all->len && n_sound < keep; n++) {
        const TorporCheckpoint *checkpoint = all->pdata[n];
        g_autoptr(GError) problem = NULL;
        if (verify == NULL || verify(verify_data, checkpoint->path, &problem)) {
            n_sound++;
        } else if (!g_error_matches(problem, TORPOR_ERROR, TORPOR_STATUS_DAMAGED)) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return G_MAXUINT;
        }
    }
    return n;
}

/* Errno, or 0. */
static int
remove_checkpoint(const TorporFolder *folder, const TorporCheckpoint *checkpoint)
{
    int fd = torpor_folder_fd(folder);
    int held = torpor_release_hold(fd, checkpoint->name);
    int failure = unlinkat(fd, checkpoint->name, 0) == 0 ? 0 : errno;
    torpor_release(held);
    return failure == ENOENT ? 0 : failure;
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
    guint n_newest = count_newest(mine, keep, verify, verify_data, error);
    if (n_newest == G_MAXUINT)
        return FALSE;
    g_autoptr(TorporLedger) ledger = torpor_ledger_read(folder);
    torpor_ledger_number(ledger, mine, keep_every);
    gboolean done = TRUE;
    for (guint i = n_newest; i < mine->len; i++) {
        const TorporCheckpoint *checkpoint = mine->pdata[i];
        if (torpor_ledger_is_for_good(ledger, checkpoint->step))
            continue;
        int failure = dry_run ? 0 : remove_checkpoint(folder, checkpoint);
        if (failure != 0) {
            if (done)
                torpor_error_set_errno(error, failure, "cannot remove \"%s\"", checkpoint->path);
            done = FALSE;
        } else if (removed != NULL) {
            g_ptr_array_add(removed, g_strdup(checkpoint->path));
        }
    }
    /* The ledger is written last, since a full disk must not keep space from being freed. After a
     * crash before this, what is not marked yet is among the newest, and the next call marks it. */
    return (dry_run || torpor_ledger_write(ledger, folder, all, done ? error : NULL)) && done;
}

/* The oldest that is older than mine[n_stay - 1]; NULL: none. */
static const TorporCheckpoint *
find_oldest(const GPtrArray *mine, guint n_stay, const TorporLedger *ledger, gboolean for_good)
{
    for (guint i = mine->len; i > n_stay; i--) {
        const TorporCheckpoint *checkpoint = mine->pdata[i - 1];
        if (torpor_ledger_is_for_good(ledger, checkpoint->step) == for_good)
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
    guint n_stay = count_newest(mine, 1, verify, verify_data, error);
    if (n_stay == G_MAXUINT)
        return NULL;
    g_autoptr(TorporLedger) ledger = torpor_ledger_read(folder);
    const TorporCheckpoint *oldest = find_oldest(mine, n_stay, ledger, FALSE);
    if (oldest == NULL)
        oldest = find_oldest(mine, n_stay, ledger, TRUE);
    if (oldest == NULL)
        return NULL;
    int failure = remove_checkpoint(folder, oldest);
    if (failure == 0)
        return g_strdup(oldest->path);
    torpor_error_set_errno(error, failure, "cannot remove \"%s\"", oldest->path);
    return NULL;
}
