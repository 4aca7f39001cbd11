#include "restore/nested.h"

#include <string.h>

#include "checkpoint/nested_layout.h"
#include "host/section_names.h"
#include "host/type_check.h"

/* A copy in which entries of maps can be changed. All else it shares with `node`. */
static TorporNode *
copy_maps(TorporTree *tree, const TorporNode *node)
{
    TorporNode *copy = torpor_node_new(tree, node->kind);
    if (node->kind != TORPOR_NODE_MAP)
        copy->value = node->value;
    else
        for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next)
            torpor_map_append(tree, copy, child->key, child->key_length, copy_maps(tree, child));
    torpor_map_index(tree, copy);
    return copy;
}

static gboolean
read_type(const TorporMigrator *migrator, const TorporNode *nested, const struct torpor_type **type,
          guint64 *version, GError **error)
{
    const char *name = torpor_nested_layout_text(nested, TORPOR_KEY_TYPE);
    *type = torpor_registry_find(migrator->catalogue->types, name);
    if (name != NULL && torpor_checkpoint_file_uint(nested, TORPOR_KEY_VERSION, version))
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "%s: expected type and version of a nested type, found none", nested->key);
    return FALSE;
}

/* The map of a nested type. */
static TorporNode *
find_map(TorporNode *root, const char *path, GError **error)
{
    g_auto(GStrv) keys = g_strsplit(path, "/", -1);
    /* The root is of no nested type, and no path has an empty key: it would lead back to a map. */
    TorporNode *node = keys[0] == NULL ? NULL : root;
    gboolean is_in_maps = TRUE;
    for (char **key = keys; *key != NULL && node != NULL; key++) {
        is_in_maps = is_in_maps && node->kind == TORPOR_NODE_MAP;
        node = **key == '\0' ? NULL : torpor_node_lookup(node, *key, NULL, NULL);
    }
    if (node != NULL && node->kind == TORPOR_NODE_MAP && is_in_maps)
        return node;
    if (node != NULL && node->kind == TORPOR_NODE_MAP)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "%s: expected maps on the way to a nested type", path);
    else
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "%s: expected the map of a nested type, found %s", path,
                    node == NULL ? "none" : torpor_node_kind_name(node->kind));
    return NULL;
}

/* Migrate one nested type in `root`. */
static gboolean
migrate_one(TorporMigrator *migrator, const TorporNode *nested, const struct torpor_type *type,
            guint64 version, TorporNode *root, GError **error)
{
    TorporNode *map = find_map(root, nested->key, error);
    if (map == NULL)
        return FALSE;
    gboolean has_columns = migrator->has_columns;
    migrator->has_columns = torpor_nested_layout_text(nested, TORPOR_KEY_CODEC) == NULL;
    const TorporNode *migrated = torpor_migrate(migrator, type, version, nested->key, map, error);
    migrator->has_columns = has_columns;
    if (migrated == NULL) {
        g_prefix_error(error, "%s: ", nested->key);
        return FALSE;
    }
    map->value.map = migrated->value.map;
    return TRUE;
}

const TorporNode *
torpor_nested_migrate(TorporMigrator *migrator, const TorporNode *entry, const TorporNode *node,
                      GError **error)
{
    const TorporNode *nested = torpor_nested_layout_of(entry);
    g_autoptr(GPtrArray) outermost_first = g_ptr_array_new();
    for (TorporNode *one = nested == NULL ? NULL : nested->value.map.first; one != NULL;
         one = one->next)
        g_ptr_array_add(outermost_first, one);
    TorporNode *copy = NULL;
    for (guint i = outermost_first->len; i > 0; i--) {
        const TorporNode *one = g_ptr_array_index(outermost_first, i - 1);
        const struct torpor_type *type;
        guint64 version;
        if (!read_type(migrator, one, &type, &version, error))
            return NULL;
        if (type == NULL || version == type->version)
            continue;
        if (copy == NULL)
            copy = copy_maps(migrator->tree, node);
        if (!migrate_one(migrator, one, type, version, copy, error))
            return NULL;
    }
    return copy != NULL ? copy : node;
}

/* "type "spine"", "type "spine" by the codec of "spine"" */
static char *
describe(const char *type, const char *codec)
{
    return codec == NULL ? g_strdup_printf("type \"%s\"", type)
                         : g_strdup_printf("type \"%s\" by the codec of \"%s\"", type, codec);
}

/* Check one nested field. `one` is its entry in the layout; NULL: there is none. */
static gboolean
check_one(const TorporNode *one, const char *path, const struct torpor_type *type,
          const struct torpor_codec *codec, GError **error)
{
    const char *found_type = one == NULL ? NULL : torpor_nested_layout_text(one, TORPOR_KEY_TYPE);
    guint64 version = 0;
    gboolean is_same_version = found_type != NULL &&
                               torpor_checkpoint_file_uint(one, TORPOR_KEY_VERSION, &version) &&
                               version == type->version;
    g_autofree char *expected =
        describe(type->name, is_same_version && codec != NULL ? codec->type : NULL);
    g_autofree char *found =
        describe(found_type == NULL ? "" : found_type,
                 is_same_version ? torpor_nested_layout_text(one, TORPOR_KEY_CODEC) : NULL);
    if (strcmp(expected, found) == 0)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH, "%s: expected a nested %s, found %s",
                path, expected, found);
    return FALSE;
}

static gboolean
check_below(const TorporNode *nested, const TorporNode *node, const char *prefix,
            const struct torpor_type *type, const TorporCatalogue *catalogue, GError **error)
{
    for (guint32 i = 0; i < type->n_fields; i++) {
        const struct torpor_field *field = &type->fields[i];
        const TorporNode *columns =
            field->kind == TORPOR_FIELD_NESTED ? torpor_map_get(node, field->name) : NULL;
        if (columns == NULL)
            continue;
        const struct torpor_type *inner = torpor_registry_find(catalogue->types, field->target);
        const struct torpor_codec *codec = torpor_catalogue_codec(catalogue, inner);
        g_autoptr(GString) path = g_string_new(prefix);
        torpor_path_append(path, field->name, strlen(field->name));
        const TorporNode *one =
            nested == NULL ? NULL : torpor_map_find(nested, path->str, path->len);
        if (!check_one(one, path->str, inner, codec, error))
            return FALSE;
        if (codec == NULL && !check_below(nested, columns, path->str, inner, catalogue, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
torpor_nested_check(const TorporNode *entry, const TorporNode *node, const struct torpor_type *type,
                    const TorporCatalogue *catalogue, GError **error)
{
    return check_below(torpor_nested_layout_of(entry), node, "", type, catalogue, error);
}
