/* Write the incoming columns of a restore into the host's memory, on several threads. */
#ifndef TORPOR_RESTORE_COMMIT_H
#define TORPOR_RESTORE_COMMIT_H

#include "restore/incoming_column.h"

G_BEGIN_DECLS

typedef struct _TorporCommit TorporCommit;

/* Prepare: allocate all memory that the commit will need. Borrows both arguments.
 * TORPOR_STATUS_NO_MEMORY. */
TorporCommit *torpor_commit_new(const TorporHost *host, const GPtrArray *incoming_columns,
                                GError **error);
void torpor_commit_free(TorporCommit *commit);

/* Commit: write all columns. Ragged ones, and those whose host allows one thread only, are written
 * by this thread. If the host or reading the file fails, the rest is still written; then FALSE with
 * the first failure. */
gboolean torpor_commit_run(TorporCommit *commit, GError **error);

G_END_DECLS

#endif
