/* A save: one field of a population becomes a column of the file. Rows that lie packed in memory
 * are borrowed, others are gathered in pieces; a column whose rows are all bitwise equal is one
 * row. */
#ifndef TORPOR_CORE_COLUMN_H
#define TORPOR_CORE_COLUMN_H

#include "population.h"
#include "tree.h"

G_BEGIN_DECLS

/* Where the bytes of a column come from. Lives as long as the tree that names it. */
typedef struct _TorporColumn TorporColumn;
void torpor_column_free(TorporColumn *column);

/* Append the field to `map`, the population's, under its keys:
 *
 *   VALUE, REFERENCE  an array [count, ...shape], or [1, ...shape] where all rows are equal
 *   RAGGED, BLOB      a map of `values` [total, ...shape] and `counts` [count] (or [1])
 *
 * Adds to `columns` (of TorporColumn) what must outlive the tree. Nothing of the host is read but
 * what tells shapes; the rest follows while the tree is encoded. */
gboolean torpor_column_put(const TorporPopulations *populations, const TorporView *view,
                           TorporTree *tree, TorporNode *map, GPtrArray *columns, GError **error);

G_END_DECLS

#endif
