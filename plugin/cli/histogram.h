/* How the numbers of a series are distributed. */
#ifndef TORPOR_CLI_HISTOGRAM_H
#define TORPOR_CLI_HISTOGRAM_H

#include "cli/series.h"

G_BEGIN_DECLS

#define TORPOR_HISTOGRAM_MAX_BINS 200u

typedef struct {
    guint n_bins; /* 0: no number is finite */
    guint64 counts[TORPOR_HISTOGRAM_MAX_BINS];
    guint64 largest_count;
    double low; /* the first bin begins here */
    double width;
    double smallest; /* of this series, as is largest */
    double largest;
    guint64 n_finite;
    guint64 n_nan;
    guint64 n_infinite;
} TorporHistogram;

/* Histograms of n series with the same bins. Integers in a range below n_bins get a bin each. Other
 * numbers get n_bins at most, from the smallest of all series to the largest. */
gboolean torpor_histograms_init(TorporHistogram *histograms, const TorporSeries *series, guint n,
                                guint n_bins, GError **error);

/* The number at which bin `index` begins (n_bins: at which the last one ends), with enough digits
 * to distinguish bins. If integers have a bin each, the integer. Transfer full. */
char *torpor_histogram_edge_text(const TorporHistogram *histogram, guint index);

G_END_DECLS

#endif
