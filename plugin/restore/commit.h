/* The commit of a restore's columns: read straight into place, on several threads. */
#ifndef TORPOR_RESTORE_COMMIT_H
#define TORPOR_RESTORE_COMMIT_H

#include "restore/incoming_column.h"

G_BEGIN_DECLS

typedef struct _TorporCommit TorporCommit;

/* Prepare: take all memory that the commit of these incoming_columns needs.
 * TORPOR_STATUS_NO_MEMORY. */
TorporCommit *torpor_commit_new(const TorporHost *host, const GPtrArray *incoming_columns,
                                GError **error);
void torpor_commit_free(TorporCommit *commit);

/* Commit: all incoming_columns. Those that are not shareable, and ragged ones, are written by this
 * thread alone. FALSE with the first failure, of the host or of reading the file; the rest is
 * written all the same. */
gboolean torpor_commit_run(TorporCommit *commit, GError **error);

G_END_DECLS

#endif
