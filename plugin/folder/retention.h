/* Which checkpoint of a folder a run resumes from, which ones are set aside, and which are removed.
 * Knows no file format: a callback says whether a file is a sound checkpoint. */
#ifndef TORPOR_FOLDER_RETENTION_H
#define TORPOR_FOLDER_RETENTION_H

#include "folder/owners.h"

G_BEGIN_DECLS

/* Is this file a sound checkpoint of this model? It is in the folder of this descriptor, under the
 * last part of `path`, whose rest is for messages only; AT_FDCWD: where the path leads. After
 * TORPOR_STATUS_DAMAGED the next file is tried; any other error (TORPOR_STATUS_FINGERPRINT,
 * _VERSION, _IO, ...) ends the search. */
typedef gboolean (*TorporVerifyFunc)(gpointer verify_data, int folder, const char *path,
                                     GError **error);

typedef enum {
    TORPOR_RESUME_AUTO,    /* from the newest valid checkpoint; without one, start fresh */
    TORPOR_RESUME_NEVER,   /* start fresh */
    TORPOR_RESUME_REQUIRE, /* from the newest valid checkpoint; without one, fail */
    TORPOR_RESUME_PATH,    /* from this file or folder */
} TorporResume;

/* Find the file to resume from. NULL without error: start fresh. The folder is the one of this
 * descriptor, wherever folder_path leads meanwhile; AT_FDCWD: the one that the path leads to.
 *
 * AUTO      The newest sound checkpoint. A folder without checkpoints is a fresh start. A folder
 *           whose checkpoints are all damaged is TORPOR_STATUS_DAMAGED, never a fresh start.
 * REQUIRE   The same, but a folder without checkpoints is TORPOR_STATUS_NOT_FOUND.
 * PATH      The file at resume_path; if that is a folder, REQUIRE in it.
 * NEVER     A fresh start.
 *
 * damaged: (optional) gets a line for each damaged file that was passed over. The array owns its
 * texts, so its free function is g_free. Needs no lock. Transfer full. */
char *torpor_retention_select(int folder, const char *folder_path, TorporResume resume,
                              const char *resume_path, TorporVerifyFunc verify,
                              gpointer verify_data, GPtrArray *damaged, GError **error);

/* Whose the checkpoints of a folder are. NULL: all are the run's own. One whose owner is
 * not known is not removed, and does not count among those that are kept. */
typedef struct {
    TorporOwner (*owner_of)(gpointer data, const TorporCheckpoint *checkpoint);
    gpointer data;
    guint64 newest_step; /* of its own; what lies after it is another branch */
} TorporOwn;

/* Move the checkpoints that the run has abandoned to a new folder `abandoned-<n>/`. They are all
 * checkpoints if the run started fresh (resumed_step NULL), else those after *resumed_step,
 * damaged ones included, and those of other runs (newest_step does not matter here). Called before
 * the first save after a start or a restore.
 *
 * Returns the number of files moved, -1 on error. moved_to: (optional, transfer full) the new
 * folder; NULL if nothing was moved. */
gint torpor_retention_abandon(const TorporFolder *folder, const TorporOwn *own,
                              const guint64 *resumed_step, char **moved_to, GError **error);

/* Of the run's own checkpoints, remove all but the newest `keep` and those that are kept for good.
 * To be called only when the newest is durable.
 *
 * keep_every: The checkpoints of a run are numbered from 1; a resume goes on from the number of the
 * checkpoint that it resumed from. Those whose number is a multiple of keep_every are kept for
 * good, also by later calls with another keep_every or 0. The ledger holds the numbers, since names
 * do not show how many checkpoints were removed. Without it, files are numbered in order of step.
 *
 * verify: (optional) A damaged checkpoint does not count among the newest `keep`. It is removed
 * only if it is older than all of those.
 *
 * A checkpoint whose bytes one that stays refers to is not removed either.
 *
 * removed: (optional) gets the paths of what was removed. dry_run: remove nothing. */
gboolean torpor_retention_prune(const TorporFolder *folder, const TorporOwn *own, guint64 keep,
                                guint64 keep_every, gboolean dry_run, TorporVerifyFunc verify,
                                gpointer verify_data, GPtrArray *removed, GError **error);

/* The disk is full: remove the oldest checkpoint of the run's own, one that is kept for good only
 * if there is no other. The newest sound one stays. Returns its path (transfer full); NULL without
 * error if none can go. */
char *torpor_retention_make_room(const TorporFolder *folder, const TorporOwn *own,
                                 TorporVerifyFunc verify, gpointer verify_data, GError **error);

G_END_DECLS

#endif
