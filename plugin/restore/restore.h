/* A restore: prepared whole against the live host without writing anything, then committed. */
#ifndef TORPOR_RESTORE_H
#define TORPOR_RESTORE_H

#include "checkpoint/output.h"
#include "restore/match.h"

G_BEGIN_DECLS

typedef struct _TorporRestore TorporRestore;

/* Prepare. The checkpoint is taken over, on error too. On error the host was told to give back what
 * it had kept aside, and its memory is as before. `report` gets what differs (not owned). */
TorporRestore *torpor_restore_prepare(const TorporHost *host, const TorporCatalogue *catalogue,
                                      TorporCheckpointFile *checkpoint, TorporReport *report,
                                      GError **error);
/* Write everything, and tell the host. TORPOR_STATUS_TORN if a callback of the host fails, or if a
 * checkpoint on disk cannot be read any more; the rest is written all the same. An output that
 * cannot be cut off fails before anything live is written. */
gboolean torpor_restore_commit(TorporRestore *restore, TorporOutputs *outputs, GError **error);
/* The clock that the host now has. */
const struct torpor_clock *torpor_restore_clock(const TorporRestore *restore);
/* Aborts, where it was not committed. */
void torpor_restore_free(TorporRestore *restore);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRestore, torpor_restore_free)

G_END_DECLS

#endif
