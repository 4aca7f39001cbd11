#include "compare/difference.h"

#include <string.h>

#include "compare/labels.h"
#include "host/section_names.h"

/* Hashes and the numbers of generators are equal or not; how far apart they are says nothing. */
static gboolean
is_distance(const TorporDifference *difference)
{
    const char *path = difference->path;
    return !difference->is_integer || !(g_str_has_prefix(path, TORPOR_SECTION_GENERATORS "/") ||
                                        (g_str_has_prefix(path, TORPOR_SECTION_OUTPUTS "/") &&
                                         g_str_has_suffix(path, "/" TORPOR_KEY_XXH3)));
}

/* "; at most 0.5 mV absolute, 0.111 relative", and ", 3 ULP" */
static char *
figures_text(const TorporDifference *difference, const char *unit, gboolean with_ulps)
{
    if (!is_distance(difference))
        return g_strdup("");
    char absolute[G_ASCII_DTOSTR_BUF_SIZE], relative[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(absolute, sizeof absolute, "%.3g", difference->max_absolute);
    g_ascii_formatd(relative, sizeof relative, "%.3g", difference->max_relative);
    g_autoptr(GString) text = g_string_new(difference->n_elements > 1 ? "; at most " : "; ");
    g_string_append_printf(text, "%s%s absolute, %s relative", absolute, unit, relative);
    if (difference->max_ulps == G_MAXUINT64)
        g_string_append(text, ", NaN against a number");
    else if (with_ulps && !difference->is_integer && difference->max_ulps < 1000000)
        g_string_append_printf(text, ", %" G_GUINT64_FORMAT " ULP", difference->max_ulps);
    else if (with_ulps && !difference->is_integer)
        g_string_append_printf(text, ", %.1e ULP", (double)difference->max_ulps);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* " mV", or "". */
static char *
unit_text(const TorporDifference *difference)
{
    g_autofree char *symbol =
        difference->unit != NULL ? torpor_unit_to_text(difference->unit) : g_strdup("");
    return g_strconcat(symbol[0] != '\0' ? " " : "", symbol, NULL);
}

char *
torpor_difference_row_text(const TorporDifference *difference, guint index)
{
    const TorporDifferentRow *row = &difference->rows[index];
    g_autofree char *labels = torpor_labels_text(row->labels);
    g_autofree char *unit = unit_text(difference);
    return g_strdup_printf("row %" G_GUINT64_FORMAT "%s%s (%s, %s%s)", row->row,
                           labels[0] != '\0' ? ": " : "", labels, row->a, row->b, unit);
}

char *
torpor_difference_path_text(const TorporDifference *difference)
{
    g_autoptr(GString) path = g_string_new(difference->path);
    if (g_str_has_prefix(path->str, TORPOR_SECTION_OUTPUTS "/")) {
        g_string_replace(path, "~1", "/", 0);
        g_string_replace(path, "~0", "~", 0);
    }
    return g_strdup(path->len == 0 ? "(root)" : path->str);
}

/* "3, 5 rows, first difference in row 2 (1.5, 1.6 ms)" */
static char *
rows_text(const TorporDifference *difference)
{
    g_autofree char *row =
        difference->n_rows > 0 ? torpor_difference_row_text(difference, 0) : NULL;
    return g_strdup_printf("%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " rows%s%s",
                           difference->a_rows, difference->b_rows,
                           row != NULL                ? ", first difference in "
                           : difference->are_compared ? ", equal as far as both go"
                                                      : "",
                           row != NULL ? row : "");
}

char *
torpor_difference_to_text(const TorporDifference *difference, gboolean with_ulps)
{
    static const char *const what[] = {
        [TORPOR_DIFFERS_KIND] = "kind: ",   [TORPOR_DIFFERS_DTYPE] = "dtype: ",
        [TORPOR_DIFFERS_SHAPE] = "shape: ", [TORPOR_DIFFERS_UNIT] = "unit: ",
        [TORPOR_DIFFERS_VALUE] = "",
    };
    g_autofree char *path = torpor_difference_path_text(difference);
    const char *a = difference->a != NULL ? difference->a : "?";
    const char *b = difference->b != NULL ? difference->b : "?";
    if (difference->kind == TORPOR_DIFFERS_ONLY_IN_A)
        return g_strdup_printf("%s: only in the first: %s", path, a);
    if (difference->kind == TORPOR_DIFFERS_ONLY_IN_B)
        return g_strdup_printf("%s: only in the second: %s", path, b);
    if (difference->a_rows != difference->b_rows) {
        g_autofree char *rows = rows_text(difference);
        return g_strdup_printf("%s: %s", path, rows);
    }
    if (difference->n_elements == 0)
        return g_strdup_printf("%s: %s%s, %s", path, what[difference->kind], a, b);
    g_autofree char *unit = unit_text(difference);
    g_autofree char *figures = figures_text(difference, unit, with_ulps);
    if (difference->n_elements == 1 && difference->rows[0].labels->len == 0)
        return g_strdup_printf("%s: %s, %s%s%s", path, a, b, unit, figures);
    g_autofree char *row = torpor_difference_row_text(difference, 0);
    return g_strdup_printf("%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                           " differ, first in %s%s",
                           path, difference->n_different, difference->n_elements, row, figures);
}
