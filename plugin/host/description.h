/* A description is what the host lists at this moment: all that its `describe` added, copied. One
 * is made for each save and each restore, and lives as long as that. */
#ifndef TORPOR_HOST_DESCRIPTION_H
#define TORPOR_HOST_DESCRIPTION_H

#include "host/host_table.h"

G_BEGIN_DECLS

typedef struct {
    const char *key;
    const char *value; /* (may be NULL) */
} TorporNote;

/* Each array in the order in which the host added. Texts may still be NULL or not UTF-8: whoever
 * uses one checks it, and names the place. */
typedef struct {
    GPtrArray *populations; /* struct torpor_population */
    GPtrArray *trees;       /* struct torpor_tree */
    GPtrArray *generators;  /* struct torpor_generator */
    GPtrArray *outputs;     /* struct torpor_output */
    GPtrArray *notes;       /* TorporNote */
    GPtrArray *copies;      /* owns all of these, and what they point to */
    GError *failure;        /* the first one, while the host describes itself */
} TorporDescription;

/* Ask the host. Errors are the host's own, or TORPOR_STATUS_INVALID for what it added. */
TorporDescription *torpor_description_new(const TorporHost *host, GError **error);
void torpor_description_free(TorporDescription *description);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporDescription, torpor_description_free)

G_END_DECLS

#endif
