#include "cli/events.h"

#include <string.h>

#include "host/section_names.h"

gboolean
torpor_node_is_ragged(const TorporNode *node)
{
    return node != NULL && node->kind == TORPOR_NODE_MAP &&
           torpor_map_get(node, TORPOR_KEY_VALUES) != NULL &&
           torpor_map_get(node, TORPOR_KEY_COUNTS) != NULL;
}

gboolean
torpor_node_is_events(const TorporNode *node)
{
    return node != NULL && node->kind == TORPOR_NODE_MAP &&
           torpor_node_is_ragged(torpor_map_get(node, TORPOR_KEY_TIMES)) &&
           torpor_node_is_ragged(torpor_map_get(node, TORPOR_KEY_SENDERS));
}

/* Integers are targets, ports and the like. */
static gboolean
is_quantity(const TorporNode *node)
{
    if (!torpor_node_is_ragged(node) || strcmp(node->key, TORPOR_KEY_TIMES) == 0 ||
        strcmp(node->key, "offsets") == 0) /* of times that are in steps */
        return FALSE;
    const TorporNode *values = torpor_map_get(node, TORPOR_KEY_VALUES);
    if (values->kind == TORPOR_NODE_QUANTITY)
        values = values->value.quantity.mantissa;
    return values->kind == TORPOR_NODE_ARRAY && values->value.array->rank == 1 &&
           values->value.array->dtype->id == TORPOR_DTYPE_FLOAT64;
}

const TorporNode *
torpor_events_next_quantity(const TorporNode *events, const TorporNode *after)
{
    const TorporNode *node = after == NULL ? events->value.map.first : after->next;
    while (node != NULL && !is_quantity(node))
        node = node->next;
    return node;
}

char *
torpor_events_path(const TorporOpened *opened, const char *path)
{
    const char *slash = strrchr(path, '/');
    const TorporNode *node = torpor_opened_lookup(opened, path, NULL);
    if (slash == NULL || node == NULL || node->key == NULL || !is_quantity(node))
        return NULL;
    g_autofree char *parent = g_strndup(path, (gsize)(slash - path));
    return torpor_node_is_events(torpor_opened_lookup(opened, parent, NULL))
               ? g_steal_pointer(&parent)
               : NULL;
}
