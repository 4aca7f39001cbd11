/* What did not change between two checkpoints. A check that compares runs says nothing of it. */
#ifndef TORPOR_SESSION_UNCHANGED_H
#define TORPOR_SESSION_UNCHANGED_H

#include "host/population.h"

G_BEGIN_DECLS

typedef struct {
    gboolean is_all;  /* nothing changed but the clock */
    GPtrArray *names; /* of char *: fields, or populations of which no field did; no fields that
                         users set or that are constant */
    char *stale;      /* a field that changed, although the host gave it the same revision; NULL */
} TorporUnchanged;

/* Compare the files of the host at two moments. populations: of the first of them. The second is
 * now. */
TorporUnchanged *torpor_unchanged_new(const TorporHost *host, const TorporCatalogue *catalogue,
                                      const TorporPopulations *populations, const char *a,
                                      const char *b, GError **error);
void torpor_unchanged_free(TorporUnchanged *unchanged);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporUnchanged, torpor_unchanged_free)

G_END_DECLS

#endif
