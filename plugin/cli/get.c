/* torpor get FILE PATH: one value. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/events.h"
#include "cli/npy.h"
#include "cli/ragged.h"
#include "cli/selection.h"
#include "cli/value.h"
#include "msgpack/stored.h"

typedef struct {
    const char *format;
    const char *unit;
    const char *slice;
} GetOptions;

/* ---- the formats ---- */

static gboolean
put_json(const TorporNumbers *numbers, GError **error)
{
    TorporJson json = {.depth = 0};
    if (!torpor_json_numbers(&json, NULL, numbers, error))
        return FALSE;
    torpor_json_finish(&json);
    return TRUE;
}

/* Lines of so many numbers. Two columns for a complex number. */
static gboolean
put_lines(const TorporNumbers *numbers, guint64 columns, GError **error)
{
    if (!torpor_dtype_has_text(numbers->dtype)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                    "elements of dtype %s have no text form; use --format raw",
                    numbers->array.dtype_name);
        return FALSE;
    }
    const gsize piece_elements = (gsize)16 << 10;
    g_autofree guint8 *piece = g_malloc_n(piece_elements, numbers->dtype->size);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint64 first = 0; first < numbers->count; first += piece_elements) {
        gsize n = (gsize)MIN(numbers->count - first, piece_elements);
        if (!torpor_numbers_read(numbers, first, n, piece, error))
            return FALSE;
        for (gsize i = 0; i < n; i++) {
            g_string_truncate(text, 0);
            torpor_number_append(text, numbers->dtype, piece + i * numbers->dtype->size);
            if (text->str[0] == '[') { /* [re, im] */
                g_string_erase(text, 0, 1);
                g_string_truncate(text, text->len - 1);
                g_string_erase(text, strchr(text->str, ' ') - text->str, 1);
            }
            fputs(text->str, stdout);
            putchar((first + i + 1) % columns == 0 ? '\n' : ',');
        }
    }
    return TRUE;
}

/* A line for each row of the first dimension; what is in a row is flat. */
static gboolean
put_csv(const TorporNumbers *numbers, GError **error)
{
    gboolean is_flat = numbers->rank == 0 || numbers->count == 0;
    return put_lines(numbers, is_flat ? 1 : numbers->count / numbers->shape[0], error);
}

static gboolean
put_raw(const TorporNumbers *numbers, GError **error)
{
    const gsize piece_elements = (gsize)32 << 10;
    g_autofree guint8 *piece = g_malloc_n(piece_elements, numbers->dtype->size);
    for (guint64 first = 0; first < numbers->count; first += piece_elements) {
        gsize n = (gsize)MIN(numbers->count - first, piece_elements);
        if (!torpor_numbers_read(numbers, first, n, piece, error))
            return FALSE;
        fwrite(piece, numbers->dtype->size, n, stdout);
        if (ferror(stdout)) /* reported by the flush */
            return TRUE;
    }
    return TRUE;
}

static gboolean
put_npy(const TorporNumbers *numbers, GError **error)
{
    g_autofree char *header = torpor_npy_header(numbers, error);
    if (header == NULL)
        return FALSE;
    fwrite(header, 1, TORPOR_NPY_HEADER_BYTES, stdout);
    return put_raw(numbers, error);
}

static const struct {
    const char *name;
    gboolean (*put)(const TorporNumbers *numbers, GError **error);
} formats[] = {{"json", put_json}, {"csv", put_csv}, {"npy", put_npy}, {"raw", put_raw}};

static gboolean
put_in_format(const TorporNumbers *numbers, const char *format, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
        if (strcmp(formats[i].name, format) == 0)
            return formats[i].put(numbers, error);
    return FALSE;
}

/* ---- the value ---- */

/* Who looks at numbers wants to know their unit. */
static void
tell_unit(const TorporNumbers *numbers)
{
    if (numbers->unit == NULL || !isatty(STDOUT_FILENO) || !isatty(STDERR_FILENO))
        return;
    g_autofree char *unit = torpor_unit_to_text(numbers->unit);
    g_autofree char *text = torpor_printable(unit, strlen(unit));
    fprintf(stderr, "unit: %s\n", text);
}

static gboolean
get_numbers(TorporNumbers *numbers, const GetOptions *options, GError **error)
{
    if ((options->slice != NULL && !torpor_numbers_slice(numbers, options->slice, error)) ||
        (options->unit != NULL && !torpor_numbers_convert(numbers, options->unit, error)))
        return FALSE;
    tell_unit(numbers);
    g_auto(TorporProgress) progress;
    torpor_progress_init(&progress, "writing");
    if (!isatty(STDOUT_FILENO))
        numbers->progress = &progress;
    return put_in_format(numbers, options->format, error);
}

