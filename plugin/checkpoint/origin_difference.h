/* What differs between two origins. */
#ifndef TORPOR_CHECKPOINT_ORIGIN_DIFFERENCE_H
#define TORPOR_CHECKPOINT_ORIGIN_DIFFERENCE_H

#include "checkpoint/origin.h"

G_BEGIN_DECLS

/* What differs between a run of one origin and a run of another: names for people, of what users
 * set and of initial state. */
typedef struct {
    GPtrArray *set_by_user;
    GPtrArray *initial;
    GPtrArray *other_version;   /* populations whose types have other versions: not compared */
    GPtrArray *dealt_otherwise; /* those that are dealt to the ranks otherwise: the same */
} TorporOriginDifference;

/* Both runs are known. only_common: what just one side has is no difference. Transfer full. */
TorporOriginDifference *torpor_origin_compare(const TorporOrigin *then, guint run_then,
                                              const TorporOrigin *now, guint run_now,
                                              gboolean only_common);
/* What the ranks of a run may have in common (transfer full): all of this run but the populations
 * that have keys, of which only the versions of their types are left. NULL: the run, or the first
 * one, by which keys are known, is not known. */
TorporOrigin *torpor_origin_without_keys(const TorporOrigin *origin, guint run);
void torpor_origin_difference_free(TorporOriginDifference *difference);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporOriginDifference, torpor_origin_difference_free)

G_END_DECLS

#endif
