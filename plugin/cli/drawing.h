/* What a plot shows, of one file or of two over each other, ready to be drawn: as a picture or in
 * a terminal. */
#ifndef TORPOR_CLI_DRAWING_H
#define TORPOR_CLI_DRAWING_H

#include "cli/grid.h"
#include "cli/histogram.h"

G_BEGIN_DECLS

typedef struct {
    guint n_bins;    /* of a histogram, at most */
    guint n_columns; /* of a grid */
    guint n_rows;
} TorporDrawingSize;

typedef struct {
    TorporPlotKind kind;
    guint n_sides; /* 1 or 2 */
    char *title;
    char *names[2];        /* of the files; these tell them apart */
    char *descriptions[2]; /* "3200 values, -70 to -50 mV" */
    char *x_unit;          /* " ms", or "" */
    char *y_unit;
    TorporHistogram histograms[2];
    guint64 largest_count; /* of all bins */
    TorporGrid grids[2];
} TorporDrawing;

/* The series are of the same kind. */
gboolean torpor_drawing_init(TorporDrawing *drawing, const TorporSeries *series, guint n_sides,
                             const TorporDrawingSize *size, GError **error);
/* Has it no points? */
gboolean torpor_drawing_is_empty(const TorporDrawing *drawing);
void torpor_drawing_clear(TorporDrawing *drawing);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporDrawing, torpor_drawing_clear)

/* Print it to standard output, in Unicode. */
void torpor_drawing_print(const TorporDrawing *drawing);

/* Append it as an <svg> element. */
void torpor_drawing_append_svg(const TorporDrawing *drawing, GString *svg);

G_END_DECLS

#endif
