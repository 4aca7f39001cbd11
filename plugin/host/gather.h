/* Columns of one population, gathered together: objects are larger than a cache, so each is visited
 * once for all columns, and by several threads at once. The file has one column after the other:
 * while the tree is encoded room is left for them (TorporGap), and filled afterwards. */
#ifndef TORPOR_CORE_GATHER_H
#define TORPOR_CORE_GATHER_H

#include "host_table.h"
#include "sink.h"
#include "tree.h"

G_BEGIN_DECLS

typedef struct _TorporGather TorporGather;

/* Of a population of so many objects. */
TorporGather *torpor_gather_new(const TorporHost *host, guint64 n_rows);
void torpor_gather_free(TorporGather *gather);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporGather, torpor_gather_free)

/* One of its columns, of n_rows rows; its `produce` may be called by several threads. The array
 * stays the tree's. */
void torpor_gather_add(TorporGather *gather, TorporArray *array);
/* After the last one. FALSE: this few bytes are as well produced one column after the other; the
 * gather can be freed. TRUE: the arrays have gaps from here on, the gather must live as long. */
gboolean torpor_gather_plan(TorporGather *gather);

/* After torpor_encode to this sink, if it takes gaps: fill those of all gathers (TorporGather).
 * progress (may be NULL): bytes of the sink, from any of the threads, one at a time. errors: what
 * the sink or a produce function reports; the first one. */
gboolean torpor_gather_fill(const TorporHost *host, const GPtrArray *gathers, TorporSink *sink,
                            void (*progress)(gpointer data, guint64 done, guint64 total),
                            gpointer progress_data, GError **error);

G_END_DECLS

#endif
