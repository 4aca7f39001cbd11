/* A rollback: the outputs of a restore, which are cut back to their lengths at the checkpoint. */
#ifndef TORPOR_CHECKPOINT_ROLLBACK_H
#define TORPOR_CHECKPOINT_ROLLBACK_H

#include "checkpoint/output.h"
#include "host/report.h"

G_BEGIN_DECLS

typedef struct _TorporRollback TorporRollback;

/* Check that each output of the host begins with what the checkpoint left. map: the section; NULL
 * if the file has none. A file that was renamed is recognised by what it begins with.
 *
 * errors: TORPOR_STATUS_NOT_FOUND for a file that is missing; TORPOR_STATUS_MISMATCH for one that
 * was changed. The mismatch policy decides about outputs that only one side knows; one that only
 * the host knows then begins empty. */
TorporRollback *torpor_rollback_prepare(TorporOutputs *outputs, const GPtrArray *described,
                                        const TorporNode *map, TorporReport *report,
                                        GError **error);
/* Would a file lose bytes? */
gboolean torpor_rollback_loses_bytes(const TorporRollback *rollback);
/* Cut the files. This may fail, since nothing of the host has changed yet. */
gboolean torpor_rollback_truncate(TorporRollback *rollback, GError **error);
/* Report the new lengths to the host, and digest from there on. FALSE with the first failure that
 * the host reports; the other files are reported to it all the same. */
gboolean torpor_rollback_commit(TorporRollback *rollback, GError **error);
void torpor_rollback_free(TorporRollback *rollback);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRollback, torpor_rollback_free)

G_END_DECLS

#endif
