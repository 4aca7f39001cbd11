/* Labels of what was recorded: of a number of a ragged field that has fields `times` and `senders`
 * beside it, as a multimeter's V_m has, who it is of, and when. */
#ifndef TORPOR_COMPARE_EVENT_LABELS_H
#define TORPOR_COMPARE_EVENT_LABELS_H

#include "compare/side.h"

G_BEGIN_DECLS

/* Append to `labels` (TorporLabel) those of the number at flat index `place` of the values at
 * `path`, which are of this object. Nothing is appended where it was not recorded so. */
void torpor_event_labels_append(GArray *labels, TorporTree *tree, const TorporSide *side,
                                const char *path, guint64 object, guint64 place);

G_END_DECLS

#endif
