/* torpor plot FILE PATH: a histogram, as text or as a picture. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/histogram.h"
#include "cli/output.h"
#include "cli/selection.h"
#include "file/writer.h"

#define USUAL_BINS 20
#define USUAL_COLUMNS 80

typedef struct {
    char *unit;
    char *out; /* NULL: the terminal */
    gint bins;
    gboolean overwrites;
} PlotOptions;

typedef struct {
    TorporHistogram histogram;
    const char *path;  /* (not owned) */
    char *unit;        /* " mV" or "" */
    char *description; /* "3200 values, -70 to -50 mV" */
} Plot;

/* ---- in the terminal ---- */

static guint
terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 40)
        return USUAL_COLUMNS;
    return size.ws_col;
}

/* A bar, in eighths of a character. */
static void
print_bar(guint eighths)
{
    static const char *const blocks[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    for (guint i = 0; i < eighths / 8; i++)
        fputs("█", stdout);
    fputs(blocks[eighths % 8], stdout);
}

static void
print_plot(const Plot *plot)
{
    const TorporColours *colours = torpor_colours();
    const TorporHistogram *histogram = &plot->histogram;
    g_autofree char *path = torpor_printable(plot->path, strlen(plot->path));
    g_autofree char *description = torpor_printable(plot->description, strlen(plot->description));
    printf("%s%s%s: %s\n", colours->strong, path, colours->plain, description);
    const guint for_labels = 30;
    guint width = terminal_columns() - for_labels;
    for (guint i = 0; i < histogram->n_bins; i++) {
        g_autofree char *edge = torpor_histogram_edge_text(histogram, i);
        guint64 n = histogram->counts[i];
        guint eighths = (guint)(8.0 * width * (double)n / (double)histogram->largest_count);
        printf("%14s %s│%s", edge, colours->faint, colours->plain);
        print_bar(n > 0 ? MAX(eighths, 1) : 0);
        printf("%s%" G_GUINT64_FORMAT "\n", n > 0 ? " " : "", n);
    }
}

/* ---- as a picture ---- */

#define SVG_WIDTH 640.0
#define SVG_HEIGHT 400.0
#define LEFT 70.0
#define RIGHT 20.0
#define TOP 50.0
#define BOTTOM 50.0

G_GNUC_PRINTF(2, 3)
static void
append(GString *svg, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(svg, format, arguments);
    va_end(arguments);
}

static void
append_text(GString *svg, double x, double y, const char *anchor, const char *text)
{
    g_autofree char *shown = torpor_printable(text, strlen(text));
    g_autofree char *escaped = g_markup_escape_text(shown, -1);
    append(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor,
           escaped);
}

static void
append_axes(GString *svg, const Plot *plot)
{
    const TorporHistogram *histogram = &plot->histogram;
    const double right = SVG_WIDTH - RIGHT, bottom = SVG_HEIGHT - BOTTOM;
    append(svg, "<path d=\"M%.1f %.1fV%.1fH%.1f\" fill=\"none\" stroke=\"#444\"/>\n", LEFT, TOP,
           bottom, right);
    append_text(svg, LEFT, 20, "start", plot->path);
    append_text(svg, LEFT, 38, "start", plot->description);
    if (histogram->n_bins == 0)
        return;
    for (guint i = 0; i <= 4; i++) {
        guint edge = histogram->n_bins * i / 4;
        g_autofree char *text = torpor_histogram_edge_text(histogram, edge);
        g_autofree char *label = g_strconcat(text, i == 4 ? plot->unit : "", NULL);
        append_text(svg, LEFT + (right - LEFT) * edge / histogram->n_bins, bottom + 18,
                    i == 4 ? "end" : "middle", label);
    }
    g_autofree char *most = g_strdup_printf("%" G_GUINT64_FORMAT, histogram->largest_count);
    append_text(svg, LEFT - 6, TOP + 5, "end", most);
    append_text(svg, LEFT - 6, bottom, "end", "0");
}

static GString *
svg_of(const Plot *plot)
{
    const TorporHistogram *histogram = &plot->histogram;
    const double bottom = SVG_HEIGHT - BOTTOM, height = bottom - TOP;
    const double step = (SVG_WIDTH - LEFT - RIGHT) / MAX(histogram->n_bins, 1);
    GString *svg = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    append(svg,
           "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
           "font-family=\"sans-serif\" font-size=\"13\">\n"
           "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
           SVG_WIDTH, SVG_HEIGHT);
    for (guint i = 0; i < histogram->n_bins; i++) {
        double bar = height * (double)histogram->counts[i] / (double)histogram->largest_count;
        append(svg,
               "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"#3b6ea8\"/>\n",
               LEFT + i * step, bottom - bar, step * 0.94, bar);
    }
    append_axes(svg, plot);
    g_string_append(svg, "</svg>\n");
    return svg;
}

static gboolean
write_svg(const Plot *plot, const PlotOptions *options, GError **error)
{
    TorporFileWriter *writer =
        torpor_file_writer_new(options->out, options->overwrites, FALSE, error);
    if (writer == NULL) {
        if (error != NULL && g_error_matches(*error, TORPOR_ERROR, TORPOR_STATUS_EXISTS))
            g_prefix_error(error, "without --force: ");
        return FALSE;
    }
    g_autoptr(GString) svg = svg_of(plot);
    TorporSink *sink = torpor_file_writer_sink(writer);
    if (sink->klass->append(sink, svg->str, svg->len, error))
        return torpor_file_writer_commit(writer, error);
    torpor_file_writer_abort(writer);
    return FALSE;
}

/* ---- the command ---- */

static void
describe(Plot *plot, guint64 n)
{
    const TorporHistogram *histogram = &plot->histogram;
    char smallest[TORPOR_FLOAT_TEXT_BYTES], largest[TORPOR_FLOAT_TEXT_BYTES];
    g_autoptr(GString) text = g_string_new(NULL);
    append(text, "%" G_GUINT64_FORMAT " value%s", n, n == 1 ? "" : "s");
    if (histogram->n_finite > 0)
        append(text, ", %s to %s%s", torpor_float_to_text(histogram->smallest, smallest),
               torpor_float_to_text(histogram->largest, largest), plot->unit);
    if (histogram->n_nan > 0)
        append(text, ", %" G_GUINT64_FORMAT " NaN", histogram->n_nan);
    if (histogram->n_infinite > 0)
        append(text, ", %" G_GUINT64_FORMAT " infinite", histogram->n_infinite);
    plot->description = g_string_free(g_steal_pointer(&text), FALSE);
}

static gboolean
plot_numbers(TorporNumbers *numbers, const char *path, const PlotOptions *options, GError **error)
{
    Plot plot = {.path = path};
    g_auto(TorporProgress) progress;
    torpor_progress_init(&progress, "reading");
    numbers->progress = &progress;
    if ((options->unit != NULL && !torpor_numbers_convert(numbers, options->unit, error)) ||
        !torpor_histogram_init(&plot.histogram, numbers, (guint)options->bins, error))
        return FALSE;
    torpor_progress_clear(&progress);
    g_autofree char *symbol = numbers->unit != NULL ? torpor_unit_to_text(numbers->unit) : NULL;
    plot.unit = symbol != NULL && symbol[0] != '\0' ? g_strdup_printf(" %s", symbol) : g_strdup("");
    describe(&plot, numbers->count);
    gboolean done = TRUE;
    if (options->out == NULL)
        print_plot(&plot);
    else
        done = write_svg(&plot, options, error);
    g_free(plot.unit);
    g_free(plot.description);
    return done && torpor_output_flush(error);
}

static gboolean
plot(const char *name, const char *path, const PlotOptions *options, GError **error)
{
    g_auto(TorporSelection) selection = {.path = path};
    if (!torpor_selection_init(&selection, name, path, error))
        return FALSE;
    if (selection.has_numbers)
        return plot_numbers(&selection.numbers, selection.path, options, error);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                "'%s', \"%s\": a histogram needs numbers, but this is %s", name, selection.path,
                torpor_node_kind_name(selection.node->kind));
    return FALSE;
}

