#include "session/lineage.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- what sessions of this process left ---- */

typedef struct {
    TorporRun *run;
    guint64 step;
} Left;

static GMutex left_mutex;
static GHashTable *left_runs; /* path of the folder -> Left */

static void
left_free(gpointer data)
{
    Left *left = data;
    torpor_run_free(left->run);
    g_free(left);
}

void
torpor_lineage_saved(const TorporSession *session, guint64 step)
{
    Left *left = g_new(Left, 1);
    *left = (Left){.run = torpor_run_copy(session->run), .step = step};
    g_mutex_lock(&left_mutex);
    if (left_runs == NULL)
        left_runs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, left_free);
    g_hash_table_replace(left_runs, g_strdup(session->options->dir), left);
    g_mutex_unlock(&left_mutex);
}

static TorporRun *
find_left(const TorporSession *session, guint64 step)
{
    g_mutex_lock(&left_mutex);
    const Left *left =
        left_runs == NULL ? NULL : g_hash_table_lookup(left_runs, session->options->dir);
    TorporRun *run = left == NULL || left->step > step ? NULL : torpor_run_copy(left->run);
    g_mutex_unlock(&left_mutex);
    return run;
}

/* ---- which run this is ---- */

/* parent NULL: a new run, not a branch. */
static TorporRun *
begin_run(const TorporSession *session, const TorporRun *parent, guint64 step)
{
    g_autofree char *fingerprint = torpor_host_fingerprint(&session->host, NULL);
    const char *text = fingerprint == NULL ? "" : fingerprint;
    return parent == NULL ? torpor_run_new(text) : torpor_run_branch(parent, step, text);
}

static void
close_folder(int folder)
{
    if (folder >= 0)
        close(folder);
}

/* Is it of the folder that the session saves into, and nothing newer there? */
static gboolean
is_newest_of_folder(const TorporSession *session, const TorporCheckpointFile *checkpoint)
{
    struct stat of_file;
    struct stat of_folder;
    g_autofree char *path = g_path_get_dirname(checkpoint->path);
    int folder = torpor_session_open_folder(session);
    gboolean is_there = folder >= 0 && stat(path, &of_file) == 0 &&
                        fstat(folder, &of_folder) == 0 && of_file.st_dev == of_folder.st_dev &&
                        of_file.st_ino == of_folder.st_ino;
    g_autoptr(GPtrArray) all = is_there ? torpor_folder_list_in(folder, path, NULL) : NULL;
    g_autofree char *name = g_path_get_basename(checkpoint->path);
    close_folder(folder);
    return all != NULL && all->len > 0 &&
           g_str_equal(((const TorporCheckpoint *)all->pdata[0])->name, name);
}

TorporRun *
torpor_lineage_of(const TorporSession *session, const TorporCheckpointFile *checkpoint,
                  gboolean is_newest)
{
    g_autoptr(TorporRun) saved = torpor_run_read(checkpoint->tree);
    if (saved != NULL && (is_newest || is_newest_of_folder(session, checkpoint)))
        return g_steal_pointer(&saved);
    return begin_run(session, saved, checkpoint->step);
}

/* The run of the newest checkpoint of the folder up to this step; NULL: none, or it does not say.
 */
static const TorporRun *
find_before(TorporSession *session, guint64 step)
{
    int folder = torpor_session_open_folder(session);
    g_autoptr(GPtrArray) all =
        folder < 0 ? NULL
                   : torpor_folder_list_in(folder, torpor_session_folder_path(session), NULL);
    const TorporCheckpoint *newest = NULL;
    for (guint i = 0; all != NULL && i < all->len && newest == NULL; i++)
        if (((const TorporCheckpoint *)all->pdata[i])->step <= step)
            newest = all->pdata[i];
    const TorporRun *run =
        newest == NULL ? NULL : torpor_owners_run_of(session->owners, folder, newest);
    close_folder(folder);
    return run;
}

void
torpor_lineage_begin(TorporSession *session, guint64 step)
{
    TorporRun *left = step == 0 ? NULL : find_left(session, step);
    if (left == NULL)
        left = begin_run(session, step == 0 ? NULL : find_before(session, step), step);
    torpor_run_free(session->run);
    session->run = left;
}

/* ---- whose the files of the folder are ---- */

gboolean
torpor_lineage_check_folder(TorporSession *session, const TorporCheckpointFile *newest,
                            GError **error)
{
    g_autoptr(TorporRun) run = torpor_run_read(newest->tree);
    g_autoptr(GPtrArray) all = torpor_folder_list_held(session->folder, error);
    if (all == NULL)
        return FALSE;
    for (guint i = 0; run != NULL && i < all->len; i++) {
        const TorporCheckpoint *checkpoint = all->pdata[i];
        if (checkpoint->step > newest->step ||
            torpor_owners_owner_of(session->owners, torpor_folder_fd(session->folder), checkpoint,
                                   run) != TORPOR_OWNER_OTHER)
            continue;
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS,
                    "%s is of another run than %s in the same folder; choose another dir, or which "
                    "one to go on from with resume=<path>, or start afresh with resume=never: the "
                    "others are set aside then",
                    checkpoint->path, newest->path);
        return FALSE;
    }
    return TRUE;
}
