/* A save: a field whose values vary in number from object to object becomes values and counts. */
#ifndef TORPOR_SAVE_RAGGED_H
#define TORPOR_SAVE_RAGGED_H

#include "host/live_field.h"
#include "save/gather.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Produces a field's values and counts while the tree is encoded. */
typedef struct _TorporRagged TorporRagged;
void torpor_ragged_free(TorporRagged *ragged);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRagged, torpor_ragged_free)

/* Of a field of a population. Before it is put, it must be measured. */
TorporRagged *torpor_ragged_new(const TorporLiveField *live_field);

/* Read the lengths of all objects from the host, for all ragged fields (TorporRagged) of one
 * population. */
gboolean torpor_ragged_measure(const GPtrArray *all, GError **error);
/* Instead: all objects have this length. */
void torpor_ragged_know(TorporRagged *ragged, guint64 length);

/* How many bytes of values a gather would take; 0: it would take none. Once it is measured. */
guint64 torpor_ragged_gathered_bytes(const TorporRagged *ragged);

/* Append under `key` a map of `values` [total, ...shape], objects one after the other, and `counts`
 * [count], or [1] where all are equal. The values come later, from this, which must live as long as
 * the tree; where all lengths are equal, `gather` may take them. `stored`: the blocks that have
 * them, whose gap is added to `gaps`; NULL: none has. */
gboolean torpor_ragged_put(TorporRagged *ragged, TorporTree *tree, TorporNode *parent,
                           const char *key, TorporGather *gather, TorporGaps *gaps, GArray *stored,
                           GError **error);

G_END_DECLS

#endif
