/* The files that a host appends to: made durable with each checkpoint, rolled back by a restore.
 *
 * Digests grow with the files: a save hashes what is new, a restore all that was saved. */
#ifndef TORPOR_CHECKPOINT_OUTPUT_H
#define TORPOR_CHECKPOINT_OUTPUT_H

#include "host/report.h"
#include "value/tree.h"

G_BEGIN_DECLS

typedef struct _TorporOutputs TorporOutputs;

TorporOutputs *torpor_outputs_new(void);
void torpor_outputs_free(TorporOutputs *outputs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporOutputs, torpor_outputs_free)

/* A save: flush and digest every output that the host described (struct torpor_output), and
 * describe them in the root's map `outputs`, {path: {"byte_length", "xxh3"}}; none without outputs.
 * Errors name the file. */
gboolean torpor_outputs_save(TorporOutputs *outputs, const GPtrArray *described, TorporTree *tree,
                             GError **error);

/* The files that a checkpoint's tree describes, as absolute paths; and making them durable, which
 * comes before the checkpoint itself. threads: any. */
GPtrArray *torpor_outputs_paths(TorporTree *tree);
gboolean torpor_outputs_fsync(const GPtrArray *paths, GError **error);

/* A restore that is being prepared: every output of the host is as the checkpoint left it, or
 * longer. */
typedef struct _TorporRollback TorporRollback;

/* map: as saved; NULL: the file has none. TORPOR_STATUS_NOT_FOUND for a file that is missing,
 * _MISMATCH for one that was changed; outputs that one side does not know are for the policy. */
TorporRollback *torpor_outputs_prepare(const GPtrArray *described, const TorporNode *map,
                                       TorporReport *report, GError **error);
/* Truncate the files. Nothing else of the host has changed yet, so this may still fail. */
gboolean torpor_rollback_truncate(TorporRollback *rollback, GError **error);
/* Tell the host, and go on digesting from there. FALSE with the first failure that the host
 * reports; it is told of all files nonetheless. */
gboolean torpor_rollback_commit(TorporRollback *rollback, TorporOutputs *outputs, GError **error);
void torpor_rollback_free(TorporRollback *rollback);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRollback, torpor_rollback_free)

G_END_DECLS

#endif
