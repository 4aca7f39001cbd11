/* The checkpoints that a run gives up: of a run that it does not go on with, and those after the
 * one that it resumes from. They are set aside, none is removed. */
#ifndef TORPOR_FOLDER_ABANDONED_H
#define TORPOR_FOLDER_ABANDONED_H

#include "folder/folder.h"
#include "folder/owners.h"

G_BEGIN_DECLS

/* Move the checkpoints that the run has abandoned to a new folder `abandoned-<n>/`. They are all
 * checkpoints if the run started fresh (resumed_step NULL), else those after *resumed_step,
 * damaged ones included, and those of other runs (newest_step does not matter here). Called before
 * the first save after a start or a restore.
 *
 * Returns the number of files moved, -1 on error. moved_to: (optional, transfer full) the new
 * folder; NULL if nothing was moved. */
gint torpor_abandoned_set_aside(const TorporFolder *folder, const TorporOwn *own,
                                const guint64 *resumed_step, char **moved_to, GError **error);

G_END_DECLS

#endif
