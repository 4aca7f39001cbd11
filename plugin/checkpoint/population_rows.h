/* Which objects of a population are wanted, and in which shards they are. */
#ifndef TORPOR_CHECKPOINT_POPULATION_ROWS_H
#define TORPOR_CHECKPOINT_POPULATION_ROWS_H

#include "checkpoint/row_map.h"
#include "checkpoint/shards.h"
#include "host/population.h"

G_BEGIN_DECLS

/* What is to be joined. */
typedef struct {
    TorporShards *shards;
    const TorporNode *heading;      /* root of the manifest, or of the ordinary file (not owned) */
    const TorporFile *heading_file; /* has its longer texts; may be NULL (not owned) */
    /* What the host lists now. NULL: everything is wanted, in ascending order of the keys, as one
     * rank would have saved it. (not owned) */
    const TorporPopulations *live;
    const TorporDescription *description; /* with `live` (not owned) */
    guint32 rank;                         /* of the host, with `live` */
    guint32 n_ranks;
    /* What has no key and differs between the ranks becomes a map with an entry for each rank, for
     * people. FALSE: it is refused, TORPOR_STATUS_UNSUPPORTED. */
    gboolean shows_each;
} TorporJoin;

typedef struct {
    TorporTree *tree;
    GPtrArray *maps; /* TorporRowMap, of the columns of the tree */
} TorporJoinedTree;

/* What each shard has of one population; NULL where it has none of its objects. */
typedef struct {
    const char *path;
    const TorporNode **entries; /* of the layout */
    const TorporNode **nodes;   /* of populations */
} TorporPopulationParts;

typedef struct {
    const TorporJoin *join;
    TorporPopulationParts parts;
    const TorporPopulation *live; /* NULL: all objects are wanted */
    TorporJoinedTree *joined;
    /* What follows is known once they are found. */
    const char *key; /* field of the shards; NULL: the objects of the only file are numbered */
    guint32 axis;
    guint64 count;      /* axis 1: objects of the population, the same in all parts */
    TorporRowMap *map;  /* along the axis; NULL: not found yet */
    guint64 *part_rows; /* of each part, along the axis */
} TorporPopulationRows;

/* Are its objects told apart by keys, by those of the shards or of the live population? */
gboolean torpor_population_rows_are_keyed(const TorporPopulationRows *rows);
/* The number of the first shard that lists it; at least one does. */
guint torpor_population_rows_first(const TorporPopulationRows *rows);
/* Find them, unless that was done. They are keyed. errors: TORPOR_STATUS_MISMATCH where the host
 * lists objects that no shard has, _UNSUPPORTED for a population that was saved without keys,
 * _DAMAGED. */
gboolean torpor_population_rows_find(TorporPopulationRows *rows, GError **error);
/* Are the keys of the wanted objects 0, 1, 2, ...? */
gboolean torpor_population_rows_are_numbers(const TorporPopulationRows *rows);

/* "populations/<path>: <what>", TORPOR_STATUS_MISMATCH. FALSE. */
gboolean torpor_population_rows_mismatch(const TorporPopulationRows *rows, const char *what,
                                         GError **error);
/* The same, _UNSUPPORTED: what keeps it from being divided among other ranks. */
gboolean torpor_population_rows_refuse(const TorporPopulationRows *rows, const char *what,
                                       GError **error);

G_END_DECLS

#endif
