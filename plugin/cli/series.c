#include "cli/series.h"

#include <string.h>

#include "base/error.h"
#include "cli/events.h"
#include "compare/labels.h"
#include "host/section_names.h"
#include "value/element.h"

/* Labels of more objects take too long to look at one by one. */
#define MAX_LABELLED 1000000u
#define MAX_REPEATED ((guint64)1 << 32)

/* ---- what there is at the path ---- */

static gboolean invalid(const TorporSeries *series, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static gboolean
invalid(const TorporSeries *series, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "'%s', \"%s\": %s",
                series->opened->file->path, series->path, what);
    return FALSE;
}

/* The numbers at a path: of a leaf, or the values of a ragged field. */
static gboolean
find_numbers(const TorporSeries *series, const char *path, const TorporNode *node,
             TorporNumbers *numbers, GError **error)
{
    g_autofree char *values = g_strconcat(path, "/" TORPOR_KEY_VALUES, NULL);
    gboolean ragged = torpor_node_is_ragged(node);
    if (ragged)
        node = torpor_map_get(node, TORPOR_KEY_VALUES);
    if (!torpor_numbers_init(numbers, series->opened->file, series->layout, ragged ? values : path,
                             node))
        return invalid(series, error,
                       "a plot needs numbers, a ragged field, or a map with the ragged fields "
                       "times and senders; this is %s",
                       torpor_node_kind_name(node->kind));
    if (torpor_element_components(numbers->dtype) == 1)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                "elements of dtype %s have no order; a plot needs real numbers",
                numbers->array.dtype_name);
    return FALSE;
}

/* Does the file have one row of it for all? */
static gboolean
is_repeated(const TorporNumbers *numbers)
{
    return numbers->rank > 0 && numbers->shape[0] != numbers->array.shape[0];
}

/* The number of rows that one row stands for is only said by the file. */
static gboolean
check_repeated(const TorporSeries *series, const TorporNumbers *numbers, GError **error)
{
    if (!is_repeated(numbers) || numbers->count <= MAX_REPEATED)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                "'%s', \"%s\": one row stands for %" G_GUINT64_FORMAT
                " numbers, which are too many to plot",
                series->opened->file->path, series->path, numbers->count);
    return FALSE;
}

/* Which object each number is of: the ragged field at `path` has counts. */
static gboolean
find_objects(TorporSeries *series, const char *path, const TorporNode *node,
             const TorporNumbers *numbers, GError **error)
{
    g_autofree char *counts = g_strconcat(path, "/" TORPOR_KEY_COUNTS, NULL);
    series->n_numbers = numbers->count;
    series->n_objects = numbers->rank > 0 ? numbers->shape[0] : 1;
    series->row_elements = series->n_objects > 0 ? numbers->count / series->n_objects : 0;
    series->is_ragged = torpor_node_is_ragged(node);
    if (!series->is_ragged)
        return check_repeated(series, numbers, error);
    if (!torpor_numbers_init(&series->counts, series->opened->file, series->layout, counts,
                             torpor_map_get(node, TORPOR_KEY_COUNTS)) ||
        series->counts.dtype->id != TORPOR_DTYPE_UINT64 || series->counts.rank != 1)
        return invalid(series, error, "expected `counts` of dtype uint64 beside `values`");
    series->n_objects = series->counts.count;
    series->has_counts = !is_repeated(&series->counts);
    return series->has_counts ||
           torpor_numbers_read(&series->counts, 0, 1, &series->row_elements, error);
}

/* ---- kinds of plots ---- */

static gboolean
is_time(const TorporNumbers *numbers)
{
    return numbers->unit != NULL &&
           torpor_unit_same_dimension(numbers->unit, torpor_unit_lookup("s", NULL));
}

