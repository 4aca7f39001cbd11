#include "folder/retention.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/copy_bytes.h"
#include "file/release.h"
#include "folder/ledger.h"
#include "folder/needs.h"

/* ---- what to resume from ---- */

typedef struct {
    TorporVerifyFunc verify;
    gpointer verify_data;
    GPtrArray *damaged; /* NULL: nobody asks */
} Search;

/* The newest sound one of these checkpoints; NULL without error if there are none. */
static char *
search_newest(const Search *search, int fd, const char *folder_path, const GPtrArray *all,
              GError **error)
{
    g_autoptr(GError) first_damage = NULL;
    guint n_damaged = 0;
    for (guint i = 0; i < all->len; i++) {
        const TorporCheckpoint *checkpoint = all->pdata[i];
        g_autoptr(GError) problem = NULL;
        if (search->verify(search->verify_data, fd, checkpoint->path, &problem))
            return g_strdup(checkpoint->path);
        if (g_error_matches(problem, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND))
            continue; /* another process removed it since the listing */
        if (!g_error_matches(problem, TORPOR_ERROR, TORPOR_STATUS_DAMAGED)) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return NULL;
        }
        n_damaged++;
        if (search->damaged != NULL)
            g_ptr_array_add(search->damaged, g_strdup(problem->message));
        if (first_damage == NULL)
            first_damage = g_steal_pointer(&problem);
    }
    if (n_damaged > 0)
        g_set_error(
            error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
            "all %u checkpoints in \"%s\" are damaged; the newest: %s; bring one back from a "
            "backup, or start afresh with resume=never, which sets these aside",
            n_damaged, folder_path, first_damage->message);
    return NULL;
}

/* NULL without error if the folder has no checkpoints, or if there is none. */
static char *
select_newest(const Search *search, int folder, const char *folder_path, GError **error)
{
    if (folder != AT_FDCWD) {
        g_autoptr(GPtrArray) all = torpor_folder_list_in(folder, folder_path, error);
        return all == NULL ? NULL : search_newest(search, folder, folder_path, all, error);
    }
    /* It is opened once, so that the files that are read are those that were listed. */
    int fd = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT)
            torpor_error_set_errno(error, errno, "cannot read folder \"%s\"", folder_path);
        return NULL;
    }
    char *path = select_newest(search, fd, folder_path, error);
    close(fd);
    return path;
}

static char *
select_required(const Search *search, int folder, const char *folder_path, GError **error)
{
    g_autoptr(GError) problem = NULL;
    char *path = select_newest(search, folder, folder_path, &problem);
    if (problem != NULL)
        g_propagate_error(error, g_steal_pointer(&problem));
    else if (path == NULL)
        g_set_error(
            error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
            "there is no checkpoint in \"%s\" to resume from; resume=auto starts fresh then",
            folder_path);
    return path;
}

