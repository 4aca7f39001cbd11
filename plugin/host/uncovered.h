/* Watches the bytes of objects that no field describes: if they change, a field was left out. */
#ifndef TORPOR_HOST_UNCOVERED_H
#define TORPOR_HOST_UNCOVERED_H

#include "host/population.h"

G_BEGIN_DECLS

typedef struct _TorporUncovered TorporUncovered;

/* Copy the uncovered bytes of all objects whose type has an object_size and no codec or accessor.
 * NULL if the host cannot be described or memory is short. */
TorporUncovered *torpor_uncovered_new(const TorporHost *host, const TorporCatalogue *catalogue,
                                      GError **error);
void torpor_uncovered_free(TorporUncovered *uncovered);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporUncovered, torpor_uncovered_free)

/* What the host listed then. Objects may have moved since. */
const TorporPopulations *torpor_uncovered_populations(const TorporUncovered *uncovered);

/* Names of the types whose objects lie in memory and could be watched if they had an object_size.
 * Of const char * (transfer container; the names are the catalogue's). */
GPtrArray *torpor_uncovered_unsized_types(const TorporUncovered *uncovered);

/* Ask the host again where its objects are, since memory moves, and compare. *change is the first
 * bytes that differ from the copy, as a sentence (transfer full); NULL if none do. Populations
 * whose number of objects has changed are not compared. FALSE if the host cannot be described. */
gboolean torpor_uncovered_changes(const TorporUncovered *uncovered, char **change, GError **error);

G_END_DECLS

#endif
