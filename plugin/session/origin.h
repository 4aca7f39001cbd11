/* Has the script built the model that the run began with? A session digests the live model before
 * the first step, compares it with what the checkpoint to resume from says, and judges differences
 * by option `origin`. */
#ifndef TORPOR_SESSION_ORIGIN_H
#define TORPOR_SESSION_ORIGIN_H

#include "checkpoint/checkpoint_file.h"
#include "session/session.h"

G_BEGIN_DECLS

/* Before a restore from `checkpoint`: compare. What is not refused goes to the report.
 * TORPOR_STATUS_FINGERPRINT names what users set and what differs. Nothing of the host is touched.
 * checkpoint NULL: the run starts fresh, with the model as it is now. is_resume: as option `resume`
 * says, not a file that the host named. */
gboolean torpor_session_origin_check(TorporSession *session, const TorporCheckpointFile *checkpoint,
                                     gboolean is_resume, TorporReport *report, GError **error);
/* After that restore: the checkpoints to come carry what this one did. */
void torpor_session_origin_adopt(TorporSession *session);

/* The first step of a host that has not restored: the run starts with the model as it is. Here and
 * above, a model that is described wrongly is an error, since no save of it can succeed. */
gboolean torpor_session_origin_begin(TorporSession *session, GError **error);

/* The session goes on with the runs of the same script and model that another one knows of. */
void torpor_session_origin_share(TorporSession *session, const TorporSession *with);

/* Is it known whether there is a checkpoint to resume from, and its origin? */
gboolean torpor_session_origin_is_known(const TorporSession *session);
/* This is the checkpoint; NULL: there is none. */
gboolean torpor_session_origin_know(TorporSession *session, const TorporCheckpointFile *checkpoint,
                                    GError **error);
/* Does that checkpoint know of runs after `run`? Then it lies in one of them. */
gboolean torpor_session_origin_knows_later(const TorporSession *session, guint run);
/* Run number `run` begins, with the model as it is now: compare it, if the checkpoint to resume
 * from knows of that run; else keep it for the checkpoints to come. */
gboolean torpor_session_origin_begin_run(TorporSession *session, guint run, GError **error);

G_END_DECLS

#endif
