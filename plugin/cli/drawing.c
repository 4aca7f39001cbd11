#include "cli/drawing.h"

#include "cli/output.h"

static char *
unit_text(const TorporNumbers *numbers, gboolean is_there)
{
    g_autofree char *symbol =
        is_there && numbers->unit != NULL ? torpor_unit_to_text(numbers->unit) : g_strdup("");
    return g_strconcat(symbol[0] != '\0' ? " " : "", symbol, NULL);
}

static char *
describe_histogram(const TorporDrawing *drawing, guint side)
{
    const TorporHistogram *histogram = &drawing->histograms[side];
    char smallest[TORPOR_FLOAT_TEXT_BYTES], largest[TORPOR_FLOAT_TEXT_BYTES];
    guint64 n = histogram->n_finite + histogram->n_nan + histogram->n_infinite;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%" G_GUINT64_FORMAT " value%s", n, n == 1 ? "" : "s");
    if (histogram->n_finite > 0)
        g_string_append_printf(text, ", %s to %s%s",
                               torpor_float_to_text(histogram->smallest, smallest),
                               torpor_float_to_text(histogram->largest, largest), drawing->y_unit);
    if (histogram->n_nan > 0)
        g_string_append_printf(text, ", %" G_GUINT64_FORMAT " NaN", histogram->n_nan);
    if (histogram->n_infinite > 0)
        g_string_append_printf(text, ", %" G_GUINT64_FORMAT " infinite", histogram->n_infinite);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *
describe_grid(const TorporDrawing *drawing, guint side)
{
    const TorporGrid *grid = &drawing->grids[side];
    gboolean is_raster = drawing->kind == TORPOR_PLOT_RASTER;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%" G_GUINT64_FORMAT " %s%s", grid->n_points,
                           is_raster ? "event" : "point", grid->n_points == 1 ? "" : "s");
    if (grid->every > 1)
        g_string_append_printf(text, ", one row in %" G_GUINT64_FORMAT " is shown", grid->every);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static gboolean
compute(TorporDrawing *drawing, const TorporSeries *series, const TorporDrawingSize *size,
        GError **error)
{
    guint n = drawing->n_sides;
    if (drawing->kind != TORPOR_PLOT_HISTOGRAM)
        return torpor_grids_init(drawing->grids, series, n, size->n_columns, size->n_rows, error);
    if (!torpor_histograms_init(drawing->histograms, series, n, size->n_bins, error))
        return FALSE;
    for (guint i = 0; i < n; i++)
        drawing->largest_count = MAX(drawing->largest_count, drawing->histograms[i].largest_count);
    return TRUE;
}

/* The names of the files; their paths, if both have the same name. */
static void
name_sides(TorporDrawing *drawing, const TorporSeries *series)
{
    for (guint i = 0; i < drawing->n_sides; i++)
        drawing->names[i] = g_path_get_basename(series[i].opened->file->path);
    gboolean is_same = g_strcmp0(drawing->names[0], drawing->names[1]) == 0;
    for (guint i = 0; is_same && i < drawing->n_sides; i++) {
        g_free(drawing->names[i]);
        drawing->names[i] = g_strdup(series[i].opened->file->path);
    }
}

gboolean
torpor_drawing_init(TorporDrawing *drawing, const TorporSeries *series, guint n_sides,
                    const TorporDrawingSize *size, GError **error)
{
    *drawing = (TorporDrawing){.kind = series->kind,
                               .n_sides = n_sides,
                               .title = g_strdup(series->title),
                               .x_unit = unit_text(&series->x, series->has_x),
                               .y_unit = unit_text(&series->y, series->has_y)};
    if (!compute(drawing, series, size, error))
        return FALSE;
    name_sides(drawing, series);
    for (guint i = 0; i < n_sides; i++) {
        drawing->descriptions[i] = drawing->kind == TORPOR_PLOT_HISTOGRAM
                                       ? describe_histogram(drawing, i)
                                       : describe_grid(drawing, i);
    }
    return TRUE;
}

gboolean
torpor_drawing_is_empty(const TorporDrawing *drawing)
{
    for (guint i = 0; i < drawing->n_sides; i++)
        if (drawing->grids[i].n_points > 0)
            return FALSE;
    return drawing->kind != TORPOR_PLOT_HISTOGRAM;
}

void
torpor_drawing_clear(TorporDrawing *drawing)
{
    for (guint i = 0; i < drawing->n_sides; i++) {
        torpor_grid_clear(&drawing->grids[i]);
        g_clear_pointer(&drawing->names[i], g_free);
        g_clear_pointer(&drawing->descriptions[i], g_free);
    }
    g_clear_pointer(&drawing->title, g_free);
    g_clear_pointer(&drawing->x_unit, g_free);
    g_clear_pointer(&drawing->y_unit, g_free);
}
