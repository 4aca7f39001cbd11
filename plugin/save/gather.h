/* Columns of one population, gathered together: objects are larger than a cache, so each is visited
 * once for all columns, by several threads at a time.
 *
 * The file has one column after the other: while the tree is encoded room is left for them
 * (TorporGap), and filled when all have it. Columns of which a few rows looked constant are taken
 * for it, and compared row by row on the same visit. Where one turns out not to be, all is encoded
 * anew: that is rare. */
#ifndef TORPOR_SAVE_GATHER_H
#define TORPOR_SAVE_GATHER_H

#include "host/host_table.h"
#include "msgpack/encode_options.h"
#include "msgpack/sink.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Less than this is produced by one thread: others would cost more than they save. */
#define TORPOR_GATHER_BYTES ((guint64)64 << 10)
/* Where there is more than this, columns are expected to be constant. (Of less, to have been wrong
 * would cost more than to compare them beforehand.) */
#define TORPOR_GATHER_EXPECT_BYTES ((guint64)1 << 20)
/* Of longer rows, none is expected. */
#define TORPOR_GATHER_ROW_BYTES ((guint64)256)

typedef struct _TorporGather TorporGather;

/* Of a population of so many objects. */
TorporGather *torpor_gather_new(const TorporHost *host, guint64 n_rows);
void torpor_gather_free(TorporGather *gather);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporGather, torpor_gather_free)

/* One of its columns, of n_rows rows; its `produce` may be called by several threads. The array
 * stays the tree's. */
void torpor_gather_add(TorporGather *gather, TorporArray *array);
/* One that has a single row, its first. `produce` gives any of the n_rows, to several threads. */
void torpor_gather_expect(TorporGather *gather, TorporArray *array, TorporProduceFunc produce,
                          gpointer produce_data);
/* After the last one. FALSE: this few bytes are as well produced one column after the other; the
 * gather can be freed. TRUE: the arrays have gaps from here on, the gather must live as long. */
gboolean torpor_gather_plan(TorporGather *gather);

/* TorporEncodeOptions.fill. errors: what the sink or a produce function reports, the first one; or
 * that a column is not constant, see torpor_gather_reconsider. */
gboolean torpor_gather_fill(gpointer gather, TorporSink *sink, const TorporEncodeOptions *options,
                            GError **error);

/* After torpor_encode failed. TRUE without error: there were columns that are not constant; they
 * have all their rows from here on, no others are expected, and the tree can be encoded anew. FALSE
 * with error unset: it failed for another reason. */
gboolean torpor_gathers_reconsider(const GPtrArray *gathers, GError **error);

G_END_DECLS

#endif
