/* What every save needs, on one rank and on several: the capture, and the checkpoints of the folder
 * that come after it: those of an abandoned branch are set aside, old ones are removed. */
#ifndef TORPOR_SESSION_KEEPING_H
#define TORPOR_SESSION_KEEPING_H

#include "session/session.h"

G_BEGIN_DECLS

/* TORPOR_STATUS_TORN after a restore that failed half-way. */
gboolean torpor_keeping_check_not_torn(const TorporSession *session, GError **error);
/* All that the host lists now, with the run that it is of. baseline: see torpor_capture_new. */
TorporCapture *torpor_keeping_capture(TorporSession *session, TorporBaseline *baseline,
                                      GError **error);

/* Before the first save into the folder: move the files of an abandoned branch aside. */
gboolean torpor_keeping_settle_branch(TorporSession *session, GError **error);
/* The same before outputs are cut, if any rank's lose bytes: later checkpoints need them, so that
 * nobody could go on from these any more. All ranks call it, when each has prepared.
 * run, resumed_step: what the session is about to be; NULL: it starts fresh. own_failure: why this
 * rank cannot go on; it is taken. A host that restores a file of its own before it has saved does
 * not hold the folder: nothing moves. */
gboolean torpor_keeping_before_cut(TorporSession *session, const TorporRun *run,
                                   const guint64 *resumed_step, gboolean loses_bytes,
                                   GError *own_failure, GError **error);
/* For a TorporFollow, whose data is the session. Old checkpoints are removed only now, since the
 * new one is durable. threads: any. */
gboolean torpor_keeping_prune(gpointer session, GError **error);
/* The same: the disk is full. */
char *torpor_keeping_make_room(gpointer session);

G_END_DECLS

#endif
