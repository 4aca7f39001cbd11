#include "folder/owners.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "msgpack/decode.h"

typedef struct {
    struct stat status; /* of the file that was read */
    TorporRun *run;     /* NULL: it does not say */
} Known;

struct _TorporOwners {
    GHashTable *known; /* name of the file -> Known */
};

static void
known_free(gpointer data)
{
    Known *known = data;
    torpor_run_free(known->run);
    g_free(known);
}

TorporOwners *
torpor_owners_new(void)
{
    TorporOwners *owners = g_new0(TorporOwners, 1);
    owners->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, known_free);
    return owners;
}

void
torpor_owners_free(TorporOwners *owners)
{
    if (owners == NULL)
        return;
    g_hash_table_unref(owners->known);
    g_free(owners);
}

static TorporRun *
read_run(int folder, const TorporCheckpoint *checkpoint)
{
    g_autoptr(TorporFile) file = torpor_file_open_in(folder, checkpoint->path, NULL);
    g_autoptr(TorporTree) tree = file == NULL ? NULL : torpor_decode_file(file, NULL);
    return tree == NULL ? NULL : torpor_run_read(tree, file);
}

static gboolean
is_unchanged(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Takes the run. */
static const TorporRun *
remember(TorporOwners *owners, const char *name, const struct stat *status, TorporRun *run)
{
    Known *known = g_new0(Known, 1);
    known->status = *status;
    known->run = run;
    g_hash_table_replace(owners->known, g_strdup(name), known);
    return run;
}

void
torpor_owners_note(TorporOwners *owners, int folder, const char *name, const TorporRun *run)
{
    struct stat status;
    if (fstatat(folder, name, &status, 0) == 0)
        (void)remember(owners, name, &status, torpor_run_copy(run));
}

const TorporRun *
torpor_owners_run_of(TorporOwners *owners, int folder, const TorporCheckpoint *checkpoint)
{
    struct stat status;
    if (fstatat(folder, checkpoint->name, &status, 0) != 0)
        return NULL;
    const Known *known = g_hash_table_lookup(owners->known, checkpoint->name);
    if (known != NULL && is_unchanged(&known->status, &status))
        return known->run;
    return remember(owners, checkpoint->name, &status, read_run(folder, checkpoint));
}

gboolean
torpor_owners_is_own(TorporOwners *owners, int folder, const TorporCheckpoint *checkpoint,
                     const TorporRun *run)
{
    const TorporRun *other = torpor_owners_run_of(owners, folder, checkpoint);
    return other == NULL || torpor_run_has(run, other, checkpoint->step);
}
