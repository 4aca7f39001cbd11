#include "folder/owners.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "file/verify.h"
#include "msgpack/decode.h"

typedef struct {
    struct stat status; /* of the file that was read */
    TorporRun *run;     /* NULL: it does not say */
    gboolean is_read;   /* FALSE: it could not be */
    gboolean is_intact; /* of one that this run does not seem to have saved */
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

static void
read_run(int folder, const TorporCheckpoint *checkpoint, Known *out)
{
    g_autoptr(TorporFile) file = torpor_file_open_in(folder, checkpoint->path, NULL);
    g_autoptr(TorporTree) tree = file == NULL ? NULL : torpor_decode_file(file, NULL);
    out->is_read = tree != NULL;
    out->run = tree == NULL ? NULL : torpor_run_read(tree);
}

static gboolean
is_intact(int folder, const TorporCheckpoint *checkpoint)
{
    g_autoptr(TorporFile) file = torpor_file_open_in(folder, checkpoint->path, NULL);
    g_autoptr(TorporIndex) index = file == NULL ? NULL : torpor_file_read_index(file, NULL);
    return index != NULL && torpor_file_verify(file, index, 0, NULL, NULL, NULL, NULL);
}

static gboolean
is_unchanged(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void
torpor_owners_note(TorporOwners *owners, int folder, const char *name, const TorporRun *run)
{
    Known *known = g_new0(Known, 1);
    if (fstatat(folder, name, &known->status, 0) != 0) {
        g_free(known);
        return;
    }
    known->run = torpor_run_copy(run);
    known->is_read = TRUE;
    known->is_intact = TRUE;
    g_hash_table_replace(owners->known, g_strdup(name), known);
}

void
torpor_owners_forget(TorporOwners *owners, const char *name)
{
    g_hash_table_remove(owners->known, name);
}

guint
torpor_owners_n_known(const TorporOwners *owners)
{
    return g_hash_table_size(owners->known);
}

/* NULL: the file is gone. */
static Known *
know(TorporOwners *owners, int folder, const TorporCheckpoint *checkpoint)
{
    struct stat status;
    if (fstatat(folder, checkpoint->name, &status, 0) != 0)
        return NULL;
    Known *known = g_hash_table_lookup(owners->known, checkpoint->name);
    /* Why a file could not be read may pass. */
    if (known != NULL && known->is_read && is_unchanged(&known->status, &status))
        return known;
    known = g_new0(Known, 1);
    known->status = status;
    read_run(folder, checkpoint, known);
    g_hash_table_replace(owners->known, g_strdup(checkpoint->name), known);
    return known;
}

const TorporRun *
torpor_owners_run_of(TorporOwners *owners, int folder, const TorporCheckpoint *checkpoint)
{
    const Known *known = know(owners, folder, checkpoint);
    return known == NULL ? NULL : known->run;
}

TorporOwner
torpor_owners_owner_of(TorporOwners *owners, int folder, const TorporCheckpoint *checkpoint,
                       const TorporRun *run)
{
    Known *known = know(owners, folder, checkpoint);
    if (known == NULL || !known->is_read)
        return TORPOR_OWNER_UNKNOWN;
    if (known->run != NULL && torpor_run_has(run, known->run, checkpoint->step))
        return TORPOR_OWNER_SELF;
    known->is_intact = known->is_intact || is_intact(folder, checkpoint);
    if (!known->is_intact)
        return TORPOR_OWNER_UNKNOWN;
    return known->run == NULL ? TORPOR_OWNER_SELF : TORPOR_OWNER_OTHER;
}

TorporOwner
torpor_own_owner_of(const TorporOwn *own, const TorporCheckpoint *checkpoint)
{
    return own == NULL ? TORPOR_OWNER_SELF : own->owner_of(own->data, checkpoint);
}
