/* torpor diff A B: what differs. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/difference_list.h"
#include "cli/output.h"
#include "cli/pair.h"
#include "compare/labels.h"

#define MAX_ROWS 10000

typedef struct {
    TorporPair pair;
    gboolean with_all;
    gboolean with_ulps;
    gboolean as_json;
    TorporJson json;
    TorporLayout *layout;      /* of A */
    TorporDifferenceList list; /* empty if as_json */
    guint64 n_differences;
} Diff;

static void
diff_clear(Diff *diff)
{
    torpor_difference_list_clear(&diff->list);
    g_clear_pointer(&diff->layout, torpor_layout_free);
    torpor_pair_clear(&diff->pair);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Diff, diff_clear)

/* ---- reporting ---- */

/* The labels of a row: numbers and texts by name. */
static void
put_labels(TorporJson *json, const GArray *labels)
{
    torpor_json_begin_flat(json, "labels", '{');
    for (guint i = 0; i < labels->len; i++) {
        const TorporLabel *label = &g_array_index(labels, TorporLabel, i);
        if (label->is_name)
            torpor_json_text(json, label->name, label->value, -1);
        else
            torpor_json_raw(json, label->name, label->value);
    }
    torpor_json_end(json, '}');
}

static void
put_rows(TorporJson *json, const TorporDifference *difference)
{
    torpor_json_begin_flat(json, "rows", '[');
    for (guint i = 0; i < difference->n_rows; i++) {
        const TorporDifferentRow *row = &difference->rows[i];
        torpor_json_begin_flat(json, NULL, '{');
        torpor_json_uint(json, "row", row->row);
        put_labels(json, row->labels);
        torpor_json_text(json, "a", row->a, -1);
        torpor_json_text(json, "b", row->b, -1);
        torpor_json_end(json, '}');
    }
    torpor_json_end(json, ']');
}

static void
put_difference(Diff *diff, const TorporDifference *difference)
{
    static const char *const kinds[] = {
        [TORPOR_DIFFERS_ONLY_IN_A] = "only in a", [TORPOR_DIFFERS_ONLY_IN_B] = "only in b",
        [TORPOR_DIFFERS_KIND] = "kind",           [TORPOR_DIFFERS_DTYPE] = "dtype",
        [TORPOR_DIFFERS_SHAPE] = "shape",         [TORPOR_DIFFERS_UNIT] = "unit",
        [TORPOR_DIFFERS_VALUE] = "value",
    };
    TorporJson *json = &diff->json;
    torpor_json_begin_flat(json, NULL, '{');
    torpor_json_text(json, "path", difference->path, -1);
    torpor_json_text(json, "differs", kinds[difference->kind], -1);
    torpor_json_text(json, "a", difference->a, -1);
    torpor_json_text(json, "b", difference->b, -1);
    torpor_json_bool(json, "hidden", difference->is_hidden);
    if (difference->n_elements > 0) {
        g_autofree char *unit =
            difference->unit != NULL ? torpor_unit_to_text(difference->unit) : NULL;
        torpor_json_text(json, "unit", unit, -1);
        torpor_json_uint(json, "elements", difference->n_elements);
        torpor_json_uint(json, "different", difference->n_different);
        torpor_json_uint(json, "first", difference->first);
        torpor_json_uint(json, "row", difference->rows[0].row);
        put_labels(json, difference->rows[0].labels);
        torpor_json_float(json, "max_absolute", difference->max_absolute);
        torpor_json_float(json, "max_relative", difference->max_relative);
        if (difference->is_integer || difference->max_ulps == G_MAXUINT64)
            torpor_json_raw(json, "max_ulps", "null");
        else
            torpor_json_uint(json, "max_ulps", difference->max_ulps);
        put_rows(json, difference);
    }
    torpor_json_end(json, '}');
}

