#include "value/children.h"

/* So many children are looked at one by one. */
#define FEW_CHILDREN 8u

TorporChildren *
torpor_children_new(void)
{
    return g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

void
torpor_children_free(TorporChildren *children)
{
    g_hash_table_unref(children);
}

/* All of them in order; NULL without memory. */
static TorporNode **
children_of(TorporChildren *children, const TorporNode *node)
{
    TorporNode **in_order = g_hash_table_lookup(children, node);
    if (in_order != NULL)
        return in_order;
    in_order = g_try_new(TorporNode *, node->value.map.count);
    if (in_order == NULL)
        return NULL;
    guint64 n = 0;
    for (TorporNode *child = node->value.map.first; child != NULL; child = child->next)
        in_order[n++] = child;
    g_hash_table_insert(children, (gpointer)node, in_order);
    return in_order;
}

TorporNode *
torpor_children_at(TorporChildren *children, const TorporNode *node, guint64 number)
{
    if (number >= node->value.map.count)
        return NULL;
    TorporNode **in_order =
        children == NULL || number < FEW_CHILDREN ? NULL : children_of(children, node);
    if (in_order != NULL)
        return in_order[number];
    TorporNode *child = node->value.map.first;
    for (; number > 0; number--)
        child = child->next;
    return child;
}
