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
 * some columns get other shapes then, see gather.h. */
gboolean torpor_columns_put(const TorporPopulations *populations,
                            const TorporPopulation *population, TorporTree *tree, TorporNode *map,
                            TorporSources *sources, GError **error);

/* ---- for ragged.c ---- */

/* Accessors get columns at such addresses, whatever the dtype. */
#define TORPOR_COLUMN_ALIGNMENT 16u
/* g_try_malloc for values of the live_field. */
gpointer torpor_column_memory(const TorporLiveField *live_field, guint64 bytes, GError **error);
/* An array node [n, ...shape of the field], with the field's unit. */
TorporArray *torpor_column_array(const TorporLiveField *live_field, TorporTree *tree,
                                 TorporNode *map, const char *key, guint64 n, GError **error);

G_END_DECLS

#endif
