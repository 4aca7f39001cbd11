/* A restore, in two phases. Prepare checks the complete checkpoint against the live host and writes
 * nothing; commit writes. */
#ifndef TORPOR_RESTORE_H
#define TORPOR_RESTORE_H

#include "checkpoint/output.h"
#include "restore/match.h"

G_BEGIN_DECLS

typedef struct _TorporRestore TorporRestore;

/* Prepare. Takes the checkpoint, on error too. After an error the host's memory is unchanged, and
 * whatever had prepared was aborted. `report` gets what differs. Neither it
 * nor `outputs` is owned. */
TorporRestore *torpor_restore_prepare(const TorporHost *host, const TorporCatalogue *catalogue,
                                      TorporOutputs *outputs, TorporCheckpointFile *checkpoint,
                                      TorporReport *report, GError **error);
/* Would an output be cut? */
gboolean torpor_restore_loses_bytes(const TorporRestore *restore);
/* Between the two: hold the outputs, and cut them. Nothing live is written. Fails if another run
 * holds one, or it cannot be cut. */
gboolean torpor_restore_cut_outputs(TorporRestore *restore, GError **error);
/* Commit: cut the outputs, if that was not done, write everything, and call the host's
 * restore_commit. If a callback of the host fails or the file can no longer be read, the rest is
 * still written, and the error is TORPOR_STATUS_TORN. */
gboolean torpor_restore_commit(TorporRestore *restore, GError **error);
/* What the host lists. */
const TorporPopulations *torpor_restore_populations(const TorporRestore *restore);
/* Aborts a restore that was not committed. */
void torpor_restore_free(TorporRestore *restore);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRestore, torpor_restore_free)

G_END_DECLS

#endif