char *
torpor_retention_select(int folder, const char *folder_path, TorporResume resume,
                        const char *resume_path, TorporVerifyFunc verify, gpointer verify_data,
                        GPtrArray *damaged, GError **error)
{
    const Search search = {.verify = verify, .verify_data = verify_data, .damaged = damaged};
    switch (resume) {
    case TORPOR_RESUME_NEVER:
        return NULL;
    case TORPOR_RESUME_AUTO:
        return select_newest(&search, folder, folder_path, error);
    case TORPOR_RESUME_REQUIRE:
        return select_required(&search, folder, folder_path, error);
    case TORPOR_RESUME_PATH:
        break;
    }
    if (g_file_test(resume_path, G_FILE_TEST_IS_DIR))
        return select_required(&search, AT_FDCWD, resume_path, error);
    return verify(verify_data, AT_FDCWD, resume_path, error) ? g_strdup(resume_path) : NULL;
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

/* Errno, or 0. */
static int
copy_file(int from_folder, const char *name, int into)
{
    int from = openat(from_folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int to = from < 0 ? -1 : openat(into, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int failure = to >= 0 && torpor_copy_bytes(from, to) ? 0 : errno;
    if (from >= 0)
        close(from);
    if (to >= 0 && close(to) != 0 && failure == 0)
        failure = errno;
    return failure;
}

/* Not every file system can link, or link from one folder into another. */
static gboolean
link_file(const TorporFolder *folder, const char *name, int into, const char *into_path,
          GError **error)
{
    int fd = torpor_folder_fd(folder);
    if (linkat(fd, name, into, name, 0) == 0 || errno == ENOENT)
        return TRUE;
    int failure = copy_file(fd, name, into);
    if (failure == 0)
        return TRUE;
    torpor_error_set_errno(error, failure,
                           "cannot copy \"%s\", which checkpoints there need, to \"%s\"", name,
                           into_path);
    return FALSE;
}

static gboolean
move_file(const TorporFolder *folder, const char *name, int into, const char *into_path,
          GError **error)
{
    int fd = torpor_folder_fd(folder);
    /* rename() does nothing where both names are of one file. */
    if (renameat(fd, name, into, name) == 0 && (unlinkat(fd, name, 0) == 0 || errno == ENOENT))
        return TRUE;
    torpor_error_set_errno(error, errno, "cannot move \"%s\" of \"%s\" to \"%s\"", name,
                           torpor_folder_path(folder), into_path);
    return FALSE;
}

typedef gboolean (*FileFunc)(const TorporFolder *folder, const char *name, int into,
                             const char *into_path, GError **error);

/* The manifest last: shards without one would be removed. */
static gboolean
for_each_file(FileFunc call, const TorporFolder *folder, const TorporCheckpoint *checkpoint,
              int into, const char *into_path, GError **error)
{
    for (guint i = 0; checkpoint->shards != NULL && i < checkpoint->shards->len; i++)
        if (!call(folder, checkpoint->shards->pdata[i], into, into_path, error))
            return FALSE;
    return call(folder, checkpoint->name, into, into_path, error);
}

/* What the moved ones need, also of each other, gets second names beside them, or is copied
 * there, before anything moves. So they are whole however far the moving comes, and however long
 * the others are kept. What is needed is older than what needs it, so it comes later in the list.
 * One that cannot be read may need any. */
static gboolean
link_needed(const TorporFolder *folder, const GPtrArray *all, const GPtrArray *moved, int into,
            const char *into_path, GError **error)
{
    g_autoptr(GHashTable) needed = torpor_needs_new();
    gboolean any_is_needed = FALSE;
    for (guint i = 0; i < all->len; i++) {
        const TorporCheckpoint *checkpoint = all->pdata[i];
        gboolean is_needed = any_is_needed || g_hash_table_contains(needed, checkpoint->name);
        gboolean is_moved = g_ptr_array_find((GPtrArray *)moved, checkpoint, NULL);
        if (is_needed && !for_each_file(link_file, folder, checkpoint, into, into_path, error))
            return FALSE;
        if ((is_needed || is_moved) &&
            !torpor_needs_add(needed, torpor_folder_fd(folder), checkpoint, NULL))
            any_is_needed = TRUE;
    }
    return TRUE;
}

/* Nothing has moved, so nothing there is missed. */
static void
remove_links(const TorporFolder *folder, const GPtrArray *all, int into, const char *into_path)
{
    g_autofree char *name = g_path_get_basename(into_path);
    for (guint i = 0; i < all->len; i++) {
        const TorporCheckpoint *checkpoint = all->pdata[i];
        (void)unlinkat(into, checkpoint->name, 0);
        for (guint k = 0; checkpoint->shards != NULL && k < checkpoint->shards->len; k++)
            (void)unlinkat(into, checkpoint->shards->pdata[k], 0);
    }
    (void)unlinkat(torpor_folder_fd(folder), name, AT_REMOVEDIR);
}

static gboolean
move_all(const TorporFolder *folder, const GPtrArray *all, const GPtrArray *moved, int into,
         const char *into_path, GError **error)
{
    /* The names of `into` and of what is linked, before anything moves. */
    if (!link_needed(folder, all, moved, into, into_path, error) ||
        !sync_folder(into, into_path, error) ||
        !sync_folder(torpor_folder_fd(folder), torpor_folder_path(folder), error)) {
        remove_links(folder, all, into, into_path);
        return FALSE;
    }
    for (guint i = 0; i < moved->len; i++)
        if (!for_each_file(move_file, folder, moved->pdata[i], into, into_path, error))
            return FALSE;
    return sync_folder(into, into_path, error) &&
           sync_folder(torpor_folder_fd(folder), torpor_folder_path(folder), error);
}

static TorporOwner
owner_of(const TorporOwn *own, const TorporCheckpoint *checkpoint)
{
    return own == NULL ? TORPOR_OWNER_SELF : own->owner_of(own->data, checkpoint);
}

static gboolean
is_abandoned(const TorporCheckpoint *checkpoint, const TorporOwn *own, const guint64 *resumed_step)
{
    return resumed_step == NULL || checkpoint->step > *resumed_step ||
           owner_of(own, checkpoint) == TORPOR_OWNER_OTHER;
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
    g_autoptr(GPtrArray) moved = g_ptr_array_new();
    g_autoptr(GPtrArray) stay = g_ptr_array_new();
    for (guint i = 0; i < all->len; i++)
        g_ptr_array_add(is_abandoned(all->pdata[i], own, resumed_step) ? moved : stay,
                        all->pdata[i]);
    if (moved->len == 0)
        return 0;
    int into = -1;
    g_autofree char *abandoned = create_abandoned(folder, &into, error);
    if (abandoned == NULL)
        return -1;
    gboolean are_moved = move_all(folder, all, moved, into, abandoned, error);
    close(into);
    g_autoptr(TorporLedger) ledger = are_moved ? torpor_ledger_read(folder, error) : NULL;
    if (ledger == NULL || !torpor_ledger_write(ledger, folder, stay, error))
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
        if ((own == NULL || checkpoint->step <= own->newest_step) &&
            owner_of(own, checkpoint) == TORPOR_OWNER_SELF)
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
