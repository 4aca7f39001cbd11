/* Option `every` of a host whose checkpoints change its run (TORPOR_HOST_CHECKPOINT_CHANGES_RUN):
 * it is part of what is simulated. Checkpoints are taken by it only, and a resume with another one
 * would be another run. */
#ifndef TORPOR_SESSION_EVERY_H
#define TORPOR_SESSION_EVERY_H

#include "checkpoint/checkpoint_file.h"
#include "session/session.h"

G_BEGIN_DECLS

/* Does a checkpoint change the run, so that nothing but `every` may ask for one? */
gboolean torpor_every_is_binding(const TorporSession *session);

/* Put `every` into what the checkpoint says of its run, if it is binding. */
gboolean torpor_every_put(const TorporSession *session, TorporTree *tree, GError **error);
/* Is it that of the checkpoint's run? Option `origin` judges: TORPOR_STATUS_FINGERPRINT, or a
 * warning. */
gboolean torpor_every_check(const TorporSession *session, const TorporCheckpointFile *checkpoint,
                            TorporReport *report, GError **error);

/* The run is asked to stop where no checkpoint is due: say once why it goes on, and how far. */
void torpor_every_say_that_it_waits(TorporSession *session, const char *reason, double time);

G_END_DECLS

#endif
