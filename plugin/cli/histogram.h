/* How the numbers of a leaf are distributed. */
#ifndef TORPOR_CLI_HISTOGRAM_H
#define TORPOR_CLI_HISTOGRAM_H

#include "cli/numbers.h"

G_BEGIN_DECLS

#define TORPOR_HISTOGRAM_MAX_BINS 200u

typedef struct {
    guint n_bins; /* 0: no number is finite */
    guint64 counts[TORPOR_HISTOGRAM_MAX_BINS];
    guint64 largest_count;
    double low; /* the first bin begins here */
    double width;
    double smallest;
    double largest;
    guint64 n_finite;
    guint64 n_nan;
    guint64 n_infinite;
} TorporHistogram;

/* Integers in a range below n_bins get a bin each. Other numbers get n_bins at most, from the
 * smallest to the largest. TORPOR_STATUS_UNSUPPORTED for numbers that have no order. */
gboolean torpor_histogram_init(TorporHistogram *histogram, const TorporNumbers *numbers,
                               guint n_bins, GError **error);

/* The number at which bin `index` begins (n_bins: at which the last one ends), with enough digits
 * to distinguish bins. If integers have a bin each, the integer. Transfer full. */
char *torpor_histogram_edge_text(const TorporHistogram *histogram, guint index);

G_END_DECLS

#endif
