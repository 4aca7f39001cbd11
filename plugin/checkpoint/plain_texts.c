#include "checkpoint/plain_texts.h"

#include <string.h>

#include "base/error.h"

static gboolean
has_nul_in_key(const TorporNode *node)
{
    return node->key != NULL && strlen(node->key) != node->key_length;
}

static gboolean
has_nul(const TorporNode *node)
{
    return has_nul_in_key(node) || (node->kind == TORPOR_NODE_TEXT &&
                                    node->value.bytes.data != NULL && !torpor_node_word(node));
}

/* As deep as a decoded tree can be: TORPOR_MAX_DEPTH. */
static const TorporNode *
find_with_nul(const TorporNode *node)
{
    if (node->kind != TORPOR_NODE_MAP && node->kind != TORPOR_NODE_LIST)
        return NULL;
    for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next) {
        const TorporNode *found = has_nul(child) ? child : find_with_nul(child);
        if (found != NULL)
            return found;
    }
    return NULL;
}

TorporTree *
torpor_plain_texts_only(TorporTree *tree, const char *file_name, GError **error)
{
    const TorporNode *found = tree == NULL ? NULL : find_with_nul(torpor_tree_root(tree));
    if (found == NULL)
        return tree;
    gboolean is_key = has_nul_in_key(found);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                "%s: byte %" G_GUINT64_FORMAT
                ": expected a %s without NUL, found \"%s\" with more after it",
                file_name, found->place, is_key ? "key" : "text",
                is_key ? found->key : found->value.bytes.data);
    torpor_tree_free(tree);
    return NULL;
}
