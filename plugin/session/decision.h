/* What the ranks of a run decide together at a step.
 *
 * Ranks meet at steps that all know beforehand: where the schedule in simulated time says so, and a
 * number of steps after the last meeting that rank 0 chose, so that about twenty meetings take
 * place in a second. What only one rank knows (wall time, a signal) is decided there. */
#ifndef TORPOR_SESSION_DECISION_H
#define TORPOR_SESSION_DECISION_H

#include "session/session.h"

G_BEGIN_DECLS

/* What the ranks decided at a step. */
typedef struct {
    gboolean saves;
    gboolean stops;
    gboolean waits;       /* they are asked to stop, and do so where the next checkpoint is due */
    gboolean must_settle; /* all shards that were being written are done */
    char *reason;         /* why they stop (transfer full); NULL: they do not */
} TorporDecision;

/* Is this a step to meet at? Cheap. */
gboolean torpor_decision_is_at(const TorporSession *session, gboolean is_due, guint64 step);
/* Meet, and decide. is_due: by the schedule in simulated time. */
gboolean torpor_decision_take(TorporSession *session, gboolean is_due, guint64 step,
                              TorporDecision *decision, GError **error);

G_END_DECLS

#endif
