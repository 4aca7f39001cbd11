/* Outputs: the files that a host appends to. Each checkpoint makes them durable and keeps their
 * lengths and digests; a restore cuts them back to those lengths.
 *
 * A digest grows with its file: a save hashes only what is new. A restore hashes all of it. */
#ifndef TORPOR_CHECKPOINT_OUTPUT_H
#define TORPOR_CHECKPOINT_OUTPUT_H

#include "host/report.h"
#include "value/tree.h"

G_BEGIN_DECLS

typedef struct _TorporOutputs TorporOutputs;

TorporOutputs *torpor_outputs_new(void);
void torpor_outputs_free(TorporOutputs *outputs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporOutputs, torpor_outputs_free)

/* Lock all outputs that the host described until they are no longer described, or until the outputs
 * are freed, so that no other run writes them. A save and the commit of a restore do it too. One
 * that is not there yet is locked when it is. TORPOR_STATUS_BUSY names one that another run writes;
 * TORPOR_STATUS_INVALID one that is no regular file and cannot be rolled back. */
gboolean torpor_outputs_hold(TorporOutputs *outputs, const GPtrArray *described, GError **error);
/* Did that succeed before? */
gboolean torpor_outputs_are_held(const TorporOutputs *outputs);

/* Save: flush and digest all outputs that the host described (struct torpor_output), and put them
 * into the section `outputs`. A host without outputs gets no section. Errors name the file. */
gboolean torpor_outputs_save(TorporOutputs *outputs, const GPtrArray *described, TorporTree *tree,
                             GError **error);

/* The absolute paths of the outputs in the tree of a checkpoint. threads: any. */
GPtrArray *torpor_outputs_paths(TorporTree *tree);
/* Make those files durable. This comes before the checkpoint itself is. threads: any. */
gboolean torpor_outputs_fsync(const GPtrArray *paths, GError **error);

/* Restore: the outputs that are to be cut. */
typedef struct _TorporRollback TorporRollback;

/* Check that each output of the host begins with what the checkpoint left. map: the section; NULL
 * if the file has none.
 *
 * errors: TORPOR_STATUS_NOT_FOUND for a file that is missing; TORPOR_STATUS_MISMATCH for one that
 * was changed. The mismatch policy decides about outputs that only one side knows. */
TorporRollback *torpor_outputs_prepare(const GPtrArray *described, const TorporNode *map,
                                       TorporReport *report, GError **error);
/* Cut the files. This may fail, since nothing of the host has changed yet. */
gboolean torpor_rollback_truncate(TorporRollback *rollback, GError **error);
/* Report the new lengths to the host, and digest from there on. FALSE with the first failure that
 * the host reports; the other files are reported to it all the same. */
gboolean torpor_rollback_commit(TorporRollback *rollback, TorporOutputs *outputs, GError **error);
void torpor_rollback_free(TorporRollback *rollback);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRollback, torpor_rollback_free)

G_END_DECLS

#endif