static gboolean
report_difference(const TorporDifference *difference, gpointer data)
{
    Diff *diff = data;
    diff->n_differences++;
    if (diff->as_json) {
        put_difference(diff, difference);
        return TRUE;
    }
    torpor_difference_list_add(&diff->list, diff->layout, difference, diff->with_ulps);
    return TRUE;
}

/* ---- for people ---- */

static void
print_line(const TorporDifferenceLine *line, gboolean is_grouped)
{
    const TorporColours *colours = torpor_colours();
    const char *name = is_grouped ? torpor_difference_line_name(line) : line->path;
    const char *indent = is_grouped && name != line->path ? "  " : "";
    g_autofree char *path = torpor_printable(name, strlen(name));
    g_autofree char *text = torpor_printable(line->text, strlen(line->text));
    printf("%s%s%s%s: %s\n", indent, colours->strong, path, colours->plain, text);
    for (guint i = 0; i < line->rows->len; i++) {
        const char *row = line->rows->pdata[i];
        g_autofree char *shown = torpor_printable(row, strlen(row));
        printf("%s    %s\n", indent, shown);
    }
}

/* On a terminal, fields stand below the heading of their population. Elsewhere each line has its
 * complete path, for `grep` and the like. */
static void
print_differences(Diff *diff)
{
    const TorporColours *colours = torpor_colours();
    gboolean is_grouped = isatty(STDOUT_FILENO) != 0;
    torpor_difference_list_arrange(&diff->list, diff->with_all);
    const char *group = "";
    for (guint i = 0; i < diff->list.shown->len; i++) {
        const TorporDifferenceLine *line = diff->list.shown->pdata[i];
        if (is_grouped && strcmp(line->group, group) != 0) {
            g_autofree char *heading = torpor_printable(line->group, strlen(line->group));
            printf("%s%s%s%s\n", i > 0 ? "\n" : "", colours->faint, heading, colours->plain);
            group = line->group;
        }
        print_line(line, is_grouped);
    }
    g_autofree char *rest = torpor_difference_list_rest(&diff->list);
    if (rest != NULL)
        printf("%s%s too; --all shows %s\n", is_grouped ? "\n" : "", rest,
               diff->list.hidden->len == 1 ? "it" : "them");
}

static void
tell_index(Diff *diff)
{
    if (!diff->with_all || (diff->pair.a.index != NULL) == (diff->pair.b.index != NULL))
        return;
    gboolean is_in_a = diff->pair.a.index != NULL;
    report_difference(
        &(TorporDifference){.kind = is_in_a ? TORPOR_DIFFERS_ONLY_IN_A : TORPOR_DIFFERS_ONLY_IN_B,
                            .path = TORPOR_INDEX_KEY,
                            .a = is_in_a ? "index" : NULL,
                            .b = is_in_a ? NULL : "index"},
        diff);
}

static void
tell_damage(Diff *diff)
{
    const TorporPairSide *sides[] = {&diff->pair.a, &diff->pair.b};
    if (diff->as_json)
        torpor_json_begin(&diff->json, "damaged", '[');
    for (gsize i = 0; i < G_N_ELEMENTS(sides); i++) {
        const GError *damage = sides[i]->damage;
        if (damage == NULL)
            continue;
        if (diff->as_json) {
            torpor_json_begin(&diff->json, NULL, '{');
            torpor_json_text(&diff->json, "path", sides[i]->path, -1);
            torpor_json_text(&diff->json, "error", damage->message, -1);
            torpor_json_end(&diff->json, '}');
            continue;
        }
        g_autofree char *text = torpor_printable(damage->message, strlen(damage->message));
        fprintf(stderr, "torpor: %s\n", text);
    }
    if (diff->as_json)
        torpor_json_end(&diff->json, ']');
    else if (torpor_pair_damage(&diff->pair) != NULL)
        fputs("torpor: nothing was compared\n", stderr);
}

/* ---- the command ---- */

