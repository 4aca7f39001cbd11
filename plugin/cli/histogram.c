#include "cli/histogram.h"

#include <math.h>

#include "base/error.h"
#include "value/element.h"

#define PIECE_ELEMENTS ((gsize)16 << 10)

typedef void (*ValueFunc)(TorporHistogram *histogram, double value);

static gboolean
for_each(TorporHistogram *histogram, const TorporNumbers *numbers, ValueFunc func, GError **error)
{
    guint32 size = numbers->dtype->size;
    g_autofree guint8 *piece = g_malloc_n(PIECE_ELEMENTS, size);
    for (guint64 first = 0; first < numbers->count;) {
        gsize n = (gsize)MIN(numbers->count - first, PIECE_ELEMENTS);
        if (!torpor_numbers_read(numbers, first, n, piece, error))
            return FALSE;
        for (gsize i = 0; i < n; i++)
            func(histogram, torpor_element_real(numbers->dtype, piece + i * size, 0));
        first += n;
    }
    return TRUE;
}

static void
see(TorporHistogram *histogram, double value)
{
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
count(TorporHistogram *histogram, double value)
{
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

static void
set_bins(TorporHistogram *histogram, gboolean is_integer, guint n_bins)
{
    double range = histogram->largest - histogram->smallest;
    histogram->low = histogram->smallest;
    if (is_integer && range < n_bins) {
        histogram->n_bins = (guint)range + 1;
        histogram->width = 1;
    } else if (range == 0) {
        histogram->n_bins = 1;
        histogram->width = 1;
    } else {
        histogram->n_bins = n_bins;
        histogram->width = 2 * (histogram->largest / 2 / n_bins - histogram->smallest / 2 / n_bins);
    }
}

gboolean
torpor_histogram_init(TorporHistogram *histogram, const TorporNumbers *numbers, guint n_bins,
                      GError **error)
{
    *histogram = (TorporHistogram){.n_bins = 0};
    if (torpor_element_components(numbers->dtype) != 1) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                    "elements of dtype %s have no order; a histogram needs real numbers",
                    numbers->array.dtype_name);
        return FALSE;
    }
    if (!for_each(histogram, numbers, see, error))
        return FALSE;
    if (histogram->n_finite == 0)
        return TRUE;
    set_bins(histogram, torpor_element_is_integer(numbers->dtype),
             MIN(n_bins, TORPOR_HISTOGRAM_MAX_BINS));
    return for_each(histogram, numbers, count, error);
}

char *
torpor_histogram_edge_text(const TorporHistogram *histogram, guint index)
{
    double largest = MAX(fabs(histogram->smallest), fabs(histogram->largest));
    double digits = largest > 0 ? ceil(log10(largest / histogram->width)) + 2 : 1;
    char format[8], text[G_ASCII_DTOSTR_BUF_SIZE];
    g_snprintf(format, sizeof format, "%%.%dg", (int)CLAMP(digits, 3, 17));
    double edge = histogram->low + index * histogram->width;
    /* What rounding leaves of zero. */
    g_ascii_formatd(text, sizeof text, format, fabs(edge) < histogram->width * 1e-9 ? 0 : edge);
    return g_strdup(text);
}
