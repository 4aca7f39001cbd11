#include "save/layout_put.h"

#include <string.h>

#include "checkpoint/nested_layout.h"
#include "host/section_names.h"

/* Place of a field below its population. */
static char *
field_path(char **keys)
{
    g_autoptr(GString) path = g_string_new(NULL);
    for (char **key = keys; *key != NULL; key++)
        torpor_path_append(path, *key, strlen(*key));
    return g_string_free(g_steal_pointer(&path), FALSE);
}

static void
put_hidden(TorporTree *tree, TorporNode *entry, char **keys, guint32 flags)
{
    if ((flags & TORPOR_FIELD_HIDDEN) == 0)
        return;
    TorporNode *hidden = torpor_map_ensure_map(tree, entry, TORPOR_KEY_HIDDEN);
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, hidden->value.map.count);
    g_autofree char *path = field_path(keys);
    torpor_map_put_text(tree, hidden, number, path);
}

/* Names of fields that `torpor ls` shows with --all only. */
static void
put_hidden_fields(TorporTree *tree, TorporNode *entry, const TorporPopulation *population)
{
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(population->live_fields, i);
        put_hidden(tree, entry, live_field->keys, live_field->flags);
    }
    for (guint i = 0; i < population->codec_uses->len; i++) {
        const TorporCodecUse *use = g_ptr_array_index(population->codec_uses, i);
        put_hidden(tree, entry, use->keys, use->flags);
    }
}

/* Which population the indices of a field count in. */
static void
put_references(TorporTree *tree, TorporNode *entry, const TorporPopulation *population)
{
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(population->live_fields, i);
        if (live_field->kind != TORPOR_FIELD_REFERENCE || live_field->field->target == NULL)
            continue;
        TorporNode *references = torpor_map_ensure_map(tree, entry, TORPOR_KEY_REFERENCES);
        g_autofree char *path = field_path(live_field->keys);
        torpor_map_put_text(tree, references, path, live_field->field->target);
    }
}

void
torpor_layout_put(TorporTree *tree, const TorporPopulations *populations,
                  const TorporCatalogue *catalogue)
{
    TorporNode *layout = torpor_map_put_map(tree, torpor_tree_root(tree), TORPOR_SECTION_LAYOUT);
    for (guint i = 0; i < populations->in_order->len; i++) {
        const TorporPopulation *population = g_ptr_array_index(populations->in_order, i);
        TorporNode *entry = torpor_map_put_map(tree, layout, population->listed->path);
        torpor_map_put_text(tree, entry, TORPOR_KEY_TYPE, population->type->name);
        torpor_map_put_uint(tree, entry, TORPOR_KEY_VERSION, population->type->version);
        torpor_map_put_uint(tree, entry, TORPOR_KEY_COUNT, population->listed->count);
        if (population->key_field != NULL)
            torpor_map_put_text(tree, entry, TORPOR_KEY_KEY, population->listed->key);
        if (population->codec != NULL)
            torpor_map_put_text(tree, entry, TORPOR_KEY_CODEC, population->codec->type);
        else
            torpor_nested_layout_put(tree, entry, population->type, catalogue);
        put_hidden_fields(tree, entry, population);
        put_references(tree, entry, population);
    }
}