static gboolean
choose_kind(TorporSeries *series, const TorporSeriesOptions *options, const TorporNode *node,
            const TorporNumbers *numbers, GError **error)
{
    static const char *const names[] = {[TORPOR_PLOT_HISTOGRAM] = "histogram",
                                        [TORPOR_PLOT_RASTER] = "raster",
                                        [TORPOR_PLOT_COURSE] = "course"};
    if (options->over != NULL)
        series->kind = TORPOR_PLOT_COURSE;
    else if (options->kind == NULL)
        series->kind = torpor_node_is_ragged(node) && is_time(numbers) ? TORPOR_PLOT_RASTER
                                                                       : TORPOR_PLOT_HISTOGRAM;
    for (guint i = 0; options->kind != NULL && i < G_N_ELEMENTS(names); i++)
        if (strcmp(options->kind, names[i]) == 0) {
            series->kind = i;
            if (options->over != NULL && i != TORPOR_PLOT_COURSE)
                return invalid(series, error, "--over is for --kind course");
            return TRUE;
        }
    return options->kind == NULL ||
           invalid(series, error, "--kind: expected histogram, raster or course, found \"%s\"",
                   options->kind);
}

static gboolean
check_same_count(const TorporSeries *series, const char *other, GError **error)
{
    if (!series->has_x || !series->has_y || series->x.count == series->y.count)
        return TRUE;
    return invalid(series, error,
                   "it has %" G_GUINT64_FORMAT " numbers, but \"%s\" has %" G_GUINT64_FORMAT,
                   series->kind == TORPOR_PLOT_RASTER ? series->x.count : series->y.count, other,
                   series->kind == TORPOR_PLOT_RASTER ? series->y.count : series->x.count);
}

/* `times` and `senders` of recorded events. */
static gboolean
init_events(TorporSeries *series, const TorporNode *node, GError **error)
{
    const TorporNode *times = torpor_map_get(node, TORPOR_KEY_TIMES);
    const TorporNode *senders = torpor_map_get(node, TORPOR_KEY_SENDERS);
    g_autofree char *times_path = g_strconcat(series->path, "/times", NULL);
    g_autofree char *senders_path = g_strconcat(series->path, "/senders", NULL);
    series->kind = TORPOR_PLOT_RASTER;
    series->has_x = series->has_y = TRUE;
    return find_numbers(series, times_path, times, &series->x, error) &&
           find_numbers(series, senders_path, senders, &series->y, error) &&
           check_same_count(series, "senders", error) &&
           find_objects(series, times_path, times, &series->x, error);
}

static gboolean
find_y_counts(TorporSeries *series, GError **error)
{
    g_autofree char *path = g_strconcat(series->path, "/" TORPOR_KEY_COUNTS, NULL);
    const TorporNode *node = torpor_opened_lookup(series->opened, path, error);
    return node != NULL && find_numbers(series, path, node, &series->y_counts, error) &&
           ((series->y_counts.dtype->id == TORPOR_DTYPE_UINT64 &&
             series->y_counts.count == series->n_objects) ||
            invalid(series, error, "it has not the same objects as times"));
}

/* A recorded quantity over the times of its events, a line for each sender. */
static gboolean
init_quantity(TorporSeries *series, const char *events, const TorporNode *node, GError **error)
{
    g_autofree char *times = g_strconcat(events, "/" TORPOR_KEY_TIMES, NULL);
    g_autofree char *senders = g_strconcat(events, "/" TORPOR_KEY_SENDERS, NULL);
    const TorporNode *times_node = torpor_opened_lookup(series->opened, times, error);
    series->kind = TORPOR_PLOT_COURSE;
    series->has_x = series->has_y = series->is_quantity = TRUE;
    return find_numbers(series, series->path, node, &series->y, error) &&
           find_numbers(series, times, times_node, &series->x, error) &&
           find_numbers(series, senders, torpor_opened_lookup(series->opened, senders, error),
                        &series->senders, error) &&
           (series->senders.count == series->x.count ||
            invalid(series, error, "its events have not as many senders as times")) &&
           find_objects(series, times, times_node, &series->x, error) &&
           find_y_counts(series, error);
}

