/* Drawings as pictures. Of two files, the first is wide and pale, the second narrow and dark over
 * it: where both are equal, each dark mark lies within a pale one. */
#include <math.h>
#include <string.h>

#include "cli/drawing.h"
#include "cli/output.h"

#define WIDTH 640.0
#define PLOT_HEIGHT 300.0
#define LEFT 70.0
#define RIGHT 20.0
#define BOTTOM 50.0
#define LINE 18.0 /* of text */

#define ALONE "#3b6ea8"
#define PALE "#f2b880"
#define DARK "#1f3f78"

typedef struct {
    GString *svg;
    const TorporDrawing *drawing;
    double top;
    double bottom;
} Picture;

static void
append_text(GString *svg, double x, double y, const char *anchor, const char *text)
{
    g_autofree char *shown = torpor_printable(text, strlen(text));
    g_autofree char *escaped = g_markup_escape_text(shown, -1);
    g_string_append_printf(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y,
                           anchor, escaped);
}

/* ---- titles and axes ---- */

static void
append_titles(const Picture *picture)
{
    const TorporDrawing *drawing = picture->drawing;
    append_text(picture->svg, LEFT, 20, "start", drawing->title);
    if (drawing->n_sides == 1)
        append_text(picture->svg, LEFT, 20 + LINE, "start", drawing->descriptions[0]);
    for (guint i = 0; drawing->n_sides == 2 && i < 2; i++) {
        double y = 20 + (i + 1) * LINE;
        g_autofree char *text =
            g_strdup_printf("%s: %s", drawing->names[i], drawing->descriptions[i]);
        g_string_append_printf(
            picture->svg,
            "<path d=\"M%.1f %.1fh18\" stroke=\"%s\" stroke-width=\"%d\" fill=\"none\"/>\n", LEFT,
            y - 5, i == 0 ? PALE : DARK, i == 0 ? 9 : 3);
        append_text(picture->svg, LEFT + 24, y, "start", text);
    }
}

static void
append_histogram_labels(const Picture *picture)
{
    const TorporDrawing *drawing = picture->drawing;
    const TorporHistogram *histogram = &drawing->histograms[0];
    const double right = WIDTH - RIGHT;
    if (histogram->n_bins == 0)
        return;
    for (guint i = 0; i <= 4; i++) {
        guint edge = histogram->n_bins * i / 4;
        g_autofree char *text = torpor_histogram_edge_text(histogram, edge);
        g_autofree char *label = g_strconcat(text, i == 4 ? drawing->y_unit : "", NULL);
        append_text(picture->svg, LEFT + (right - LEFT) * edge / histogram->n_bins,
                    picture->bottom + LINE, i == 4 ? "end" : "middle", label);
    }
    g_autofree char *most = g_strdup_printf("%" G_GUINT64_FORMAT, drawing->largest_count);
    append_text(picture->svg, LEFT - 6, picture->top + 5, "end", most);
    append_text(picture->svg, LEFT - 6, picture->bottom, "end", "0");
}

static void
append_grid_labels(const Picture *picture)
{
    const TorporDrawing *drawing = picture->drawing;
    const TorporAxes *axes = &drawing->grids[0].axes;
    for (guint i = 0; i <= 4; i++) {
        double share = i / 4.0;
        double x = axes->x_low * (1 - share) + axes->x_high * share;
        g_autofree char *label = g_strdup_printf("%.5g%s", x, i == 4 ? drawing->x_unit : "");
        append_text(picture->svg, LEFT + (WIDTH - RIGHT - LEFT) * share, picture->bottom + LINE,
                    i == 4 ? "end" : "middle", label);
    }
    g_autofree char *low = g_strdup_printf("%.5g", axes->y_low);
    g_autofree char *high = g_strdup_printf("%.5g", axes->y_high);
    append_text(picture->svg, LEFT - 6, picture->top + 5, "end", high);
    append_text(picture->svg, LEFT - 6, picture->bottom, "end", low);
    if (drawing->kind == TORPOR_PLOT_COURSE)
        append_text(picture->svg, LEFT - 6, picture->top + 5 + LINE, "end", drawing->y_unit);
}

/* ---- histograms ---- */

static double
bar_height(const TorporDrawing *drawing, guint side, guint bin)
{
    return PLOT_HEIGHT * (double)drawing->histograms[side].counts[bin] /
           (double)drawing->largest_count;
}

