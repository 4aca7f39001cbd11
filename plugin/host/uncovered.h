/* Watches the bytes of objects that no field describes: if they change, a field was left out. */
#ifndef TORPOR_HOST_UNCOVERED_H
#define TORPOR_HOST_UNCOVERED_H

#include "host/population.h"

G_BEGIN_DECLS

typedef struct _TorporUncovered TorporUncovered;

/* Copy the uncovered bytes of all objects whose type has an object_size and no codec or accessor.
 * The objects must not move before torpor_uncovered_changes. NULL if the host cannot be described
 * or memory is short. */
TorporUncovered *torpor_uncovered_new(const TorporHost *host, const TorporCatalogue *catalogue,
                                      GError **error);
void torpor_uncovered_free(TorporUncovered *uncovered);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporUncovered, torpor_uncovered_free)

/* The first bytes that differ from the copy by now, as a sentence; NULL if none do. Transfer full.
 */
char *torpor_uncovered_changes(const TorporUncovered *uncovered);

G_END_DECLS

#endif
