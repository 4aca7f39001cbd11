/* Which run a session is: a new one, the one that it resumes, or a branch of that. */
#ifndef TORPOR_SESSION_LINEAGE_H
#define TORPOR_SESSION_LINEAGE_H

#include "session/session.h"

G_BEGIN_DECLS

/* The run that a session is that resumes from this checkpoint: the same one if that is the newest
 * of the folder, else a branch of it. is_newest: it is the newest sound one. Needs no lock.
 * Transfer full. */
TorporRun *torpor_lineage_of(const TorporSession *session, const TorporCheckpointFile *checkpoint,
                             gboolean is_newest);
/* The session begins at this step without a checkpoint. At step 0 it is a new run. Later, the host
 * goes on with what it has in memory: the run that a session of this process left in the folder, or
 * a branch of what is there. */
void torpor_lineage_begin(TorporSession *session, guint64 step);
/* The run has saved into the folder at this step. */
void torpor_lineage_saved(const TorporSession *session, guint64 step);

/* Are all checkpoints of the folder up to this one of its run, or of one that it branched from?
 * TORPOR_STATUS_EXISTS names one that is not. */
gboolean torpor_lineage_check_folder(TorporSession *session, const TorporCheckpointFile *newest,
                                     GError **error);

G_END_DECLS

#endif
