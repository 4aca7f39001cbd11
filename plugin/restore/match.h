/* A match of a file with the live model: what is matched, by which policy, and what came of it.
 * match_population.h fills it. */
#ifndef TORPOR_RESTORE_MATCH_H
#define TORPOR_RESTORE_MATCH_H

#include "checkpoint/checkpoint_file.h"
#include "host/report.h"
#include "restore/incoming_column.h"

G_BEGIN_DECLS

/* A codec or tree that has prepared: whoever owns the match calls its commit or its abort. */
typedef struct {
    const struct torpor_codec *codec;           /* NULL: a tree (not owned) */
    const struct torpor_population *population; /* with the codec (not owned) */
    const struct torpor_tree *tree;             /* (not owned) */
} TorporPrepared;

typedef struct {
    const TorporHost *host;               /* (not owned) */
    const TorporCatalogue *catalogue;     /* (not owned) */
    TorporCheckpointFile *checkpoint;     /* (not owned) */
    const TorporPopulations *populations; /* (not owned) */
    TorporReport *report;                 /* (not owned) */
    GPtrArray *incoming_columns; /* TorporIncomingColumn, in the order of the host's list */
    GArray *prepared;            /* TorporPrepared, in order */
    TorporTree *migrated;        /* what migrations made; incoming columns refer to it */
} TorporMatch;

TorporMatch *torpor_match_new(const TorporHost *host, const TorporCatalogue *catalogue,
                              TorporCheckpointFile *checkpoint,
                              const TorporPopulations *populations, TorporReport *report);
void torpor_match_free(TorporMatch *match);

G_END_DECLS

#endif
