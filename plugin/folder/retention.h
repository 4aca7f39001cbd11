/* Which checkpoints of a folder stay, and which are removed. */
#ifndef TORPOR_FOLDER_RETENTION_H
#define TORPOR_FOLDER_RETENTION_H

#include "folder/newest.h"
#include "folder/owners.h"

G_BEGIN_DECLS

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
