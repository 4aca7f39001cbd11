/* A save: the fields of a population become columns of the file. Rows that lie packed in memory
 * are borrowed, others are gathered in pieces. A column whose rows are all bitwise equal is stored
 * as one row. */
#ifndef TORPOR_SAVE_COLUMN_H
#define TORPOR_SAVE_COLUMN_H

#include "host/population.h"
#include "save/sources.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Append the population's fields to `map`, each under its keys:
 *
 *   VALUE, REFERENCE  an array [count, ...shape], or [1, ...shape] where all rows are equal
 *   RAGGED, BLOB      see ragged.h
 *
 * Shapes are read from the host here. Values that are not borrowed come later, from `sources`;
 * some columns get other shapes then, see gather.h. Nothing is read of what is unchanged since
 * sources->baseline, but small columns. only: fields with one of these flags; 0: all. */
gboolean torpor_columns_put(const TorporPopulations *populations,
                            const TorporPopulation *population, guint32 only, TorporTree *tree,
                            TorporNode *map, TorporSources *sources, GError **error);

G_END_DECLS

#endif