int
torpor_command_plot(int argc, char **argv)
{
    PlotOptions options = {.bins = USUAL_BINS};
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.out, "write a picture (SVG)", "OUT"},
        {"unit", 'u', 0, G_OPTION_ARG_FILENAME, &options.unit, "convert to unit U", "U"},
        {"bins", 'b', 0, G_OPTION_ARG_INT, &options.bins, "at most this many bins (20)", "N"},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &options.overwrites, "overwrite OUT", NULL},
        G_OPTION_ENTRY_NULL};
    int status = TORPOR_EXIT_USAGE;
    GError *error = NULL;
    if (!torpor_command_parse("FILE PATH",
                              "Show how the numbers at a path are distributed. Bins are labelled "
                              "with where they\nbegin; a few different integers have one each.",
                              entries, &argc, &argv, 2, 2))
        ; /* reported already */
    else if (options.bins < 1 || options.bins > (gint)TORPOR_HISTOGRAM_MAX_BINS)
        torpor_command_misuse("plot", "--bins: expected 1 to %u, found %d",
                              TORPOR_HISTOGRAM_MAX_BINS, options.bins);
    else
        status = plot(argv[1], argv[2], &options, &error) ? TORPOR_EXIT_FINE
                                                          : torpor_command_fail(error);
    g_free(options.unit);
    g_free(options.out);
    return status;
}
