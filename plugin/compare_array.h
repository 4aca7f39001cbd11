/* Elementwise comparison of two arrays of the same dtype. */
#ifndef TORPOR_CORE_COMPARE_ARRAY_H
#define TORPOR_CORE_COMPARE_ARRAY_H

#include "compare.h"

G_BEGIN_DECLS

/* May the arrays be compared element by element? Same shape, or the one has one row that stands for
 * all. */
gboolean torpor_arrays_align(const TorporArray *a, const TorporArray *b);

/* Fill the figures of `out`. n_different is 0 if they are equal within the tolerances. FALSE only
 * with `error`. */
gboolean torpor_compare_arrays(const TorporFile *a_file, const TorporArray *a,
                               const TorporFile *b_file, const TorporArray *b,
                               const TorporCompareOptions *options, TorporDifference *out,
                               GError **error);

G_END_DECLS

#endif
