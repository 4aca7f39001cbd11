/* A series: the numbers of one file that a plot shows, one after the other, with the objects that
 * they are of. It is a leaf, a ragged field, events, or a quantity of events over their times. */
#ifndef TORPOR_CLI_SERIES_H
#define TORPOR_CLI_SERIES_H

#include "cli/command.h"
#include "cli/numbers.h"

G_BEGIN_DECLS

typedef enum {
    TORPOR_PLOT_HISTOGRAM, /* of y */
    TORPOR_PLOT_RASTER,    /* a mark at each x, in the row y of its object or sender */
    TORPOR_PLOT_COURSE,    /* y over x; over the number of the element if there is no x */
} TorporPlotKind;

typedef struct {
    const char *kind; /* NULL: what suits the path */
    const char *over; /* path of x for a course; NULL: none */
    const char *only; /* "node=3": only objects with this label; NULL: all */
    const char *unit; /* of what lies at the path; NULL: as in the file */
} TorporSeriesOptions;

typedef struct {
    const TorporOpened *opened; /* (not owned) */
    const TorporLayout *layout; /* (not owned) */
    TorporPlotKind kind;
    char *path;
    char *title; /* the path, and which objects: "recorders/memory, node=204" */
    gboolean has_x;
    gboolean has_y;
    gboolean is_ragged;
    gboolean has_counts;  /* FALSE: all objects have as many numbers */
    gboolean is_quantity; /* y is a quantity of events, which not all objects have */
    TorporNumbers x;
    TorporNumbers y;
    TorporNumbers counts;   /* of the numbers of each object */
    TorporNumbers senders;  /* of a quantity: who each number is of, */
    TorporNumbers y_counts; /* and how many numbers each object has of it: none or all */
    guint64 n_numbers;
    guint64 n_objects;
    guint64 row_elements; /* of each object, without counts; 0: none */
    GHashTable *chosen;   /* (guint64) objects; NULL: all */
} TorporSeries;

/* TORPOR_STATUS_INVALID says what can be plotted. The file is not verified; it and its layout stay
 * until the series is cleared. */
gboolean torpor_series_init(TorporSeries *series, const TorporOpened *opened,
                            const TorporLayout *layout, const char *path,
                            const TorporSeriesOptions *options, GError **error);
void torpor_series_clear(TorporSeries *series);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporSeries, torpor_series_clear)

/* The numbers that give a plot its unit. */
TorporNumbers *torpor_series_numbers(TorporSeries *series);

/* Show `other` in the unit of `first`. TORPOR_STATUS_INVALID if they are not of the same kind. */
gboolean torpor_series_adapt(TorporSeries *other, TorporSeries *first, GError **error);

G_END_DECLS

#endif
