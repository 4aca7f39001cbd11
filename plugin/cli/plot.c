/* torpor plot FILE PATH [OTHER]: numbers of one file, or of two over each other, as text or as a
 * picture. */
#include <string.h>

#include "base/error.h"
#include "cli/drawing.h"
#include "cli/output.h"
#include "cli/terminal.h"

#define USUAL_BINS 20

typedef struct {
    TorporSeriesOptions series;
    const char *out; /* NULL: the terminal */
    gint bins;
    gboolean overwrites;
} PlotOptions;

static gboolean
write_svg(const TorporDrawing *drawing, const PlotOptions *options, GError **error)
{
    g_autoptr(GString) svg = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    torpor_drawing_append_svg(drawing, svg);
    return torpor_output_write(options->out, options->overwrites, svg, error);
}

static TorporDrawingSize
size_of(const PlotOptions *options)
{
    TorporDrawingSize size = {.n_bins = (guint)options->bins, .n_columns = 400, .n_rows = 100};
    if (options->out == NULL) { /* a character has 2 columns and 4 rows */
        size.n_columns = 2 * (torpor_terminal_columns() - 16);
        size.n_rows = 4 * 15;
    }
    return size;
}

static gboolean
plot_series(TorporSeries *series, guint n, const PlotOptions *options, GError **error)
{
    g_auto(TorporDrawing) drawing = {.n_sides = 0};
    g_auto(TorporProgress) progress;
    const TorporDrawingSize size = size_of(options);
    torpor_progress_init(&progress, "reading");
    for (guint i = 0; i < n; i++)
        torpor_series_numbers(&series[i])->progress = &progress;
    if (!torpor_drawing_init(&drawing, series, n, &size, error))
        return FALSE;
    torpor_progress_clear(&progress);
    if (options->out != NULL)
        return write_svg(&drawing, options, error);
    torpor_drawing_print(&drawing);
    return torpor_output_flush(error);
}

/* One file that is plotted. */
typedef struct {
    TorporOpened opened;
    TorporLayout *layout;
    TorporSeries series;
} Source;

static gboolean
source_init(Source *source, const char *file, const char *path, const PlotOptions *options,
            GError **error)
{
    if (!torpor_opened_init(&source->opened, file, error))
        return FALSE;
    source->layout = torpor_layout_new(source->opened.tree);
    return torpor_series_init(&source->series, &source->opened, source->layout, path,
                              &options->series, error);
}

static void
source_clear(Source *source)
{
    torpor_series_clear(&source->series);
    g_clear_pointer(&source->layout, torpor_layout_free);
    torpor_opened_clear(&source->opened);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Source, source_clear)

static gboolean
plot(char **operands, guint n, const PlotOptions *options, GError **error)
{
    g_auto(Source) a = {.layout = NULL}, b = {.layout = NULL};
    if (!source_init(&a, operands[0], operands[1], options, error))
        return FALSE;
    if (n == 3 && (!source_init(&b, operands[2], operands[1], options, error) ||
                   !torpor_series_adapt(&b.series, &a.series, error)))
        return FALSE;
    TorporSeries series[2] = {a.series, b.series};
    return plot_series(series, n - 1, options, error);
}

int
torpor_command_plot(int argc, char **argv)
{
    PlotOptions options = {.bins = USUAL_BINS};
    TorporSeriesOptions *series = &options.series;
    g_autofree char *kind = NULL, *over = NULL, *only = NULL, *unit = NULL, *out = NULL;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &out, "write a picture (SVG)", "OUT"},
        {"kind", 'k', 0, G_OPTION_ARG_FILENAME, &kind, "histogram, raster or course", "KIND"},
        {"over", 0, 0, G_OPTION_ARG_FILENAME, &over, "the numbers at X are the x of a course", "X"},
        {"only", 0, 0, G_OPTION_ARG_FILENAME, &only, "only objects with this label, as node=3",
         "LABEL=N"},
        {"unit", 'u', 0, G_OPTION_ARG_FILENAME, &unit, "convert to unit U", "U"},
        {"bins", 'b', 0, G_OPTION_ARG_INT, &options.bins, "at most this many bins (20)", "N"},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &options.overwrites, "overwrite OUT", NULL},
        G_OPTION_ENTRY_NULL};
    int status = TORPOR_EXIT_USAGE;
    GError *error = NULL;
    gboolean is_parsed = torpor_command_parse(
        "FILE PATH [OTHER]",
        "Show the numbers at a path; with OTHER, also those of that file, over them. A ragged\n"
        "field of times is a raster, and so is a map of times and senders; what a multimeter has\n"
        "recorded beside these is a course over the times; other numbers are a histogram, whose\n"
        "bins are labelled with where they begin.",
        entries, &argc, &argv, 2, 3);
    *series = (TorporSeriesOptions){.kind = kind, .over = over, .only = only, .unit = unit};
    options.out = out;
    if (!is_parsed)
        ; /* reported already */
    else if (options.bins < 1 || options.bins > (gint)TORPOR_HISTOGRAM_MAX_BINS)
        torpor_command_misuse("plot", "--bins: expected 1 to %u, found %d",
                              TORPOR_HISTOGRAM_MAX_BINS, options.bins);
    else
        status = plot(argv + 1, (guint)argc - 1, &options, &error) ? TORPOR_EXIT_FINE
                                                                   : torpor_command_fail(error);
    return status;
}
