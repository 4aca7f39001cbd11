#include "checkpoint/nested_layout.h"

#include <string.h>

#include "host/section_names.h"
#include "host/type_check.h"

/* A type nests only types that were declared before it, so the recursion ends. */
static void
put_below(TorporTree *tree, TorporNode *entry, const char *prefix, const struct torpor_type *type,
          const TorporCatalogue *catalogue)
{
    for (guint32 i = 0; i < type->n_fields; i++) {
        const struct torpor_field *field = &type->fields[i];
        if (field->kind != TORPOR_FIELD_NESTED)
            continue;
        const struct torpor_type *inner = torpor_registry_find(catalogue->types, field->target);
        const struct torpor_codec *codec = torpor_catalogue_codec(catalogue, inner);
        g_autoptr(GString) path = g_string_new(prefix);
        torpor_path_append(path, field->name, strlen(field->name));
        TorporNode *nested = torpor_map_ensure_map(tree, entry, TORPOR_KEY_NESTED);
        TorporNode *map = torpor_map_put_map(tree, nested, path->str);
        torpor_map_put_text(tree, map, TORPOR_KEY_TYPE, inner->name);
        torpor_map_put_uint(tree, map, TORPOR_KEY_VERSION, inner->version);
        if (codec != NULL)
            torpor_map_put_text(tree, map, TORPOR_KEY_CODEC, codec->type);
        else
            put_below(tree, entry, path->str, inner, catalogue);
    }
}

void
torpor_nested_layout_put(TorporTree *tree, TorporNode *entry, const struct torpor_type *type,
                         const TorporCatalogue *catalogue)
{
    put_below(tree, entry, "", type, catalogue);
}

const TorporNode *
torpor_nested_layout_of(const TorporNode *entry)
{
    const TorporNode *nested = torpor_map_get(entry, TORPOR_KEY_NESTED);
    return nested != NULL && nested->kind == TORPOR_NODE_MAP ? nested : NULL;
}

const char *
torpor_nested_layout_text(const TorporNode *nested, const char *key)
{
    const TorporNode *name = torpor_map_get(nested, key);
    return name == NULL || name->kind != TORPOR_NODE_TEXT ? NULL : name->value.bytes.data;
}
