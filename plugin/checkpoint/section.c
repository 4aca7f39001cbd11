#include "host/branch.h"

#include <string.h>

TorporBranch *
torpor_branch_new(TorporTree *tree, const char *name)
{
    TorporBranch *branch = g_new0(TorporBranch, 1);
    branch->tree = tree;
    branch->map = torpor_map_put_map(tree, torpor_tree_root(tree), name);
    branch->name = name;
    branch->places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return branch;
}

void
torpor_branch_free(TorporBranch *branch)
{
    if (branch == NULL)
        return;
    g_hash_table_unref(branch->places);
    g_free(branch);
}

static gboolean
check_path(const TorporBranch *branch, const char *path, GError **error)
{
    gboolean valid = path != NULL && g_utf8_validate(path, -1, NULL);
    for (const char *level = path; valid && level != NULL;) {
        const char *slash = strchr(level, '/');
        valid = level[0] != '\0' && slash != level;
        level = slash == NULL ? NULL : slash + 1;
    }
    if (!valid) {
        g_autofree char *shown = path == NULL ? g_strdup("NULL") : g_strescape(path, NULL);
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "%s: \"%s\" is no path: expected names in UTF-8, separated by '/'",
                    branch->name, shown);
    }
    return valid;
}

TorporNode *
torpor_branch_add(TorporBranch *branch, const char *path, GError **error)
{
    if (!check_path(branch, path, error))
        return NULL;
    TorporNode *node = branch->map;
    for (const char *level = path; level != NULL;) {
        const char *slash = strchr(level, '/');
        gsize length = slash == NULL ? strlen(level) : (gsize)(slash - level);
        g_autofree char *so_far = g_strndup(path, (gsize)(level - path) + length);
        gpointer leaf = NULL;
        gboolean is_used = g_hash_table_lookup_extended(branch->places, so_far, NULL, &leaf);
        if (is_used && (slash == NULL || leaf != NULL)) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS,
                        "%s/%s: \"%s\" is listed already; paths must not be equal or lie inside "
                        "each other",
                        branch->name, path, so_far);
            return NULL;
        }
        TorporNode *inner = is_used ? torpor_map_find(node, level, length) : NULL;
        if (inner == NULL) {
            inner = torpor_node_new(branch->tree, TORPOR_NODE_MAP);
            torpor_map_append(branch->tree, node, level, (gssize)length, inner);
            g_hash_table_insert(branch->places, g_steal_pointer(&so_far),
                                slash == NULL ? inner : NULL);
        }
        node = inner;
        level = slash == NULL ? NULL : slash + 1;
    }
    return node;
}

TorporNode *
torpor_branch_find(const TorporNode *map, const char *path)
{
    const TorporNode *node = map;
    for (const char *level = path; node != NULL && level != NULL;) {
        const char *slash = strchr(level, '/');
        gsize length = slash == NULL ? strlen(level) : (gsize)(slash - level);
        node = torpor_map_find(node, level, length);
        level = slash == NULL ? NULL : slash + 1;
    }
    return (TorporNode *)node;
}

static gboolean
report_rest(const TorporBranch *branch, const TorporNode *map, GString *path, TorporReport *report,
            GError **error)
{
    for (const TorporNode *child = map->value.map.first; child != NULL; child = child->next) {
        gsize length = path->len;
        if (length > 0)
            g_string_append_c(path, '/');
        g_string_append_len(path, child->key, child->key_length);
        gpointer leaf = NULL;
        gboolean is_known = g_hash_table_lookup_extended(branch->places, path->str, NULL, &leaf);
        g_autofree char *place = g_strdup_printf("%s/%s", branch->name, path->str);
        gboolean goes_on = is_known
                               ? leaf != NULL || child->kind != TORPOR_NODE_MAP ||
                                     report_rest(branch, child, path, report, error)
                               : torpor_report_mismatch(report, TORPOR_STATUS_MISMATCH, place,
                                                        "nothing of that name",
                                                        torpor_node_kind_name(child->kind), error);
        if (!goes_on)
            return FALSE;
        g_string_truncate(path, length);
    }
    return TRUE;
}

gboolean
torpor_branch_report_rest(const TorporBranch *branch, const TorporNode *map, TorporReport *report,
                          GError **error)
{
    g_autoptr(GString) path = g_string_new(NULL);
    return map == NULL || map->kind != TORPOR_NODE_MAP ||
           report_rest(branch, map, path, report, error);
}
