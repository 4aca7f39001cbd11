/* A restore, in two phases. Prepare checks the complete checkpoint against the live host and writes
 * nothing; commit writes. */
#ifndef TORPOR_RESTORE_H
#define TORPOR_RESTORE_H

#include "checkpoint/output.h"
#include "restore/match.h"

G_BEGIN_DECLS

typedef struct _TorporRestore TorporRestore;

/* Prepare. Takes the checkpoint, on error too. After an error the host's memory is unchanged, and
 * whatever had prepared was aborted. `report` gets what differs (not owned). */
TorporRestore *torpor_restore_prepare(const TorporHost *host, const TorporCatalogue *catalogue,
                                      TorporCheckpointFile *checkpoint, TorporReport *report,
                                      GError **error);
/* Commit: cut the outputs, write everything, and call the host's restore_commit. If an output is
 * held by another run or cannot be cut, nothing live has been written. After that, if a callback of
 * the host fails or the file can no longer be read, the rest is still written, and the error is
 * TORPOR_STATUS_TORN. */
gboolean torpor_restore_commit(TorporRestore *restore, TorporOutputs *outputs, GError **error);
/* The clock of the checkpoint, in the host's unit. */
const struct torpor_clock *torpor_restore_clock(const TorporRestore *restore);
/* Aborts a restore that was not committed. */
void torpor_restore_free(TorporRestore *restore);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRestore, torpor_restore_free)

G_END_DECLS

#endif
