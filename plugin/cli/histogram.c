#include "cli/histogram.h"

#include <math.h>

#include "cli/series_read.h"
#include "value/element.h"

static void
see(gpointer data, G_GNUC_UNUSED guint64 line, G_GNUC_UNUSED double x, double value)
{
    TorporHistogram *histogram = data;
    if (isnan(value)) {
        histogram->n_nan++;
    } else if (isinf(value)) {
        histogram->n_infinite++;
    } else {
        gboolean is_first = histogram->n_finite++ == 0;
        histogram->smallest = is_first ? value : MIN(histogram->smallest, value);
        histogram->largest = is_first ? value : MAX(histogram->largest, value);
    }
}

static void
count(gpointer data, G_GNUC_UNUSED guint64 line, G_GNUC_UNUSED double x, double value)
{
    TorporHistogram *histogram = data;
    if (!isfinite(value))
        return;
    guint index = 0;
    if (histogram->n_bins > 1) { /* halves, so that the widest range does not overflow */
        double bin = (value / 2 - histogram->low / 2) / (histogram->width / 2);
        index = (guint)CLAMP(bin, 0, histogram->n_bins - 1);
    }
    guint64 n = ++histogram->counts[index];
    histogram->largest_count = MAX(histogram->largest_count, n);
}

/* Bins from low to high. */
static void
set_bins(TorporHistogram *histogram, double low, double high, gboolean is_integer, guint n_bins)
{
    double range = high - low;
    histogram->low = low;
    if (is_integer && range < n_bins) {
        histogram->n_bins = (guint)range + 1;
        histogram->width = 1;
    } else if (range == 0) {
        histogram->n_bins = 1;
        histogram->width = 1;
    } else {
        histogram->n_bins = n_bins;
        histogram->width = 2 * (high / 2 / n_bins - low / 2 / n_bins);
    }
}

gboolean
torpor_histograms_init(TorporHistogram *histograms, const TorporSeries *series, guint n,
                       guint n_bins, GError **error)
{
    double low = G_MAXDOUBLE, high = -G_MAXDOUBLE;
    gboolean is_integer = TRUE;
    for (guint i = 0; i < n; i++) {
        histograms[i] = (TorporHistogram){.n_bins = 0};
        if (!torpor_series_each(&series[i], see, &histograms[i], error))
            return FALSE;
        is_integer = is_integer && torpor_element_is_integer(series[i].y.dtype);
        if (histograms[i].n_finite > 0) {
            low = MIN(low, histograms[i].smallest);
            high = MAX(high, histograms[i].largest);
        }
    }
    if (low > high) /* no number is finite */
        return TRUE;
    for (guint i = 0; i < n; i++) {
        set_bins(&histograms[i], low, high, is_integer, MIN(n_bins, TORPOR_HISTOGRAM_MAX_BINS));
        if (!torpor_series_each(&series[i], count, &histograms[i], error))
            return FALSE;
    }
    return TRUE;
}

char *
torpor_histogram_edge_text(const TorporHistogram *histogram, guint index)
{
    double end = histogram->low + (histogram->n_bins - 1) * histogram->width;
    double largest = MAX(fabs(histogram->low), fabs(end));
    double digits = largest > 0 ? ceil(log10(largest / histogram->width)) + 2 : 1;
    char format[8], text[G_ASCII_DTOSTR_BUF_SIZE];
    g_snprintf(format, sizeof format, "%%.%dg", (int)CLAMP(digits, 3, 17));
    double edge = histogram->low + index * histogram->width;
    /* What rounding leaves of zero. */
    g_ascii_formatd(text, sizeof text, format, fabs(edge) < histogram->width * 1e-9 ? 0 : edge);
    return g_strdup(text);
}
