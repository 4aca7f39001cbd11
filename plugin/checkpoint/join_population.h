/* Join one population of several shards. */
#ifndef TORPOR_CHECKPOINT_JOIN_POPULATION_H
#define TORPOR_CHECKPOINT_JOIN_POPULATION_H

#include "checkpoint/population_rows.h"

G_BEGIN_DECLS

/* Append the joined population's entry to `layout`, and its columns to `map`. all:
 * TorporPopulationRows by the path, of all populations, which references may point into. */
gboolean torpor_join_population(TorporPopulationRows *rows, GHashTable *all, TorporNode *layout,
                                TorporNode *map, GError **error);

/* Does a shard hold what one rank of a host lists now, object by object in the same order? Then it
 * can be restored as it is. file: of this shard alone. */
gboolean torpor_join_is_own(const TorporFile *file, TorporTree *shard,
                            const TorporPopulations *live, gboolean *is_own, GError **error);

G_END_DECLS

#endif
