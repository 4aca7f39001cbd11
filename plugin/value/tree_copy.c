#include "value/tree_copy.h"

TorporArray *
torpor_array_copy(TorporTree *tree, const TorporArray *array, guint64 shift)
{
    TorporArray *copy = torpor_tree_alloc(tree, sizeof *copy);
    guint64 *shape = torpor_tree_alloc(tree, sizeof *shape * MAX(array->rank, 1));
    *copy = *array;
    for (guint32 i = 0; i < array->rank; i++)
        shape[i] = array->shape[i];
    copy->shape = shape;
    if (array->n_extents == 0)
        return copy;
    TorporExtent *extents = torpor_tree_alloc(tree, sizeof *extents * array->n_extents);
    for (guint32 i = 0; i < array->n_extents; i++)
        extents[i] = (TorporExtent){array->extents[i].place + shift, array->extents[i].length};
    copy->extents = extents;
    return copy;
}

TorporNode *
torpor_node_copy(TorporTree *tree, const TorporNode *node, guint64 shift)
{
    TorporNode *copy = torpor_node_new(tree, node->kind);
    if (node->kind != TORPOR_NODE_MAP && node->kind != TORPOR_NODE_LIST)
        copy->value = node->value;
    switch (node->kind) {
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        torpor_map_copy_entries(tree, copy, node, shift);
        break;
    case TORPOR_NODE_QUANTITY:
        copy->value.quantity.mantissa =
            torpor_node_copy(tree, node->value.quantity.mantissa, shift);
        break;
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        copy->value.array = torpor_array_copy(tree, node->value.array, shift);
        break;
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        if (node->value.bytes.data != NULL)
            copy->value.bytes.data =
                torpor_tree_strdup(tree, node->value.bytes.data, (gsize)node->value.bytes.length);
        else
            copy->value.bytes.place += shift;
        break;
    default:
        break;
    }
    return copy;
}

void
torpor_map_copy_entries(TorporTree *tree, TorporNode *map, const TorporNode *from, guint64 shift)
{
    for (const TorporNode *child = from->value.map.first; child != NULL; child = child->next)
        torpor_map_append(tree, map, child->key, child->key_length,
                          torpor_node_copy(tree, child, shift));
    torpor_map_index(tree, map);
}
