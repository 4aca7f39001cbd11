/* A save: columns of one population, gathered together. Objects are larger than a cache, so each is
 * visited once for all columns, by several threads at a time.
 *
 * The file has one column after the other. The encoder leaves a gap for each; once it has laid out
 * the file, the gather fills them.
 *
 * Some columns are guessed to be constant (see guess.h) and checked on the same visit. If a guess
 * was wrong, which is rare, the column gets all its rows, and the file is laid out again. */
#ifndef TORPOR_SAVE_GATHER_H
#define TORPOR_SAVE_GATHER_H

#include "host/host_table.h"
#include "msgpack/gap.h"
#include "msgpack/sink.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Less than this is produced by one thread: others would cost more than they save. */
#define TORPOR_GATHER_BYTES ((guint64)64 << 10)
/* Where more than this is gathered, columns may be guessed to be constant. (With less, a wrong
 * guess would cost more than comparing all rows beforehand.) */
#define TORPOR_GATHER_GUESS_BYTES ((guint64)1 << 20)
/* Columns of longer rows are not guessed. */
#define TORPOR_GATHER_ROW_BYTES ((guint64)256)

typedef struct _TorporGather TorporGather;

/* For a population of n_rows objects, whose columns are arrays of this tree. */
TorporGather *torpor_gather_new(const TorporHost *host, TorporTree *tree, guint64 n_rows);
void torpor_gather_free(TorporGather *gather);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporGather, torpor_gather_free)

/* Gather this column of n_rows rows, unless they are too long to gain by it; several threads may
 * call its `produce`. */
void torpor_gather_add(TorporGather *gather, TorporArray *array);
/* A column that would be gathered, if its values were not in an earlier file: other columns then
 * have the same ranges with it and without. */
void torpor_gather_leave_out(TorporGather *gather, const TorporArray *array);
/* Guess that this column is constant: its array has one row, the first. `produce` gives any of the
 * n_rows, to several threads. */
void torpor_gather_guess(TorporGather *gather, TorporArray *array, TorporProduceFunc produce,
                         gpointer produce_data);
/* After the last column: add the gaps of all of them. FALSE: the columns are so small that the
 * encoder may as well produce one after the other; the gather can be freed. */
gboolean torpor_gather_plan(TorporGather *gather, TorporGaps *gaps);

/* Once the tree is encoded: fill the gaps. `filled` (may be NULL) is given the number of bytes
 * after each visit to some rows, from any of the threads, one at a time.
 *
 * *holds FALSE: a guess was wrong. Gaps may be unfilled then; see torpor_gather_settle. errors: the
 * first one that the sink or a produce function reports. */
gboolean torpor_gather_fill(TorporGather *gather, TorporSink *sink,
                            void (*filled)(gpointer data, guint64 bytes), gpointer filled_data,
                            gboolean *holds, GError **error);

/* Compare all rows of the guessed columns. Those that are not constant get all their rows, and are
 * gathered from now on; the others are known to be constant. The tree is to be encoded again. */
gboolean torpor_gather_settle(TorporGather *gather, TorporGaps *gaps, GError **error);

G_END_DECLS

#endif
