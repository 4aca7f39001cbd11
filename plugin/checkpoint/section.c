#include "checkpoint/section.h"

#include <string.h>

#include "msgpack/format.h"

/* Messages have so many bytes of a path that is none. */
#define MOST_SHOWN 60u

TorporSection *
torpor_section_new(TorporTree *tree, const char *name)
{
    TorporSection *section = g_new0(TorporSection, 1);
    section->tree = tree;
    section->map = torpor_map_put_map(tree, torpor_tree_root(tree), name);
    section->name = name;
    section->entries = g_hash_table_new(NULL, NULL);
    return section;
}

void
torpor_section_free(TorporSection *section)
{
    if (section == NULL)
        return;
    g_hash_table_unref(section->entries);
    g_free(section);
}

/* The beginning of a path, which may be any bytes. */
static char *
shorten(const char *path)
{
    g_autofree char *first = g_strndup(path, MOST_SHOWN);
    g_autofree char *shown = g_strescape(first, NULL);
    return g_strconcat(shown, strlen(path) > MOST_SHOWN ? "..." : NULL, NULL);
}

static gboolean
check_path(const TorporSection *section, const char *path, GError **error)
{
    gboolean valid = path != NULL && g_utf8_validate(path, -1, NULL);
    gsize n_levels = 0;
    for (const char *level = path; valid && level != NULL; n_levels++) {
        const char *slash = strchr(level, '/');
        valid = level[0] != '\0' && slash != level;
        level = slash == NULL ? NULL : slash + 1;
    }
    if (valid && n_levels <= TORPOR_MAX_DEPTH)
        return TRUE;
    g_autofree char *shown = shorten(path == NULL ? "NULL" : path);
    if (valid)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "%s: the path \"%s\" has %" G_GSIZE_FORMAT
                    " levels, and a file has no more than %u",
                    section->name, shown, n_levels, TORPOR_MAX_DEPTH);
    else
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "%s: \"%s\" is no path: expected names in UTF-8, separated by '/'",
                    section->name, shown);
    return FALSE;
}

TorporNode *
torpor_section_add(TorporSection *section, const char *path, GError **error)
{
    if (!check_path(section, path, error))
        return NULL;
    TorporNode *node = section->map;
    for (const char *level = path; level != NULL;) {
        const char *slash = strchr(level, '/');
        gsize length = slash == NULL ? strlen(level) : (gsize)(slash - level);
        torpor_map_index(section->tree, node);
        TorporNode *inner = torpor_map_find(node, level, length);
        if (inner != NULL && (slash == NULL || g_hash_table_contains(section->entries, inner))) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS,
                        "%s/%s: \"%.*s\" is listed already; paths must not be equal or lie inside "
                        "each other",
                        section->name, path, (int)(level - path + (gssize)length), path);
            return NULL;
        }
        if (inner == NULL) {
            inner = torpor_node_new(section->tree, TORPOR_NODE_MAP);
            torpor_map_append(section->tree, node, level, (gssize)length, inner);
        }
        node = inner;
        level = slash == NULL ? NULL : slash + 1;
    }
    g_hash_table_add(section->entries, node);
    return node;
}

static void
append_keys(GString *path, char **keys)
{
    for (char **key = keys; *key != NULL; key++)
        torpor_path_append(path, *key, strlen(*key));
}

char *
torpor_section_path(const char *name, const char *path, char **keys)
{
    g_autoptr(GString) in_tree = g_string_new(name);
    g_auto(GStrv) levels = g_strsplit(path, "/", -1);
    append_keys(in_tree, levels);
    if (keys != NULL)
        append_keys(in_tree, keys);
    return g_string_free(g_steal_pointer(&in_tree), FALSE);
}

TorporNode *
torpor_section_find(const TorporNode *map, const char *path)
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

/* `known`: the map of this section at the same path. */
static gboolean
report_rest(const TorporSection *section, const TorporNode *known, const TorporNode *map,
            GString *path, TorporReport *report, GError **error)
{
    for (const TorporNode *child = map->value.map.first; child != NULL; child = child->next) {
        gsize length = path->len;
        const TorporNode *same = torpor_map_find(known, child->key, child->key_length);
        gboolean goes_on = TRUE;
        g_string_append_c(path, '/');
        g_string_append_len(path, child->key, child->key_length);
        if (same == NULL)
            goes_on = torpor_report_mismatch(report, TORPOR_STATUS_MISMATCH, path->str,
                                             "nothing of that name",
                                             torpor_node_kind_name(child->kind), error);
        else if (!g_hash_table_contains(section->entries, same) && child->kind == TORPOR_NODE_MAP)
            goes_on = report_rest(section, same, child, path, report, error);
        if (!goes_on)
            return FALSE;
        g_string_truncate(path, length);
    }
    return TRUE;
}

gboolean
torpor_section_report_rest(const TorporSection *section, const TorporNode *map,
                           TorporReport *report, GError **error)
{
    g_autoptr(GString) path = g_string_new(section->name);
    return map == NULL || map->kind != TORPOR_NODE_MAP ||
           report_rest(section, section->map, map, path, report, error);
}
