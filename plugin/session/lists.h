/* What a rank lists, as text, for the others: they need to know which objects there are in all. */
#ifndef TORPOR_SESSION_LISTS_H
#define TORPOR_SESSION_LISTS_H

#include "checkpoint/checkpoint_file.h"

G_BEGIN_DECLS

/* A line for each population: path, type, version, objects, places along the axis, key. */
char *torpor_lists_to_text(const TorporPopulations *populations);

/* gathered: the texts of all ranks, those of rank 0 first. Do all that list a population list it
 * with the same type and key? TORPOR_STATUS_MISMATCH names one that does not. */
gboolean torpor_lists_agree(const GPtrArray *gathered, GError **error);

/* Put the section `layout` of a manifest. The lists agree. */
void torpor_lists_put_layout(const GPtrArray *gathered, TorporTree *tree);

/* Do the lists agree, and have as many objects, in all, as the checkpoint? TORPOR_STATUS_MISMATCH
 * names a population that differs, or that no rank lists. */
gboolean torpor_lists_check(const GPtrArray *gathered, const TorporCheckpointFile *checkpoint,
                            GError **error);

G_END_DECLS

#endif
