/* Option incremental=check: are values what they were, as long as the host gives a field the same
 * revision? All fields that have one are read and hashed at each save. */
#ifndef TORPOR_SAVE_REVISION_CHECK_H
#define TORPOR_SAVE_REVISION_CHECK_H

#include "host/catalogue.h"
#include "host/population.h"

G_BEGIN_DECLS

typedef struct _TorporRevisionCheck TorporRevisionCheck;

TorporRevisionCheck *torpor_revision_check_new(void);
void torpor_revision_check_free(TorporRevisionCheck *check);

/* The host's state is about to be another one: its revisions so far say nothing of it. */
void torpor_revision_check_forget(TorporRevisionCheck *check);

/* Compare the fields with what they were when this was last called, and remember them as they are
 * now. Calls the host's save_begin and save_end.
 *
 * errors: TORPOR_STATUS_MISMATCH names a field that has changed although its revision stayed. */
gboolean torpor_revision_check_run(TorporRevisionCheck *check, const TorporHost *host,
                                   const TorporCatalogue *catalogue, GError **error);

/* The live fields that have a revision, by their path in the tree. Transfer full. */
GHashTable *torpor_revision_check_fields(const TorporPopulations *populations);

G_END_DECLS

#endif
