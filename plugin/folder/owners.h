/* Whose the checkpoints of a folder are. What a file says of its run is read once and remembered
 * while the file stays the same. */
#ifndef TORPOR_FOLDER_OWNERS_H
#define TORPOR_FOLDER_OWNERS_H

#include "checkpoint/run.h"
#include "folder/folder.h"

G_BEGIN_DECLS

typedef enum {
    TORPOR_OWNER_SELF, /* this run or one that it branched from; or the file is intact and does not
                        * say, since Torpor 0.1 wrote it */
    TORPOR_OWNER_OTHER,
    TORPOR_OWNER_UNKNOWN, /* the file cannot be read, or it is damaged and names another run: one
                           * flipped bit of an id is another id */
} TorporOwner;

typedef struct _TorporOwners TorporOwners;

TorporOwners *torpor_owners_new(void);
void torpor_owners_free(TorporOwners *owners);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporOwners, torpor_owners_free)

/* The run of a checkpoint in the folder with this descriptor; NULL if the file does not say, since
 * it is damaged, or Torpor 0.1 wrote it. */
const TorporRun *torpor_owners_run_of(TorporOwners *owners, int folder,
                                      const TorporCheckpoint *checkpoint);

/* This run has just written it: then nobody needs to read it again. */
void torpor_owners_note(TorporOwners *owners, int folder, const char *name, const TorporRun *run);

/* The file of this name was removed. */
void torpor_owners_forget(TorporOwners *owners, const char *name);
/* The number of files that are remembered. */
guint torpor_owners_n_known(const TorporOwners *owners);

/* Whose is it, as seen by this run? */
TorporOwner torpor_owners_owner_of(TorporOwners *owners, int folder,
                                   const TorporCheckpoint *checkpoint, const TorporRun *run);

/* Whose the checkpoints of a folder are. NULL: all are the run's own. One whose owner is
 * not known is not removed, and does not count among those that are kept. */
typedef struct {
    TorporOwner (*owner_of)(gpointer data, const TorporCheckpoint *checkpoint);
    gpointer data;
    guint64 newest_step; /* of its own; what lies after it is another branch */
} TorporOwn;
TorporOwner torpor_own_owner_of(const TorporOwn *own, const TorporCheckpoint *checkpoint);

G_END_DECLS

#endif