static gboolean
compare(Diff *diff, TorporCompareOptions *options, GError **error)
{
    diff->layout = torpor_layout_new(diff->pair.a.opened.tree);
    options->with_provenance = diff->with_all;
    if (!torpor_command_compare_pair(&diff->pair, options, report_difference, diff, error))
        return FALSE;
    tell_index(diff);
    if (!diff->as_json)
        print_differences(diff);
    return TRUE;
}

static gboolean
run(Diff *diff, const char *a, const char *b, TorporCompareOptions *options, GError **error)
{
    if (!torpor_command_open_pair(&diff->pair, a, b, error))
        return FALSE;
    gboolean is_damaged = torpor_pair_damage(&diff->pair) != NULL;
    if (diff->as_json) {
        torpor_json_begin(&diff->json, NULL, '{');
        torpor_json_text(&diff->json, "a", a, -1);
        torpor_json_text(&diff->json, "b", b, -1);
    }
    tell_damage(diff);
    if (diff->as_json)
        torpor_json_begin(&diff->json, "differences", '[');
    if (!is_damaged && !compare(diff, options, error))
        return FALSE;
    gboolean is_equal = !is_damaged && diff->n_differences == 0;
    if (diff->as_json) {
        torpor_json_end(&diff->json, ']');
        torpor_json_bool(&diff->json, "equal", is_equal);
        torpor_json_end(&diff->json, '}');
        torpor_json_finish(&diff->json);
    } else if (is_equal) {
        puts(options->relative_tolerance > 0 || options->absolute_tolerance > 0
                 ? "equal, within the tolerances"
                 : "equal");
    }
    return torpor_output_flush(error);
}

static gboolean
is_tolerance(double value)
{
    return isfinite(value) && value >= 0;
}

int
torpor_command_diff(int argc, char **argv)
{
    g_auto(Diff) diff = {.n_differences = 0};
    TorporCompareOptions options = {0};
    gint max_rows = 1;
    const GOptionEntry entries[] = {
        {"rtol", 0, 0, G_OPTION_ARG_DOUBLE, &options.relative_tolerance,
         "numbers a, b are equal if |a - b| <= ATOL + RTOL * |b|", "RTOL"},
        {"atol", 0, 0, G_OPTION_ARG_DOUBLE, &options.absolute_tolerance,
         "in the unit that the values are stored in", "ATOL"},
        {"rows", 'n', 0, G_OPTION_ARG_INT, &max_rows,
         "report this many rows (neurons, synapses) of each array that differs", "N"},
        {"all", 'a', 0, G_OPTION_ARG_NONE, &diff.with_all,
         "also hidden fields, generators, provenance, origin, and whether there is an index", NULL},
        {"ulp", 0, 0, G_OPTION_ARG_NONE, &diff.with_ulps,
         "also how many representable numbers lie in between", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &diff.as_json, "an object with all differences", NULL},
        G_OPTION_ENTRY_NULL};
    if (!torpor_command_parse("A B",
                              "Report what differs between two files, by path. Both are checked; "
                              "damaged files are\nnot compared. Exit status: 0 equal, 1 not.",
                              entries, &argc, &argv, 2, 2))
        return TORPOR_EXIT_USAGE;
    if (!is_tolerance(options.relative_tolerance) || !is_tolerance(options.absolute_tolerance))
        return torpor_command_misuse("diff", "--rtol, --atol: expected a finite number from 0 up");
    if (max_rows < 1 || max_rows > MAX_ROWS)
        return torpor_command_misuse("diff", "--rows: expected a number from 1 to 10000");
    options.max_rows = (guint)max_rows;
    torpor_difference_list_init(&diff.list);
    GError *error = NULL;
    if (!run(&diff, argv[1], argv[2], &options, &error))
        return torpor_command_fail(error);
    gboolean is_equal = diff.n_differences == 0 && torpor_pair_damage(&diff.pair) == NULL;
    return is_equal ? TORPOR_EXIT_FINE : TORPOR_EXIT_FAILED;
}
