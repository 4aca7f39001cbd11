/* Who wrote a checkpoint, when, on which machine, with which libraries: text for people. */
#ifndef TORPOR_CHECKPOINT_PROVENANCE_H
#define TORPOR_CHECKPOINT_PROVENANCE_H

#include "host/description.h"
#include "host/report.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Fill `map`: torpor, compiler, libc, cpu, threads, time (UTC), machine, command, notes (the
 * host's). With SOURCE_DATE_EPOCH in the environment, `time` is that and the rest that differs
 * between two saves of the same state is left out. */
gboolean torpor_provenance_save(const TorporDescription *description, guint32 n_threads,
                                TorporTree *tree, TorporNode *map, GError **error);

/* What differs between the host and the machine that wrote a checkpoint and those of now, so that
 * bit-identity is no longer promised: a warning each, in the report and in the log. */
void torpor_provenance_compare(const TorporNode *root, TorporReport *report);

G_END_DECLS

#endif
