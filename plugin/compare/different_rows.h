/* The rows of two columns that differ: which objects they are, and their values. */
#ifndef TORPOR_COMPARE_DIFFERENT_ROWS_H
#define TORPOR_COMPARE_DIFFERENT_ROWS_H

#include "compare/compare_array.h"
#include "compare/side.h"

G_BEGIN_DECLS

/* Where the columns are in A, which says who their objects are. */
typedef struct {
    TorporTree *tree;
    const TorporSide *side;
    const char *path;
    const TorporNode *parent; /* the map that the column is in */
} TorporRowSource;

/* places: (guint64) flat indices of elements that differ, in ascending order. Returns an array of
 * TorporDifferentRow, one for each object. Transfer full. */
GArray *torpor_different_rows(const TorporRowSource *source, const TorporColumn *a,
                              const TorporColumn *b, const GArray *places);

G_END_DECLS

#endif
