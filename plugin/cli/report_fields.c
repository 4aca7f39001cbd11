#include "cli/report_fields.h"

#include <string.h>

#include "cli/drawing.h"
#include "cli/events.h"
#include "cli/field_list.h"
#include "cli/page.h"
#include "cli/value.h"
#include "compare/labels.h"
#include "compare/side.h"
#include "host/section_names.h"
#include "value/element.h"

#define MAX_FIELDS 1000u
#define MAX_PICTURES 60u
#define MAX_PICTURE_BYTES ((gsize)6 << 20) /* of all pictures; one has a tenth of it at most */
#define MAX_RECORDERS 8u
#define MAX_LISTED 6u

typedef struct {
    GString *page;
    GString *table; /* of the group: fields that have no picture */
    const TorporSummary *sides[2];
    guint n_sides;
    guint n_pictures;
    guint64 n_not_drawn;
    gsize picture_bytes;
} Fields;

/* ---- pictures ---- */

/* FALSE: it cannot be drawn, or there are enough pictures. */
static gboolean
draw(Fields *fields, const char *path, const char *only)
{
    static const TorporDrawingSize size = {.n_bins = 20, .n_columns = 300, .n_rows = 60};
    const TorporSeriesOptions options = {.only = only};
    g_auto(TorporSeries) a = {.path = NULL}, b = {.path = NULL};
    g_auto(TorporDrawing) drawing = {.n_sides = 0};
    const TorporSummary *const *sides = fields->sides;
    if (fields->n_pictures == MAX_PICTURES || fields->picture_bytes > MAX_PICTURE_BYTES) {
        fields->n_not_drawn++;
        return FALSE;
    }
    if (!torpor_series_init(&a, &sides[0]->opened, sides[0]->layout, path, &options, NULL) ||
        strcmp(a.path, path) != 0) /* a quantity, which is drawn as a field of its own */
        return FALSE;
    gboolean has_b =
        fields->n_sides == 2 &&
        torpor_series_init(&b, &sides[1]->opened, sides[1]->layout, path, &options, NULL) &&
        torpor_series_adapt(&b, &a, NULL);
    if (a.n_numbers == 0 && (!has_b || b.n_numbers == 0))
        return FALSE;
    const TorporSeries series[2] = {a, b};
    if (!torpor_drawing_init(&drawing, series, has_b ? 2 : 1, &size, NULL) ||
        torpor_drawing_is_empty(&drawing))
        return FALSE;
    gsize length = fields->page->len;
    g_string_append(fields->page, "<figure>\n");
    torpor_drawing_append_svg(&drawing, fields->page);
    g_string_append(fields->page, "</figure>\n");
    fields->picture_bytes += fields->page->len - length;
    fields->n_pictures++;
    return TRUE;
}

