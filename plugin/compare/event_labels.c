#include "compare/event_labels.h"

#include <string.h>

#include "compare/groups.h"
#include "compare/labels.h"
#include "host/section_names.h"
#include "msgpack/stored.h"
#include "value/element.h"

/* The array of one dimension that a ragged field has under `key`, or NULL. */
static const TorporArray *
array_of(const TorporNode *field, const char *key)
{
    const TorporNode *node =
        field != NULL && field->kind == TORPOR_NODE_MAP ? torpor_map_get(field, key) : NULL;
    if (node != NULL && node->kind == TORPOR_NODE_QUANTITY)
        node = node->value.quantity.mantissa;
    return node != NULL && node->kind == TORPOR_NODE_ARRAY && node->value.array->rank == 1
               ? node->value.array
               : NULL;
}

/* Where the numbers of an object begin in the values of this field, and how many there are. */
static gboolean
find_span(const TorporSide *side, const TorporNode *field, guint64 object, guint64 *first,
          guint64 *count)
{
    const TorporArray *counts = array_of(field, TORPOR_KEY_COUNTS);
    return counts != NULL && counts->dtype->id == TORPOR_DTYPE_UINT64 &&
           torpor_groups_span(side->file, counts, object, first, count);
}

static void
append(GArray *labels, const TorporSide *side, const char *name, const TorporNode *field,
       guint64 index)
{
    guint8 bytes[8];
    const TorporArray *values = array_of(field, TORPOR_KEY_VALUES);
    if (values == NULL || torpor_element_components(values->dtype) != 1 ||
        values->dtype->size > sizeof bytes || index >= values->shape[0] ||
        !torpor_array_read(side->file, values, index * values->dtype->size, values->dtype->size,
                           bytes, NULL))
        return;
    TorporLabel label = {g_strdup(name), torpor_element_text(values->dtype, bytes), FALSE};
    g_array_append_val(labels, label);
}

void
torpor_event_labels_append(GArray *labels, TorporTree *tree, const TorporSide *side,
                           const char *path, guint64 object, guint64 place)
{
    g_autofree char *field_path = g_path_get_dirname(path);
    g_autofree char *events_path = g_path_get_dirname(field_path);
    const TorporNode *field = torpor_tree_lookup(tree, field_path, NULL),
                     *events = torpor_tree_lookup(tree, events_path, NULL);
    if (field == NULL || events == NULL || events->kind != TORPOR_NODE_MAP)
        return;
    const TorporNode *times = torpor_map_get(events, TORPOR_KEY_TIMES),
                     *senders = torpor_map_get(events, TORPOR_KEY_SENDERS);
    guint64 first, count, first_event, n_events;
    if (field == times || field == senders || !find_span(side, field, object, &first, &count) ||
        !find_span(side, times, object, &first_event, &n_events) || count != n_events)
        return;
    append(labels, side, "sender", senders, first_event + (place - first));
    append(labels, side, "time", times, first_event + (place - first));
}