/* A map, a text, bytes. */
static gboolean
get_other(const TorporSelection *selection, const GetOptions *options, GError **error)
{
    const TorporNode *node = selection->node;
    const char *path = selection->path;
    gboolean is_bytes = node->kind == TORPOR_NODE_TEXT || node->kind == TORPOR_NODE_BYTES ||
                        node->kind == TORPOR_NODE_EXT;
    if (options->slice != NULL || options->unit != NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "%s needs numbers, but \"%s\" is %s; ask for something below it",
                    options->slice != NULL ? "--slice" : "--unit", path,
                    torpor_node_kind_name(node->kind));
        return FALSE;
    }
    if (strcmp(options->format, "raw") == 0 && is_bytes) {
        g_autofree char *bytes = torpor_bytes_read(selection->opened.file, node, error);
        if (bytes != NULL)
            fwrite(bytes, 1, (gsize)node->value.bytes.length, stdout);
        return bytes != NULL;
    }
    if (strcmp(options->format, "json") != 0) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "format %s needs numbers, but \"%s\" is %s; use --format json", options->format,
                    path, torpor_node_kind_name(node->kind));
        return FALSE;
    }
    TorporJson json = {.depth = 0};
    g_autoptr(GString) full_path = g_string_new(path);
    if (!torpor_json_value(&json, NULL, selection->opened.file, selection->layout, full_path, node,
                           error))
        return FALSE;
    torpor_json_finish(&json);
    return TRUE;
}

/* ---- ragged fields ---- */

static gboolean
put_object_json(gpointer data, const TorporNumbers *numbers, GError **error)
{
    return torpor_json_numbers(data, NULL, numbers, error);
}

static gboolean
put_ragged_json(const TorporRagged *ragged, GError **error)
{
    TorporJson json = {.depth = 0};
    torpor_json_begin(&json, NULL, '[');
    if (!torpor_ragged_each(ragged, put_object_json, &json, error))
        return FALSE;
    torpor_json_end(&json, ']');
    torpor_json_finish(&json);
    return TRUE;
}

/* A line for each object. */
static gboolean
put_object_csv(G_GNUC_UNUSED gpointer data, const TorporNumbers *numbers, GError **error)
{
    if (numbers->count == 0)
        putchar('\n');
    return put_lines(numbers, numbers->count, error);
}

/* The numbers of some objects of a ragged field. Formats without lists get them one after the
 * other. */
static gboolean
get_ragged(const TorporSelection *selection, const GetOptions *options, GError **error)
{
    TorporRagged ragged;
    if (!torpor_ragged_init(&ragged, selection->opened.file, selection->layout, selection->path,
                            selection->node, error) ||
        (options->slice != NULL && !torpor_ragged_slice(&ragged, options->slice, error)) ||
        (options->unit != NULL && !torpor_numbers_convert(&ragged.values, options->unit, error)))
        return FALSE;
    tell_unit(&ragged.values);
    if (strcmp(options->format, "json") == 0)
        return put_ragged_json(&ragged, error);
    if (strcmp(options->format, "csv") == 0)
        return torpor_ragged_each(&ragged, put_object_csv, NULL, error);
    return put_in_format(&ragged.values, options->format, error);
}

/* Without a question about its numbers, a ragged field is a map like others. */
static gboolean
is_ragged_asked(const TorporSelection *selection, const GetOptions *options)
{
    return torpor_node_is_ragged(selection->node) &&
           (options->slice != NULL || options->unit != NULL ||
            strcmp(options->format, "json") != 0);
}

static gboolean
get_selected(const TorporSelection *selection, const GetOptions *options, GError **error)
{
    TorporNumbers numbers = selection->numbers;
    return selection->has_numbers                ? get_numbers(&numbers, options, error)
           : is_ragged_asked(selection, options) ? get_ragged(selection, options, error)
                                                 : get_other(selection, options, error);
}

static gboolean
get(const char *name, const char *path, const GetOptions *options, GError **error)
{
    g_auto(TorporSelection) selection = {.path = path};
    if (!torpor_selection_init(&selection, name, path, error))
        return FALSE;
    if (!get_selected(&selection, options, error)) {
        g_prefix_error(error, "'%s', \"%s\": ", name, selection.path);
        return FALSE;
    }
    return torpor_output_flush(error);
}

static gboolean
is_format(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
        if (strcmp(formats[i].name, name) == 0)
            return TRUE;
    return FALSE;
}

int
torpor_command_get(int argc, char **argv)
{
    g_autofree char *format = NULL;
    g_autofree char *unit = NULL;
    g_autofree char *slice = NULL;
    const GOptionEntry entries[] = {
        {"unit", 'u', 0, G_OPTION_ARG_FILENAME, &unit, "convert a quantity to unit U", "U"},
        {"format", 'f', 0, G_OPTION_ARG_FILENAME, &format, "json (as usual), csv, npy or raw", "F"},
        {"slice", 's', 0, G_OPTION_ARG_FILENAME, &slice,
         "rows A to B, B not included; objects of a ragged field", "A:B"},
        G_OPTION_ENTRY_NULL};
    if (!torpor_command_parse("FILE PATH",
                              "Print one value of a file, the numbers only of a quantity.", entries,
                              &argc, &argv, 2, 2))
        return TORPOR_EXIT_USAGE;
    const GetOptions options = {format != NULL ? format : "json", unit, slice};
    if (!is_format(options.format))
        return torpor_command_misuse(
            "get", "--format: expected json, csv, npy or raw, found \"%s\"", options.format);
    GError *error = NULL;
    return get(argv[1], argv[2], &options, &error) ? TORPOR_EXIT_FINE : torpor_command_fail(error);
}
