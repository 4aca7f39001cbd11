/* The numbers of a series, one after the other, read in pieces: they may be larger than memory. */
#ifndef TORPOR_CLI_SERIES_READ_H
#define TORPOR_CLI_SERIES_READ_H

#include "cli/series.h"

G_BEGIN_DECLS

/* Call func for each number, in their order. Numbers that are not finite are among them. `line`:
 * the points of a course with the same one are joined; it is the object, or the sender of events.
 */
typedef void (*TorporSeriesFunc)(gpointer data, guint64 line, double x, double y);
gboolean torpor_series_each(const TorporSeries *series, TorporSeriesFunc func, gpointer data,
                            GError **error);

G_END_DECLS

#endif
