/* Elementwise comparison of two arrays of the same dtype. */
#ifndef TORPOR_COMPARE_COMPARE_ARRAY_H
#define TORPOR_COMPARE_COMPARE_ARRAY_H

#include "base/file.h"
#include "compare/difference.h"
#include "compare/options.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* An array as it counts: its one row may stand for `rows`. */
typedef struct {
    const TorporFile *file;
    const TorporArray *array;
    guint64 rows; /* ignored for rank 0 */
} TorporColumn;

/* Have they the same shape, so that they can be compared element by element? */
gboolean torpor_columns_align(const TorporColumn *a, const TorporColumn *b);

/* Elements of one row; 1 where it has none. */
guint64 torpor_column_row_elements(const TorporColumn *column);

/* Fill the figures of `out`; the same on any number of threads. n_different is 0 if they are equal
 * within the tolerances. `places` (guint64) receives the flat index of the first element that
 * differs in each of the first rows that do. `advance` (may be NULL) learns of bytes of A that are
 * being compared, from any thread, one at a time. FALSE only with `error`. */
gboolean torpor_compare_columns(const TorporColumn *a, const TorporColumn *b,
                                const TorporCompareOptions *options,
                                void (*advance)(gpointer data, guint64 bytes),
                                gpointer advance_data, TorporDifference *out, GArray *places,
                                GError **error);

G_END_DECLS

#endif
