/* torpor report A [B] -o OUT: one page about a file, or about two and what differs between them. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/difference_list.h"
#include "cli/output.h"
#include "cli/page.h"
#include "cli/pair.h"
#include "cli/report_fields.h"
#include "cli/summary.h"

/* Of what differs, so many lines are on the page. */
#define MAX_LINES 500u

typedef struct {
    TorporSummary a;
    TorporSummary b;
    gboolean has_b;
    gboolean is_damaged;
    GString *page;
} Report;

static void
report_clear(Report *report)
{
    torpor_summary_clear(&report->a);
    torpor_summary_clear(&report->b);
    if (report->page != NULL)
        g_string_free(report->page, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Report, report_clear)

/* ---- what they are ---- */

static const char *
find_row(const GArray *rows, const char *name)
{
    for (guint i = 0; i < rows->len; i++) {
        const TorporSummaryRow *row = &g_array_index(rows, TorporSummaryRow, i);
        if (strcmp(row->name, name) == 0)
            return row->text;
    }
    return NULL;
}

static void
append_row(Report *report, const char *name, const char *a, const char *b)
{
    gboolean is_integrity = strcmp(name, TORPOR_SUMMARY_INTEGRITY) == 0;
    gboolean is_different = report->has_b && g_strcmp0(a, b) != 0;
    g_string_append_printf(report->page, "<tr%s>\n", is_different ? " class=\"different\"" : "");
    torpor_page_element(report->page, "th", NULL, name);
    torpor_page_element(report->page, "td", is_integrity && report->a.damage != NULL ? "bad" : NULL,
                        a != NULL ? a : "");
    if (report->has_b)
        torpor_page_element(report->page, "td",
                            is_integrity && report->b.damage != NULL ? "bad" : NULL,
                            b != NULL ? b : "");
    g_string_append(report->page, "</tr>\n");
}

static void
append_summary(Report *report)
{
    const GArray *a = report->a.rows;
    const GArray *b = report->b.rows;
    torpor_page_element(report->page, "h2", NULL, report->has_b ? "What they are" : "What it is");
    g_string_append(report->page, "<table>\n<thead><tr><th></th>\n");
    torpor_page_element(report->page, "th", NULL, report->a.path);
    if (report->has_b)
        torpor_page_element(report->page, "th", NULL, report->b.path);
    g_string_append(report->page, "</tr></thead>\n");
    for (guint i = 0; i < a->len; i++) {
        const TorporSummaryRow *row = &g_array_index(a, TorporSummaryRow, i);
        append_row(report, row->name, row->text, report->has_b ? find_row(b, row->name) : NULL);
    }
    for (guint i = 0; report->has_b && i < b->len; i++) {
        const TorporSummaryRow *row = &g_array_index(b, TorporSummaryRow, i);
        if (find_row(a, row->name) == NULL)
            append_row(report, row->name, NULL, row->text);
    }
    g_string_append(report->page, "</table>\n");
}

/* ---- what differs ---- */

typedef struct {
    TorporDifferenceList list;
    const TorporLayout *layout;
} Differences;

static gboolean
add_difference(const TorporDifference *difference, gpointer data)
{
    Differences *differences = data;
    torpor_difference_list_add(&differences->list, differences->layout, difference, FALSE);
    return TRUE;
}

static void
append_lines(GString *page, const GPtrArray *lines)
{
    const char *group = NULL;
    for (guint i = 0; i < MIN(lines->len, MAX_LINES); i++) {
        const TorporDifferenceLine *line = lines->pdata[i];
        if (g_strcmp0(group, line->group) != 0) {
            g_string_append(page, group != NULL ? "</ul>\n" : "");
            if (line->group[0] != '\0')
                torpor_page_element(page, "h3", NULL, line->group);
            g_string_append(page, "<ul>\n");
            group = line->group;
        }
        g_string_append(page, "<li>");
        torpor_page_element(page, "b", NULL, torpor_difference_line_name(line));
        torpor_page_element(page, "span", NULL, line->text);
        g_string_append(page, "</li>\n");
    }
    g_string_append(page, group != NULL ? "</ul>\n" : "");
}

static void
append_differences(GString *page, TorporDifferenceList *list)
{
    torpor_difference_list_arrange(list, FALSE);
    if (list->shown->len == 0)
        torpor_page_element(page, "p", "good", "Nothing: both have the same state, bit for bit.");
    append_lines(page, list->shown);
    g_autofree char *rest = torpor_difference_list_rest(list);
    if (list->shown->len > MAX_LINES) {
        g_autofree char *more = g_strdup_printf("%u others differ; torpor diff lists them.",
                                                list->shown->len - MAX_LINES);
        torpor_page_element(page, "p", "faint", more);
    }
    if (rest != NULL) {
        g_autofree char *text = g_strdup_printf("%s too; torpor diff --all lists all.", rest);
        torpor_page_element(page, "p", "faint", text);
    }
}

static gboolean
compare(Report *report, GError **error)
{
    g_auto(TorporPair) pair = {.same = NULL};
    Differences differences = {.layout = report->a.layout};
    TorporCompareOptions options = {.max_rows = 1};
    torpor_page_element(report->page, "h2", NULL, "What differs");
    if (!torpor_command_open_pair(&pair, report->a.path, report->b.path, error))
        return FALSE;
    torpor_difference_list_init(&differences.list);
    gboolean is_damaged = torpor_pair_damage(&pair) != NULL; /* since it was summarized */
    gboolean done = is_damaged || torpor_command_compare_pair(&pair, &options, add_difference,
                                                              &differences, error);
    if (is_damaged) {
        report->is_damaged = TRUE;
        torpor_page_element(report->page, "p", "bad", "A file is damaged.");
    } else if (done) {
        append_differences(report->page, &differences.list);
    }
    torpor_difference_list_clear(&differences.list);
    return done;
}

/* ---- the command ---- */

static gboolean
make_page(Report *report, GError **error)
{
    g_autofree char *a = g_path_get_basename(report->a.path);
    g_autofree char *b = report->has_b ? g_path_get_basename(report->b.path) : NULL;
    g_autofree char *title =
        b == NULL ? g_strdup_printf("%s", a) : g_strdup_printf("%s and %s", a, b);
    report->page = torpor_page_new(title);
    append_summary(report);
    report->is_damaged = report->a.damage != NULL || (report->has_b && report->b.damage != NULL);
    if (report->is_damaged) {
        torpor_page_element(report->page, "p", "bad",
                            "A file is damaged: its content is not shown.");
    } else {
        if (!torpor_summary_open_whole(&report->a, error) ||
            !torpor_summary_open_whole(&report->b, error) ||
            (report->has_b && !compare(report, error)))
            return FALSE;
        if (!report->is_damaged)
            torpor_report_append_fields(report->page, &report->a,
                                        report->has_b ? &report->b : NULL);
    }
    torpor_page_finish(report->page);
    return TRUE;
}

static void
tell_damage(const TorporSummary *summary)
{
    if (summary->damage == NULL)
        return;
    g_autofree char *text =
        torpor_printable(summary->damage->message, strlen(summary->damage->message));
    fprintf(stderr, "torpor: %s\n", text);
}

static gboolean
run(Report *report, char **operands, const char *out, gboolean overwrites, GError **error)
{
    if (!torpor_summary_init(&report->a, operands[0], error) ||
        (report->has_b && !torpor_summary_init(&report->b, operands[1], error)) ||
        !make_page(report, error))
        return FALSE;
    tell_damage(&report->a);
    tell_damage(&report->b);
    return torpor_output_write(out, overwrites, report->page, error);
}

int
torpor_command_report(int argc, char **argv)
{
    g_auto(Report) report = {.has_b = FALSE};
    g_autofree char *out = NULL;
    gboolean overwrites = FALSE;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &out, "the page (HTML)", "OUT"},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &overwrites, "overwrite OUT", NULL},
        G_OPTION_ENTRY_NULL};
    if (!torpor_command_parse(
            "A [B]",
            "Write a page about a file: what it is, and its fields with pictures; "
            "of two files\nalso what differs. The page is complete in itself.",
            entries, &argc, &argv, 1, 2))
        return TORPOR_EXIT_USAGE;
    if (out == NULL)
        return torpor_command_misuse("report", "expected --output OUT, such as -o report.html");
    report.has_b = argc > 2;
    GError *error = NULL;
    if (!run(&report, argv + 1, out, overwrites, &error))
        return torpor_command_fail(error);
    return report.is_damaged ? TORPOR_EXIT_FAILED : TORPOR_EXIT_FINE;
}
