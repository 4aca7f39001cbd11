/* torpor diff A B: what differs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "compare/compare.h"
#include "compare/labels.h"
#include "file/verify.h"

#define MAX_ROWS 10000

typedef struct {
    const char *path; /* (not owned) */
    TorporOpened opened;
    TorporIndex *index; /* NULL: it has none */
    GError *damage;
} Side;

typedef struct {
    Side a;
    Side b;
    TorporSame *same;
    gboolean with_all;
    gboolean as_json;
    TorporJson json;
    guint64 n_differences;
} Diff;

static void
side_clear(Side *side)
{
    torpor_opened_clear(&side->opened);
    g_clear_pointer(&side->index, torpor_index_free);
    g_clear_error(&side->damage);
}

static void
diff_clear(Diff *diff)
{
    g_clear_pointer(&diff->same, torpor_same_free);
    side_clear(&diff->a);
    side_clear(&diff->b);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Diff, diff_clear)

/* ---- both files, checked: what is damaged is never compared ---- */

/* Errors about the content become the side's damage. */
static gboolean
keep_damage(Side *side, GError *error, GError **out)
{
    if (error->code != TORPOR_STATUS_DAMAGED) {
        g_propagate_error(out, error);
        return FALSE;
    }
    g_clear_error(&side->damage);
    side->damage = error;
    return TRUE;
}

static gboolean
side_open(Side *side, const char *path, GError **error)
{
    GError *reason = NULL;
    side->path = path;
    if (torpor_opened_init(&side->opened, path, &reason))
        side->index = torpor_file_read_index(side->opened.file, &reason);
    return reason == NULL || keep_damage(side, reason, error);
}

static gboolean
side_verify(Side *side, TorporProgress *progress, GError **error)
{
    GError *reason = NULL;
    return side->damage != NULL ||
           torpor_file_verify(side->opened.file, side->index, 0, NULL, torpor_progress_update,
                              progress, &reason) ||
           keep_damage(side, reason, error);
}

/* Both have an index: the same pass checks them and finds what is equal. */
static gboolean
check(Diff *diff, GError **error)
{
    g_auto(TorporProgress) progress;
    torpor_progress_init(&progress, "checking");
    GError *reason = NULL;
    if (diff->a.index != NULL && diff->b.index != NULL)
        diff->same = torpor_same_new(diff->a.opened.file, diff->a.index, diff->b.opened.file,
                                     diff->b.index, torpor_progress_update, &progress, &reason);
    if (reason != NULL)
        g_propagate_error(error, reason);
    return reason == NULL && (diff->same != NULL || (side_verify(&diff->a, &progress, error) &&
                                                     side_verify(&diff->b, &progress, error)));
}

/* ---- reporting ---- */

/* The labels of a row: integers by name. */
static void
put_labels(TorporJson *json, const GArray *labels)
{
    torpor_json_begin_flat(json, "labels", '{');
    for (guint i = 0; i < labels->len; i++) {
        const TorporLabel *label = &g_array_index(labels, TorporLabel, i);
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
    const TorporColours *colours = torpor_colours();
    g_autofree char *line = torpor_difference_to_text(difference);
    gsize path_length = MAX(strlen(difference->path), 1);
    if (difference->path[0] == '\0')
        path_length = strlen("(root)");
    g_autofree char *path = torpor_printable(line, path_length);
    g_autofree char *rest = torpor_printable(line + path_length, strlen(line + path_length));
    printf("%s%s%s%s\n", colours->strong, path, colours->plain, rest);
    for (guint i = 1; i < difference->n_rows; i++) {
        g_autofree char *row = torpor_difference_row_text(difference, i);
        g_autofree char *shown = torpor_printable(row, strlen(row));
        printf("    %s\n", shown);
    }
    return TRUE;
}

static void
tell_index(Diff *diff)
{
    if (!diff->with_all || (diff->a.index != NULL) == (diff->b.index != NULL))
        return;
    gboolean is_in_a = diff->a.index != NULL;
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
    const Side *sides[] = {&diff->a, &diff->b};
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
    else if (diff->a.damage != NULL || diff->b.damage != NULL)
        fputs("torpor: nothing was compared\n", stderr);
}

/* ---- the command ---- */

static gboolean
compare(Diff *diff, TorporCompareOptions *options, GError **error)
{
    g_auto(TorporProgress) progress;
    torpor_progress_init(&progress, "comparing");
    options->same = diff->same;
    options->with_provenance = diff->with_all;
    options->progress = torpor_progress_update;
    options->progress_data = &progress;
    if (torpor_compare(diff->a.opened.file, diff->a.opened.tree, diff->b.opened.file,
                       diff->b.opened.tree, options, report_difference, diff, error) < 0)
        return FALSE;
    tell_index(diff);
    return TRUE;
}

static gboolean
run(Diff *diff, const char *a, const char *b, TorporCompareOptions *options, GError **error)
{
    if (!side_open(&diff->a, a, error) || !side_open(&diff->b, b, error) || !check(diff, error))
        return FALSE;
    gboolean is_damaged = diff->a.damage != NULL || diff->b.damage != NULL;
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
         "also provenance, origin, and whether there is an index", NULL},
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
    GError *error = NULL;
    if (!run(&diff, argv[1], argv[2], &options, &error))
        return torpor_command_fail(error);
    gboolean is_equal = diff.n_differences == 0 && diff.a.damage == NULL && diff.b.damage == NULL;
    return is_equal ? TORPOR_EXIT_FINE : TORPOR_EXIT_FAILED;
}
