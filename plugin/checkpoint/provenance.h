/* Provenance: who wrote a checkpoint, when, on which machine, with which libraries. Text for
 * people; a restore warns where it differs. */
#ifndef TORPOR_CHECKPOINT_PROVENANCE_H
#define TORPOR_CHECKPOINT_PROVENANCE_H

#include "host/description.h"
#include "host/report.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* SOURCE_DATE_EPOCH of the environment: two saves of one state are to be equal. NULL: it is not
 * set, or empty. */
const char *torpor_source_date_epoch(void);

/* Fill the section, and put the host's notes into it. If the environment has SOURCE_DATE_EPOCH, the
 * time is that, and what else differs between two saves of the same state is left out. */
gboolean torpor_provenance_save(const TorporDescription *description, guint32 n_threads,
                                TorporTree *tree, TorporNode *map, GError **error);

/* Warn, in the report and in the log, of each difference between the machine and host that wrote a
 * checkpoint and those of now which may change results. */
void torpor_provenance_compare(const TorporNode *root, TorporReport *report);

G_END_DECLS

#endif
