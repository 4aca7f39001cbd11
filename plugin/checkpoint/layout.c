#include "checkpoint/layout.h"

#include <string.h>

#include "base/text_hash.h"
#include "host/section_names.h"
#include "msgpack/stored.h"

typedef struct {
    char *place;              /* path in the file */
    guint64 count;            /* objects */
    gboolean has_columns;     /* FALSE: a codec made its values */
    const TorporNode *nested; /* map of nested types, some of which may have a codec; NULL: none */
    const TorporNode *hidden; /* list of names; NULL: none */
    const TorporNode *labels; /* NULL: none */
} Population;

struct _TorporLayout {
    GHashTable *populations; /* path in the file -> Population */
    GHashTable *names;       /* path in the file -> array of the texts there; filled on request */
};

static const TorporNode *
find_map(const TorporNode *map, const char *key)
{
    const TorporNode *found = torpor_map_get(map, key);
    return found == NULL || found->kind != TORPOR_NODE_MAP ? NULL : found;
}

/* "neurons/excitatory" -> "populations/neurons/excitatory" */
static char *
column_path(const TorporNode *entry)
{
    g_autofree char *listed = g_strndup(entry->key, entry->key_length);
    g_auto(GStrv) keys = g_strsplit(listed, "/", -1);
    g_autoptr(GString) path = g_string_new(TORPOR_SECTION_POPULATIONS);
    for (char **key = keys; *key != NULL; key++)
        torpor_path_append(path, *key, strlen(*key));
    return g_string_free(g_steal_pointer(&path), FALSE);
}

static void
population_free(gpointer data)
{
    Population *population = data;
    g_free(population->place);
    g_free(population);
}

static void
free_names(gpointer names)
{
    g_ptr_array_unref(names);
}

TorporLayout *
torpor_layout_new(TorporTree *tree)
{
    TorporLayout *layout = g_new0(TorporLayout, 1);
    layout->populations =
        g_hash_table_new_full(torpor_text_hash, g_str_equal, NULL, population_free);
    layout->names = g_hash_table_new_full(torpor_text_hash, g_str_equal, g_free, free_names);
    const TorporNode *root = torpor_tree_root(tree);
    const TorporNode *labels = find_map(find_map(root, TORPOR_SECTION_TREES), TORPOR_KEY_LABELS);
    const TorporNode *entries = torpor_map_get(root, TORPOR_SECTION_LAYOUT);
    if (torpor_map_get(root, TORPOR_SECTION_FORMAT) == NULL || entries == NULL ||
        entries->kind != TORPOR_NODE_MAP)
        return layout;
    for (const TorporNode *entry = entries->value.map.first; entry != NULL; entry = entry->next) {
        const TorporNode *count = torpor_map_get(entry, TORPOR_KEY_COUNT);
        if (count == NULL || count->kind != TORPOR_NODE_INT || count->value.integer < 0)
            continue;
        Population *population = g_new(Population, 1);
        population->count = (guint64)count->value.integer;
        population->has_columns = torpor_map_get(entry, TORPOR_KEY_CODEC) == NULL;
        population->nested = torpor_map_get(entry, TORPOR_KEY_NESTED);
        population->hidden = torpor_map_get(entry, TORPOR_KEY_HIDDEN);
        population->labels =
            labels == NULL ? NULL : torpor_map_find(labels, entry->key, entry->key_length);
        population->place = column_path(entry);
        g_hash_table_replace(layout->populations, population->place, population);
    }
    return layout;
}

void
torpor_layout_free(TorporLayout *layout)
{
    if (layout == NULL)
        return;
    g_hash_table_unref(layout->populations);
    g_hash_table_unref(layout->names);
    g_free(layout);
}

/* The innermost population that this path lies in; *rest is what follows. */
static const Population *
population_of(const TorporLayout *layout, const char *path, const char **rest)
{
    g_autofree char *prefix = g_strdup(path);
    char *slash;
    while ((slash = strrchr(prefix, '/')) != NULL) {
        *slash = '\0';
        const Population *population = g_hash_table_lookup(layout->populations, prefix);
        *rest = path + (slash - prefix) + 1;
        if (population != NULL)
            return population;
    }
    return NULL;
}