/* A picture for each recorder: objects of one label are of the same one. `events`: their path. */
static void
draw_recorders(Fields *fields, const TorporField *field, const char *events)
{
    const TorporSummary *side = fields->sides[0];
    g_autofree char *times = g_strconcat(events, "/" TORPOR_KEY_TIMES, NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint n_drawn = 0;
    for (guint64 object = 0; n_drawn < MAX_RECORDERS && object < 64; object++) {
        g_autoptr(GArray) labels =
            torpor_labels_of(side->opened.tree, side->opened.file, side->layout, times, object);
        if (labels->len == 0)
            break;
        const TorporLabel *label = &g_array_index(labels, TorporLabel, 0);
        char *only = g_strdup_printf("%s=%s", label->name, label->value);
        if (g_hash_table_add(seen, only))
            n_drawn += draw(fields, field->path, only);
    }
    if (g_hash_table_size(seen) == 0)
        draw(fields, field->path, NULL);
}

/* ---- the table ---- */

/* "0.5 mV", "1, 2, 3". NULL: they are many, or have no text. */
static char *
few_numbers_text(const TorporNumbers *numbers)
{
    guint8 elements[MAX_LISTED * 32];
    guint32 size = numbers->dtype->size;
    guint64 n = numbers->array.byte_length / numbers->array.dtype->size; /* in the file */
    if (n == 0 || n > MAX_LISTED || size > 32 || !torpor_dtype_has_text(numbers->dtype) ||
        !torpor_numbers_read(numbers, 0, n, elements, NULL))
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *unit =
        numbers->unit != NULL ? torpor_unit_to_text(numbers->unit) : g_strdup("");
    for (guint64 i = 0; i < n; i++) {
        g_string_append(text, i > 0 ? ", " : "");
        torpor_number_append(text, numbers->dtype, elements + i * size);
    }
    g_string_append_printf(text, "%s%s", unit[0] != '\0' ? " " : "", unit);
    if (n != numbers->count)
        g_string_append_printf(text, " (all %" G_GUINT64_FORMAT ")", numbers->shape[0]);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* A few numbers, the shape of many; texts. */
static char *
value_text(const TorporSummary *side, const char *path)
{
    TorporNumbers numbers;
    const TorporNode *node = torpor_opened_lookup(&side->opened, path, NULL);
    if (node == NULL)
        return g_strdup("–");
    if (torpor_node_is_ragged(node)) {
        g_autofree char *values = g_strconcat(path, "/" TORPOR_KEY_VALUES, NULL);
        return value_text(side, values);
    }
    const TorporSide words = {side->opened.file, side->layout};
    char *text = torpor_numbers_init(&numbers, side->opened.file, side->layout, path, node)
                     ? few_numbers_text(&numbers)
                     : NULL;
    return text != NULL ? text : torpor_side_node_text(&words, path, node);
}

static void
append_value(Fields *fields, const TorporField *field)
{
    gsize group_length = strlen(field->group);
    const char *name = group_length > 0 ? field->path + group_length + 1 : field->path;
    g_autofree char *a = value_text(fields->sides[0], field->path);
    g_autofree char *b =
        fields->n_sides == 2 ? value_text(fields->sides[1], field->path) : g_strdup(a);
    g_string_append(fields->table, strcmp(a, b) != 0 ? "<tr class=\"different\">\n" : "<tr>\n");
    torpor_page_element(fields->table, "th", NULL, name);
    torpor_page_element(fields->table, "td", NULL, a);
    if (fields->n_sides == 2)
        torpor_page_element(fields->table, "td", NULL, b);
    g_string_append(fields->table, "</tr>\n");
}

static void
end_table(Fields *fields)
{
    if (fields->table->len > 0)
        g_string_append_printf(fields->page, "<table>\n%s</table>\n", fields->table->str);
    g_string_truncate(fields->table, 0);
}

/* ---- both ---- */

/* Real numbers that are not all equal. Integers are ids, flags and counts mostly. */
static gboolean
is_drawn(const Fields *fields, const TorporField *field)
{
    const TorporSummary *side = fields->sides[0];
    TorporNumbers numbers;
    if (torpor_node_is_ragged(field->node))
        return TRUE;
    return torpor_numbers_init(&numbers, side->opened.file, side->layout, field->path,
                               field->node) &&
           torpor_element_components(numbers.dtype) == 1 &&
           !torpor_element_is_integer(numbers.dtype) && numbers.rank > 0 &&
           numbers.array.shape[0] > 1 && numbers.count > 1;
}

static void
append_field(Fields *fields, const TorporField *field)
{
    g_autofree char *events = torpor_node_is_events(field->node)
                                  ? g_strdup(field->path)
                                  : torpor_events_path(&fields->sides[0]->opened, field->path);
    if (events != NULL)
        draw_recorders(fields, field, events);
    else if (!is_drawn(fields, field) || !draw(fields, field->path, NULL))
        append_value(fields, field);
}

static void
append_rest(Fields *fields, guint64 n_more)
{
    if (n_more + fields->n_not_drawn == 0)
        return;
    g_autofree char *text = g_strdup_printf(
        "The page is kept small: %" G_GUINT64_FORMAT " fields are left out, and %" G_GUINT64_FORMAT
        " have no picture. torpor ls lists them, torpor plot draws them.",
        n_more, fields->n_not_drawn);
    torpor_page_element(fields->page, "p", "faint", text);
}

void
torpor_report_append_fields(GString *page, const TorporSummary *a, const TorporSummary *b)
{
    guint64 n_more;
    g_autoptr(GArray) list =
        torpor_field_list(&a->opened, a->layout, a->is_checkpoint, MAX_FIELDS, &n_more);
    g_autoptr(GString) table = g_string_new(NULL);
    g_auto(TorporProgress) progress;
    Fields fields = {.page = page, .table = table, .sides = {a, b}, .n_sides = b != NULL ? 2 : 1};
    const char *group = NULL;
    torpor_progress_init(&progress, "drawing");
    torpor_page_element(page, "h2", NULL, a->is_checkpoint ? "Populations" : "Values");
    for (guint i = 0; i < list->len; i++) {
        const TorporField *field = &g_array_index(list, TorporField, i);
        if (g_strcmp0(group, field->group) != 0) {
            end_table(&fields);
            group = field->group;
            if (group[0] != '\0')
                torpor_page_element(page, "h3", NULL, group);
        }
        append_field(&fields, field);
        torpor_progress_update(&progress, i + 1, list->len);
    }
    end_table(&fields);
    append_rest(&fields, n_more);
}
