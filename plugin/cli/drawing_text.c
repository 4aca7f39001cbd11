/* Drawings in a terminal: bars of blocks, and grids of braille characters. */
#include <stdio.h>
#include <string.h>

#include "cli/drawing.h"
#include "cli/output.h"
#include "cli/terminal.h"

#define FOR_LABELS 30u
#define FOR_ROW_LABELS 12

/* ---- bars ---- */

/* A bar, in eighths of a character. */
static void
print_bar(guint eighths)
{
    static const char *const blocks[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    for (guint i = 0; i < eighths / 8; i++)
        fputs("█", stdout);
    fputs(blocks[eighths % 8], stdout);
}

/* The second file's bars are of another texture. */
static void
print_second_bar(guint eighths)
{
    for (guint i = 0; i < (eighths + 7) / 8; i++)
        fputs("▒", stdout);
}

static void
print_bin(const TorporDrawing *drawing, guint side, guint bin)
{
    const TorporColours *colours = torpor_colours();
    const TorporHistogram *histogram = &drawing->histograms[side];
    g_autofree char *edge = side == 0 ? torpor_histogram_edge_text(histogram, bin) : g_strdup("");
    guint width = torpor_terminal_columns() - FOR_LABELS;
    guint64 n = histogram->counts[bin];
    guint eighths = (guint)(8.0 * width * (double)n / (double)drawing->largest_count);
    printf("%14s %s│%s", edge, colours->faint, colours->plain);
    (side == 0 ? print_bar : print_second_bar)(n > 0 ? MAX(eighths, 1) : 0);
    printf("%s%" G_GUINT64_FORMAT "\n", n > 0 ? " " : "", n);
}

/* ---- grids ---- */

static void
print_braille(const TorporGrid *grid, guint column, guint top_row)
{
    static const guint bits[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
    guint character = 0x2800;
    for (guint x = 0; x < 2; x++)
        for (guint y = 0; y < 4; y++)
            if (column + x < grid->n_columns && y <= top_row &&
                torpor_grid_is_marked(grid, column + x, top_row - y))
                character |= bits[x][y];
    char text[7] = "";
    text[g_unichar_to_utf8(character, text)] = '\0';
    fputs(text, stdout);
}

static void
print_grid(const TorporDrawing *drawing, guint side)
{
    const TorporColours *colours = torpor_colours();
    const TorporGrid *grid = &drawing->grids[side];
    guint n_lines = (grid->n_rows + 3) / 4;
    for (guint line = 0; line < n_lines; line++) {
        /* The last line is filled from its top, so that rows end at the axis. */
        guint top_row = grid->n_rows - 1 - 4 * line;
        char label[32] = "";
        if (line == 0)
            g_snprintf(label, sizeof label, "%.6g", grid->axes.y_high);
        if (line == n_lines - 1)
            g_snprintf(label, sizeof label, "%.6g", grid->axes.y_low);
        printf("%*s %s│%s", FOR_ROW_LABELS, label, colours->faint, colours->plain);
        for (guint column = 0; column < grid->n_columns; column += 2)
            print_braille(grid, column, top_row);
        putchar('\n');
    }
    char low[32], high[64];
    g_snprintf(low, sizeof low, "%.6g", grid->axes.x_low);
    g_autofree char *unit = torpor_printable(drawing->x_unit, strlen(drawing->x_unit));
    g_snprintf(high, sizeof high, "%.6g%s", grid->axes.x_high, unit);
    int width = (int)(grid->n_columns + 1) / 2;
    printf("%*s%s%*s\n", FOR_ROW_LABELS + 2, "", low, MAX(width - (int)strlen(low), 1), high);
}

/* ---- both ---- */

static void
print_heading(const TorporDrawing *drawing, guint side)
{
    const TorporColours *colours = torpor_colours();
    g_autofree char *name = torpor_printable(drawing->names[side], strlen(drawing->names[side]));
    const char *text = drawing->descriptions[side];
    g_autofree char *description = torpor_printable(text, strlen(text));
    const char *sample = drawing->kind != TORPOR_PLOT_HISTOGRAM ? "" : side == 0 ? "█ " : "▒ ";
    printf("%s%s%s%s: %s\n", sample, colours->strong, name, colours->plain, description);
}

void
torpor_drawing_print(const TorporDrawing *drawing)
{
    const TorporColours *colours = torpor_colours();
    g_autofree char *title = torpor_printable(drawing->title, strlen(drawing->title));
    const char *text = drawing->descriptions[0];
    g_autofree char *description = torpor_printable(text, strlen(text));
    gboolean is_histogram = drawing->kind == TORPOR_PLOT_HISTOGRAM;
    gboolean has_two = drawing->n_sides == 2;
    printf("%s%s%s%s%s\n", colours->strong, title, colours->plain, has_two ? "" : ": ",
           has_two ? "" : description);
    for (guint side = 0; side < drawing->n_sides; side++) {
        if (has_two)
            print_heading(drawing, side);
        if (!is_histogram)
            print_grid(drawing, side);
    }
    for (guint bin = 0; is_histogram && bin < drawing->histograms[0].n_bins; bin++)
        for (guint side = 0; side < drawing->n_sides; side++)
            print_bin(drawing, side, bin);
}
