/* Join one population of several shards. */
#ifndef TORPOR_CHECKPOINT_JOIN_POPULATION_H
#define TORPOR_CHECKPOINT_JOIN_POPULATION_H

#include "checkpoint/population_rows.h"

G_BEGIN_DECLS

/* Append the joined population's entry to `layout`, and its columns to `map`. all:
 * TorporPopulationRows by the path, of all populations, which references may point into. */
gboolean torpor_join_population(TorporPopulationRows *rows, GHashTable *all, TorporNode *layout,
                                TorporNode *map, GError **error);

G_END_DECLS

#endif
