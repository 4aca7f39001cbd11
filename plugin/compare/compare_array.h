/* Compare two arrays of the same dtype element by element. */
#ifndef TORPOR_COMPARE_COMPARE_ARRAY_H
#define TORPOR_COMPARE_COMPARE_ARRAY_H

#include "base/file.h"
#include "compare/difference.h"
#include "compare/options.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* An array, and the number of rows that it stands for: an array of one row may stand for many. */
typedef struct {
    const TorporFile *file;
    const TorporArray *array;
    guint64 rows; /* not used for rank 0 */
} TorporColumn;

/* Do both have the same shape, so that they can be compared element by element? */
gboolean torpor_columns_align(const TorporColumn *a, const TorporColumn *b);

/* Do they, but for the number of their rows? Neither has one row for many then. */
gboolean torpor_columns_align_but_for_rows(const TorporColumn *a, const TorporColumn *b);

/* The number of elements in a row; 1 for an empty row. */
guint64 torpor_column_row_elements(const TorporColumn *column);

/* Compare the columns and fill the figures of `out`, which do not depend on the number of threads.
 * n_different is 0 if the columns are equal within the tolerances.
 *
 * places: (guint64) gets the flat index of the first different element of each of the first
 * max_rows rows that differ. advance: (optional) is called with the number of bytes of A that are
 * compared next, from any thread, by one thread at a time. */
gboolean torpor_compare_columns(const TorporColumn *a, const TorporColumn *b,
                                const TorporCompareOptions *options,
                                void (*advance)(gpointer data, guint64 bytes),
                                gpointer advance_data, TorporDifference *out, GArray *places,
                                GError **error);

G_END_DECLS

#endif