static gboolean
init_x(TorporSeries *series, const char *over, GError **error)
{
    if (over == NULL)
        return TRUE;
    const TorporNode *node = torpor_opened_lookup(series->opened, over, error);
    series->has_x = TRUE;
    return node != NULL && find_numbers(series, over, node, &series->x, error) &&
           check_same_count(series, over, error);
}

static gboolean
init_numbers(TorporSeries *series, const TorporNode *node, const TorporSeriesOptions *options,
             GError **error)
{
    if (!find_numbers(series, series->path, node, &series->y, error) ||
        !find_objects(series, series->path, node, &series->y, error) ||
        !choose_kind(series, options, node, &series->y, error))
        return FALSE;
    series->has_x = series->kind == TORPOR_PLOT_RASTER;
    series->has_y = !series->has_x;
    if (series->has_x && series->is_ragged)
        series->x = series->y; /* the rows are those of the objects */
    else if (series->has_x)
        return invalid(series, error,
                       "a raster needs a ragged field, or a map with the ragged fields times and "
                       "senders");
    return init_x(series, options->over, error);
}

/* ---- some of the objects ---- */

static gboolean
has_label(const GArray *labels, const char *name, const char *value)
{
    for (guint i = 0; i < labels->len; i++) {
        const TorporLabel *label = &g_array_index(labels, TorporLabel, i);
        if (strcmp(label->name, name) == 0 && strcmp(label->value, value) == 0)
            return TRUE;
    }
    return FALSE;
}

/* A path within the population, by which its labels are found. */
static char *
labelled_path(const TorporSeries *series)
{
    return g_strconcat(series->path, series->is_ragged ? "/" TORPOR_KEY_VALUES : "", NULL);
}

static gboolean
choose_objects(TorporSeries *series, const char *only, GError **error)
{
    g_auto(GStrv) words = g_strsplit(only, "=", 2);
    g_autofree char *path = labelled_path(series);
    if (words[0] == NULL || words[1] == NULL)
        return invalid(series, error, "--only: expected LABEL=VALUE, such as node=3, found \"%s\"",
                       only);
    if (series->n_objects > MAX_LABELLED)
        return invalid(series, error, "--only: it has more than a million objects");
    series->chosen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint64 object = 0; object < series->n_objects; object++) {
        g_autoptr(GArray) labels = torpor_labels_of(series->opened->tree, series->opened->file,
                                                    series->layout, path, object);
        if (has_label(labels, words[0], words[1]))
            g_hash_table_add(series->chosen, g_memdup2(&object, sizeof object));
    }
    if (g_hash_table_size(series->chosen) > 0)
        return TRUE;
    g_autoptr(GArray) labels =
        torpor_labels_of(series->opened->tree, series->opened->file, series->layout, path, 0);
    g_autofree char *first = torpor_labels_text(labels);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
                "'%s', \"%s\": none of its objects is %s; the first one is %s",
                series->opened->file->path, series->path, only,
                first[0] != '\0' ? first : "without labels");
    return FALSE;
}

/* ---- events of recorders that record quantities ---- */

static void
drop_objects(TorporSeries *series, const guint64 *counts)
{
    if (series->chosen == NULL) {
        series->chosen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
        for (guint64 object = 0; object < series->n_objects; object++)
            g_hash_table_add(series->chosen, g_memdup2(&object, sizeof object));
    }
    for (guint64 object = 0; object < series->n_objects; object++)
        if (counts[object] > 0)
            g_hash_table_remove(series->chosen, &object);
}

static gboolean
is_recorded(const TorporSeries *series, const guint64 *counts)
{
    for (guint64 object = 0; object < series->n_objects; object++)
        if (counts[object] > 0 &&
            (series->chosen == NULL || g_hash_table_contains(series->chosen, &object)))
            return TRUE;
    return FALSE;
}

/* The samples of a multimeter are no spikes: its events are left out of a raster. *first is the
 * first quantity that was left out. */