static void
append_bars(const Picture *picture)
{
    const TorporDrawing *drawing = picture->drawing;
    guint n_bins = drawing->histograms[0].n_bins;
    const double step = (WIDTH - LEFT - RIGHT) / MAX(n_bins, 1);
    for (guint i = 0; i < n_bins; i++) {
        double height = bar_height(drawing, 0, i);
        g_string_append_printf(
            picture->svg,
            "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>\n",
            LEFT + i * step, picture->bottom - height, step * 0.94, height,
            drawing->n_sides == 1 ? ALONE : PALE);
    }
    if (drawing->n_sides == 1 || n_bins == 0)
        return;
    g_string_append_printf(
        picture->svg, "<path fill=\"none\" stroke=\"" DARK "\" stroke-width=\"2\" d=\"M%.2f %.2f",
        LEFT, picture->bottom);
    for (guint i = 0; i < n_bins; i++)
        g_string_append_printf(picture->svg, "V%.2fH%.2f",
                               picture->bottom - bar_height(drawing, 1, i), LEFT + (i + 1) * step);
    g_string_append_printf(picture->svg, "V%.2f\"/>\n", picture->bottom);
}

/* ---- grids ---- */

typedef struct {
    const char *colour;
    double width;
    double longer; /* by so much at both ends */
} Pen;

static gboolean
is_marked(const TorporGrid *grid, gboolean is_raster, guint line, guint at)
{
    return is_raster ? torpor_grid_is_marked(grid, at, line)
                     : torpor_grid_is_marked(grid, line, at);
}

/* One path for all marks, with a dash for neighbouring ones: along the rows of a raster, along the
 * columns of a course, whose lines are steep. */
static void
append_marks(const Picture *picture, guint side, const Pen *pen)
{
    const TorporGrid *grid = &picture->drawing->grids[side];
    const gboolean is_raster = picture->drawing->kind == TORPOR_PLOT_RASTER;
    const double x_step = (WIDTH - LEFT - RIGHT) / grid->n_columns;
    const double y_step = PLOT_HEIGHT / grid->n_rows;
    const guint n_lines = is_raster ? grid->n_rows : grid->n_columns;
    const guint n = is_raster ? grid->n_columns : grid->n_rows;
    g_string_append_printf(picture->svg,
                           "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%.2f\" d=\"",
                           pen->colour, pen->width);
    for (guint line = 0; line < n_lines; line++)
        for (guint at = 0; at < n; at++) {
            guint first = at;
            while (at < n && is_marked(grid, is_raster, line, at))
                at++;
            double length = (at - first) * (is_raster ? x_step : y_step) + 2 * pen->longer;
            if (at > first && is_raster)
                g_string_append_printf(picture->svg, "M%.1f %.1fh%.1f",
                                       LEFT + first * x_step - pen->longer,
                                       picture->bottom - (line + 0.5) * y_step, length);
            else if (at > first)
                g_string_append_printf(picture->svg, "M%.1f %.1fv%.1f",
                                       LEFT + (line + 0.5) * x_step,
                                       picture->bottom - first * y_step + pen->longer, -length);
        }
    g_string_append(picture->svg, "\"/>\n");
}

static void
append_grids(const Picture *picture)
{
    const TorporDrawing *drawing = picture->drawing;
    /* Marks of a raster are as high as its rows, as far as these are not too high. */
    double height = PLOT_HEIGHT / drawing->grids[0].n_rows;
    gboolean is_raster = drawing->kind == TORPOR_PLOT_RASTER;
    double narrow = is_raster ? CLAMP(height * 0.6, 0.8, 12) : 1.5;
    double wide = is_raster ? CLAMP(height, 2, 20) : 6;
    if (drawing->n_sides == 1) {
        append_marks(picture, 0, &(Pen){ALONE, narrow, 0.5});
        return;
    }
    append_marks(picture, 0, &(Pen){PALE, wide, 2});
    append_marks(picture, 1, &(Pen){DARK, is_raster ? narrow * 0.7 : narrow, 0.5});
}

void
torpor_drawing_append_svg(const TorporDrawing *drawing, GString *svg)
{
    double top = 50 + (drawing->n_sides - 1) * LINE;
    const Picture picture = {svg, drawing, top, top + PLOT_HEIGHT};
    g_string_append_printf(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
        "viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"13\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
        WIDTH, picture.bottom + BOTTOM, WIDTH, picture.bottom + BOTTOM);
    if (drawing->kind == TORPOR_PLOT_HISTOGRAM)
        append_bars(&picture);
    else
        append_grids(&picture);
    g_string_append_printf(svg,
                           "<path d=\"M%.1f %.1fV%.1fH%.1f\" fill=\"none\" stroke=\"#444\"/>\n",
                           LEFT, top, picture.bottom, WIDTH - RIGHT);
    append_titles(&picture);
    if (drawing->kind == TORPOR_PLOT_HISTOGRAM)
        append_histogram_labels(&picture);
    else
        append_grid_labels(&picture);
    g_string_append_printf(svg, "</svg>\n");
}
