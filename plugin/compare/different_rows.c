#include "compare/different_rows.h"

#include "compare/event_labels.h"
#include "compare/groups.h"
#include "compare/labels.h"
#include "host/section_names.h"
#include "msgpack/stored.h"
#include "value/element.h"

static char *
element_at(const TorporColumn *column, guint64 index)
{
    guint8 bytes[32];
    const TorporArray *array = column->array;
    guint32 size = array->dtype->size;
    guint64 offset = index * size % array->byte_length; /* in the stored row, if there is one */
    if (size > sizeof bytes || !torpor_array_read(column->file, array, offset, size, bytes, NULL))
        return g_strdup("(cannot be read)");
    return torpor_element_text(array->dtype, bytes);
}

/* The object that this row belongs to; for the values of a ragged field, by its counts. FALSE if
 * rows are not objects, or this is not known. */
static gboolean
find_object(const TorporRowSource *source, guint64 row, guint64 *object)
{
    *object = row;
    if (!g_str_has_prefix(source->path, TORPOR_SECTION_POPULATIONS "/"))
        return FALSE;
    if (!g_str_has_suffix(source->path, "/" TORPOR_KEY_VALUES))
        return TRUE;
    const TorporNode *counts = torpor_map_get(source->parent, TORPOR_KEY_COUNTS);
    if (counts == NULL || counts->kind != TORPOR_NODE_ARRAY || counts->value.array->rank != 1 ||
        counts->value.array->dtype->id != TORPOR_DTYPE_UINT64)
        return FALSE;
    guint64 count;
    if (counts->value.array->shape[0] != 1)
        return torpor_groups_find(source->side->file, counts->value.array, row, object);
    if (!torpor_array_read(source->side->file, counts->value.array, 0, sizeof count, &count,
                           NULL) ||
        count == 0)
        return FALSE;
    *object = row / count; /* each object has this many values */
    return TRUE;
}

static void
different_row_clear(gpointer data)
{
    TorporDifferentRow *row = data;
    g_array_unref((GArray *)row->labels);
    g_free((char *)row->a);
    g_free((char *)row->b);
}

static TorporDifferentRow
different_row(const TorporRowSource *source, const TorporColumn *a, const TorporColumn *b,
              guint64 place, guint64 row)
{
    TorporDifferentRow found = {.a = element_at(a, place), .b = element_at(b, place)};
    if (!find_object(source, row, &found.row)) {
        found.labels = g_array_new(FALSE, FALSE, sizeof(TorporLabel));
        return found;
    }
    GArray *labels = torpor_labels_of(source->tree, source->side->file, source->side->layout,
                                      source->path, found.row);
    if (g_str_has_suffix(source->path, "/" TORPOR_KEY_VALUES))
        torpor_event_labels_append(labels, source->tree, source->side, source->path, found.row,
                                   row);
    found.labels = labels;
    return found;
}

GArray *
torpor_different_rows(const TorporRowSource *source, const TorporColumn *a, const TorporColumn *b,
                      const GArray *places)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(TorporDifferentRow));
    g_array_set_clear_func(rows, different_row_clear);
    for (guint i = 0; i < places->len; i++) {
        guint64 place = g_array_index(places, guint64, i);
        TorporDifferentRow row =
            different_row(source, a, b, place, place / torpor_column_row_elements(a));
        if (i == 0 || row.row != g_array_index(rows, TorporDifferentRow, rows->len - 1).row)
            g_array_append_val(rows, row);
        else
            different_row_clear(&row);
    }
    return rows;
}