static gboolean
leave_out_quantities(TorporSeries *series, const TorporNode *events, const TorporNode **first,
                     GError **error)
{
    if (series->n_objects > MAX_LABELLED)
        return TRUE;
    g_autofree guint64 *counts = g_new0(guint64, series->n_objects);
    for (const TorporNode *quantity = torpor_events_next_quantity(events, NULL); quantity != NULL;
         quantity = torpor_events_next_quantity(events, quantity)) {
        g_autofree char *path =
            g_strdup_printf("%s/%s/" TORPOR_KEY_COUNTS, series->path, quantity->key);
        TorporNumbers numbers;
        if (!find_numbers(series, path, torpor_map_get(quantity, TORPOR_KEY_COUNTS), &numbers,
                          error))
            return FALSE;
        if (numbers.dtype->id != TORPOR_DTYPE_UINT64 || numbers.count != series->n_objects)
            continue;
        if (!torpor_numbers_read(&numbers, 0, series->n_objects, counts, error))
            return FALSE;
        if (!is_recorded(series, counts))
            continue;
        drop_objects(series, counts);
        *first = *first != NULL ? *first : quantity;
    }
    return TRUE;
}

/* Where there are only quantities, the first of them is shown. */
static gboolean
init_quantity_instead(TorporSeries *series, const TorporNode *quantity,
                      const TorporSeriesOptions *options, GError **error)
{
    g_autofree char *path = g_strdup_printf("%s/%s", series->path, quantity->key);
    const TorporOpened *opened = series->opened;
    const TorporLayout *layout = series->layout;
    torpor_series_clear(series);
    return torpor_series_init(series, opened, layout, path, options, error);
}

static gboolean
is_course(const TorporSeriesOptions *options)
{
    return options->kind == NULL || strcmp(options->kind, "course") == 0;
}

gboolean
torpor_series_init(TorporSeries *series, const TorporOpened *opened, const TorporLayout *layout,
                   const char *path, const TorporSeriesOptions *options, GError **error)
{
    *series = (TorporSeries){
        .opened = opened, .layout = layout, .path = g_strdup(path[0] == '/' ? path + 1 : path)};
    const TorporNode *node = torpor_opened_lookup(opened, path, error);
    if (node == NULL)
        return FALSE;
    series->title = options->only != NULL ? g_strdup_printf("%s, %s", series->path, options->only)
                                          : g_strdup(series->path);
    g_autofree char *events = options->over == NULL && is_course(options)
                                  ? torpor_events_path(opened, series->path)
                                  : NULL;
    gboolean done = torpor_node_is_events(node) ? init_events(series, node, error)
                    : events != NULL            ? init_quantity(series, events, node, error)
                                                : init_numbers(series, node, options, error);
    if (!done || (options->only != NULL && !choose_objects(series, options->only, error)))
        return FALSE;
    const TorporNode *quantity = NULL;
    if (torpor_node_is_events(node) && options->kind == NULL &&
        !leave_out_quantities(series, node, &quantity, error))
        return FALSE;
    if (quantity != NULL && g_hash_table_size(series->chosen) == 0)
        return init_quantity_instead(series, quantity, options, error);
    return options->unit == NULL ||
           torpor_numbers_convert(torpor_series_numbers(series), options->unit, error);
}

void
torpor_series_clear(TorporSeries *series)
{
    g_clear_pointer(&series->chosen, g_hash_table_unref);
    g_clear_pointer(&series->path, g_free);
    g_clear_pointer(&series->title, g_free);
}

TorporNumbers *
torpor_series_numbers(TorporSeries *series)
{
    return series->kind == TORPOR_PLOT_RASTER ? &series->x : &series->y;
}

gboolean
torpor_series_adapt(TorporSeries *other, TorporSeries *first, GError **error)
{
    const TorporNumbers *numbers = torpor_series_numbers(first);
    TorporNumbers *others = torpor_series_numbers(other);
    if (first->kind != other->kind)
        return invalid(other, error, "it is not of the same kind in both files; use --kind");
    if (numbers->unit == NULL || others->unit == NULL)
        return TRUE;
    g_autofree char *unit = torpor_unit_to_text(numbers->unit);
    return torpor_numbers_convert(others, unit, error);
}
