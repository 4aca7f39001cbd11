/* Marks on a grid: a series of points as a picture of so many columns and rows, however many points
 * there are. */
#ifndef TORPOR_CLI_GRID_H
#define TORPOR_CLI_GRID_H

#include "cli/series.h"

G_BEGIN_DECLS

#define TORPOR_GRID_MAX_COLUMNS 800u
#define TORPOR_GRID_MAX_ROWS 400u

/* What the axes show. */
typedef struct {
    double x_low;
    double x_high;
    double y_low;
    double y_high;
    guint64 n_points; /* finite ones, of all series */
} TorporAxes;

typedef struct {
    guint n_columns;
    guint n_rows;
    guint8 *is_marked; /* n_columns of row 0, which is the lowest, and so on */
    TorporAxes axes;
    guint64 every; /* of a raster: only each `every`-th row of the file has a row of the grid */
    guint64 n_points;
} TorporGrid;

/* Grids of n series on the same axes. Rows of a raster are objects or senders. The points of a
 * course are joined where x ascends. */
gboolean torpor_grids_init(TorporGrid *grids, const TorporSeries *series, guint n, guint n_columns,
                           guint n_rows, GError **error);
void torpor_grid_clear(TorporGrid *grid);

gboolean torpor_grid_is_marked(const TorporGrid *grid, guint column, guint row);

G_END_DECLS

#endif