static gboolean
is_map(const TorporNode *node)
{
    return node != NULL && (node->kind == TORPOR_NODE_MAP || node->kind == TORPOR_NODE_LIST);
}

/* Is `path` this place, or below it? */
static gboolean
lies_in(const char *path, const char *place, gsize length)
{
    return strnlen(path, length) == length && memcmp(path, place, length) == 0 &&
           (path[length] == '\0' || path[length] == '/');
}

/* Did the codec of a nested type make what lies at this path? */
static gboolean
is_of_nested_codec(const Population *population, const char *path)
{
    const TorporNode *nested = is_map(population->nested) ? population->nested : NULL;
    for (const TorporNode *one = nested == NULL ? NULL : nested->value.map.first; one != NULL;
         one = one->next)
        if (one->kind == TORPOR_NODE_MAP && one->key != NULL &&
            torpor_map_get(one, TORPOR_KEY_CODEC) != NULL &&
            lies_in(path, one->key, one->key_length))
            return TRUE;
    return FALSE;
}

guint64
torpor_layout_count(const TorporLayout *layout, const char *path, const TorporArray *array)
{
    if (array->rank == 0)
        return 0;
    if (array->shape[0] != 1 || g_hash_table_size(layout->populations) == 0)
        return array->shape[0];
    const char *rest;
    const Population *population = population_of(layout, path, &rest);
    if (population == NULL || !population->has_columns ||
        g_str_has_suffix(rest, "/" TORPOR_KEY_VALUES) || is_of_nested_codec(population, rest))
        return 1;
    return population->count;
}

const char *
torpor_layout_population(const TorporLayout *layout, const char *path)
{
    const char *rest;
    const Population *population = population_of(layout, path, &rest);
    return population == NULL ? NULL : population->place;
}

gboolean
torpor_layout_is_population(const TorporLayout *layout, const char *path, guint64 *count)
{
    const Population *population = g_hash_table_lookup(layout->populations, path);
    *count = population == NULL ? 0 : population->count;
    return population != NULL;
}

gboolean
torpor_layout_is_hidden(const TorporLayout *layout, const char *path)
{
    if (lies_in(path, TORPOR_SECTION_LAYOUT, strlen(TORPOR_SECTION_LAYOUT)) ||
        lies_in(path, TORPOR_SECTION_ORIGIN, strlen(TORPOR_SECTION_ORIGIN)) ||
        lies_in(path, TORPOR_SECTION_TREES "/" TORPOR_KEY_LABELS,
                strlen(TORPOR_SECTION_TREES "/" TORPOR_KEY_LABELS)))
        return g_hash_table_size(layout->populations) > 0;
    const char *rest;
    const Population *population = population_of(layout, path, &rest);
    if (population == NULL || !is_map(population->hidden))
        return FALSE;
    for (const TorporNode *name = population->hidden->value.map.first; name != NULL;
         name = name->next) {
        if (name->kind != TORPOR_NODE_TEXT || name->value.bytes.data == NULL)
            continue;
        if (lies_in(rest, name->value.bytes.data, (gsize)name->value.bytes.length))
            return TRUE;
    }
    return FALSE;
}

const TorporNode *
torpor_layout_labels(const TorporLayout *layout, const char *path, const char **place)
{
    const char *rest;
    const Population *population = population_of(layout, path, &rest);
    if (population == NULL || !population->has_columns || is_of_nested_codec(population, rest))
        return NULL;
    *place = population->place;
    return population->labels;
}

const GPtrArray *
torpor_layout_names(const TorporLayout *layout, TorporTree *tree, const TorporFile *file,
                    const char *path)
{
    GPtrArray *names = g_hash_table_lookup(layout->names, path);
    if (names != NULL)
        return names;
    const TorporNode *node = torpor_tree_lookup(tree, path, NULL);
    g_autofree char *bytes = node != NULL && node->kind == TORPOR_NODE_BYTES
                                 ? torpor_bytes_read(file, node, NULL)
                                 : NULL;
    if (bytes == NULL)
        return NULL;
    names = g_ptr_array_new_with_free_func(g_free);
    const char *end = bytes + node->value.bytes.length;
    for (const char *name = bytes; name < end; name += strlen(name) + 1)
        g_ptr_array_add(names, g_strdup(name));
    g_hash_table_insert(layout->names, g_strdup(path), names);
    return names;
}
