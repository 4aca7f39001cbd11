/* A restore, in two phases. Prepare checks the complete checkpoint against the live host and writes
 * nothing; commit writes. */
#ifndef TORPOR_RESTORE_H
#define TORPOR_RESTORE_H

#include "checkpoint/output.h"
#include "restore/match.h"

G_BEGIN_DECLS

typedef struct _TorporRestore TorporRestore;

/* Prepare. Takes the checkpoint, on error too. On error the host has been asked to abort, and its
 * memory is as before. `report` gets what differs (not owned). */
TorporRestore *torpor_restore_prepare(const TorporHost *host, const TorporCatalogue *catalogue,
                                      TorporCheckpointFile *checkpoint, TorporReport *report,
                                      GError **error);
/* Commit: cut the outputs, write everything, and call the host's restore_commit. An output that
 * another run holds, or that cannot be cut, is an error, and nothing live has been written then.
 * After that, a callback of the host that fails, or a checkpoint on disk that can no longer be
 * read, is TORPOR_STATUS_TORN; the rest is written all the same. */
gboolean torpor_restore_commit(TorporRestore *restore, TorporOutputs *outputs, GError **error);
/* The clock of the checkpoint, in the host's unit. */
const struct torpor_clock *torpor_restore_clock(const TorporRestore *restore);
/* Aborts a restore that was not committed. */
void torpor_restore_free(TorporRestore *restore);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRestore, torpor_restore_free)

G_END_DECLS

#endif
