#include "cli/grid.h"

#include <math.h>

#include "cli/series_read.h"

/* The last point of a line. */
typedef struct {
    double x;
    gint column;
    gint row;
} Point;

typedef struct {
    TorporGrid *grid;
    gboolean has_lines;   /* only points of the same line are joined */
    gboolean is_quantity; /* lines take turns; otherwise they come one after the other */
    guint64 line;         /* the last one */
    GHashTable *last;     /* (Point) of each line (guint64) that goes on */
} Marker;

/* ---- axes ---- */

static void
measure(gpointer data, G_GNUC_UNUSED guint64 line, double x, double y)
{
    TorporAxes *axes = data;
    if (!isfinite(x) || !isfinite(y))
        return;
    axes->n_points++;
    axes->x_low = MIN(axes->x_low, x);
    axes->x_high = MAX(axes->x_high, x);
    axes->y_low = MIN(axes->y_low, y);
    axes->y_high = MAX(axes->y_high, y);
}

static gboolean
measure_all(TorporAxes *axes, const TorporSeries *series, guint n, GError **error)
{
    *axes = (TorporAxes){G_MAXDOUBLE, -G_MAXDOUBLE, G_MAXDOUBLE, -G_MAXDOUBLE, 0};
    for (guint i = 0; i < n; i++)
        if (!torpor_series_each(&series[i], measure, axes, error))
            return FALSE;
    if (axes->n_points == 0)
        *axes = (TorporAxes){0, 1, 0, 1, 0};
    return TRUE;
}

/* Where a number is between low and high, in n cells. Halves, so that nothing overflows. */
static gint
cell_of(double value, double low, double high, guint n)
{
    double range = high / 2 - low / 2;
    double share = range > 0 ? (value / 2 - low / 2) / range : 0.5;
    return (gint)CLAMP(share * n, 0, n - 1);
}

/* ---- marks ---- */

static void
mark(TorporGrid *grid, gint column, gint row)
{
    grid->is_marked[(gsize)row * grid->n_columns + (gsize)column] = 1;
}

/* A straight line from one point to the next. */
static void
mark_line(TorporGrid *grid, const Point *from, const Point *to)
{
    gint columns = to->column - from->column, rows = to->row - from->row;
    gint n = MAX(ABS(columns), ABS(rows));
    for (gint i = 1; i < n; i++)
        mark(grid, from->column + columns * i / n, from->row + rows * i / n);
}

static void
mark_course(gpointer data, guint64 line, double x, double y)
{
    Marker *marker = data;
    TorporGrid *grid = marker->grid;
    const TorporAxes *axes = &grid->axes;
    if (!marker->has_lines)
        line = 0;
    if (!marker->is_quantity && line != marker->line)
        g_hash_table_remove_all(marker->last);
    marker->line = line;
    if (!isfinite(x) || !isfinite(y)) {
        g_hash_table_remove(marker->last, &line);
        return;
    }
    Point point = {x, cell_of(x, axes->x_low, axes->x_high, grid->n_columns),
                   cell_of(y, axes->y_low, axes->y_high, grid->n_rows)};
    Point *last = g_hash_table_lookup(marker->last, &line);
    if (last != NULL && x >= last->x)
        mark_line(grid, last, &point);
    mark(grid, point.column, point.row);
    grid->n_points++;
    if (last != NULL)
        *last = point;
    else
        g_hash_table_insert(marker->last, g_memdup2(&line, sizeof line),
                            g_memdup2(&point, sizeof point));
}

static void
mark_event(gpointer data, G_GNUC_UNUSED guint64 line, double x, double y)
{
    Marker *marker = data;
    TorporGrid *grid = marker->grid;
    const TorporAxes *axes = &grid->axes;
    if (!isfinite(x) || !isfinite(y))
        return;
    grid->n_points++;
    double row = floor(y - axes->y_low) / (double)grid->every;
    if (row == floor(row) && row < grid->n_rows)
        mark(grid, cell_of(x, axes->x_low, axes->x_high, grid->n_columns), (gint)row);
}

/* A raster has a row for each object, or for each 2nd, 3rd, ... if they are too many. */
static void
set_raster_rows(TorporGrid *grid, guint max_rows)
{
    double n = grid->axes.y_high - grid->axes.y_low + 1;
    double every = MAX(ceil(n / max_rows), 1);
    grid->every = every < (double)G_MAXINT64 ? (guint64)every : G_MAXINT64;
    grid->n_rows = (guint)CLAMP(ceil(n / (double)grid->every), 1, max_rows);
}

gboolean
torpor_grids_init(TorporGrid *grids, const TorporSeries *series, guint n, guint n_columns,
                  guint n_rows, GError **error)
{
    TorporAxes axes;
    for (guint i = 0; i < n; i++)
        grids[i] = (TorporGrid){.n_columns = MIN(n_columns, TORPOR_GRID_MAX_COLUMNS),
                                .n_rows = MIN(n_rows, TORPOR_GRID_MAX_ROWS),
                                .every = 1};
    if (!measure_all(&axes, series, n, error))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        gboolean is_raster = series[i].kind == TORPOR_PLOT_RASTER;
        grids[i].axes = axes;
        if (is_raster)
            set_raster_rows(&grids[i], grids[i].n_rows);
        grids[i].is_marked = g_malloc0((gsize)grids[i].n_columns * grids[i].n_rows);
        g_autoptr(GHashTable) last =
            g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
        Marker marker = {.grid = &grids[i],
                         .has_lines = series[i].is_ragged,
                         .is_quantity = series[i].is_quantity,
                         .last = last};
        if (!torpor_series_each(&series[i], is_raster ? mark_event : mark_course, &marker, error))
            return FALSE;
    }
    return TRUE;
}

void
torpor_grid_clear(TorporGrid *grid)
{
    g_clear_pointer(&grid->is_marked, g_free);
}

gboolean
torpor_grid_is_marked(const TorporGrid *grid, guint column, guint row)
{
    return grid->is_marked[(gsize)row * grid->n_columns + column] != 0;
}
