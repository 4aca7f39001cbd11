#include "checkpoint/layout.h"

#include <string.h>

#include "base/path_set.h"
#include "base/text_hash.h"
#include "host/section_names.h"
#include "msgpack/stored.h"

typedef struct {
    char *place;              /* path in the file */
    guint64 count;            /* objects */
    gboolean has_columns;     /* FALSE: a codec made its values */
    TorporPathSet *of_codecs; /* below `place`, where codecs of nested types made the values */
    TorporPathSet *hidden;    /* below `place` */
    const TorporNode *labels; /* NULL: none */
} Population;

struct _TorporLayout {
    GHashTable *populations; /* path in the file -> Population */
    TorporPathSet *places;   /* of all populations */
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

static const TorporNode *
first_entry(const TorporNode *node)
{
    gboolean is_map =
        node != NULL && (node->kind == TORPOR_NODE_MAP || node->kind == TORPOR_NODE_LIST);
    return is_map ? node->value.map.first : NULL;
}

static TorporPathSet *
read_hidden(const TorporNode *names)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    for (const TorporNode *name = first_entry(names); name != NULL; name = name->next)
        if (torpor_node_word(name) != NULL)
            g_ptr_array_add(paths, g_strdup(torpor_node_word(name)));
    return torpor_path_set_new(paths);
}

static TorporPathSet *
read_codecs(const TorporNode *nested)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    for (const TorporNode *one = first_entry(nested); one != NULL; one = one->next)
        if (torpor_map_get(one, TORPOR_KEY_CODEC) != NULL && one->key != NULL &&
            strlen(one->key) == one->key_length) /* no path has a NUL */
            g_ptr_array_add(paths, g_strdup(one->key));
    return torpor_path_set_new(paths);
}

static void
population_free(gpointer data)
{
    Population *population = data;
    g_free(population->place);
    torpor_path_set_free(population->of_codecs);
    torpor_path_set_free(population->hidden);
    g_free(population);
}

static void
free_names(gpointer names)
{
    g_ptr_array_unref(names);
}

static void
read_populations(TorporLayout *layout, TorporTree *tree)
{
    const TorporNode *root = torpor_tree_root(tree);
    const TorporNode *labels = find_map(find_map(root, TORPOR_SECTION_TREES), TORPOR_KEY_LABELS);
    const TorporNode *entries = torpor_map_get(root, TORPOR_SECTION_LAYOUT);
    if (torpor_map_get(root, TORPOR_SECTION_FORMAT) == NULL || entries == NULL ||
        entries->kind != TORPOR_NODE_MAP)
        return;
    for (const TorporNode *entry = entries->value.map.first; entry != NULL; entry = entry->next) {
        const TorporNode *count = torpor_map_get(entry, TORPOR_KEY_COUNT);
        if (count == NULL || count->kind != TORPOR_NODE_INT || count->value.integer < 0)
            continue;
        Population *population = g_new(Population, 1);
        population->count = (guint64)count->value.integer;
        population->has_columns = torpor_map_get(entry, TORPOR_KEY_CODEC) == NULL;
        population->of_codecs = read_codecs(torpor_map_get(entry, TORPOR_KEY_NESTED));
        population->hidden = read_hidden(torpor_map_get(entry, TORPOR_KEY_HIDDEN));
        population->labels =
            labels == NULL ? NULL : torpor_map_find(labels, entry->key, entry->key_length);
        population->place = column_path(entry);
        g_hash_table_replace(layout->populations, population->place, population);
    }
}

static TorporPathSet *
places_of(GHashTable *populations)
{
    GPtrArray *places = g_ptr_array_new();
    GHashTableIter iter;
    gpointer place;
    g_hash_table_iter_init(&iter, populations);
    while (g_hash_table_iter_next(&iter, &place, NULL))
        g_ptr_array_add(places, place);
    return torpor_path_set_new(places);
}

TorporLayout *
torpor_layout_new(TorporTree *tree)
{
    TorporLayout *layout = g_new(TorporLayout, 1);
    layout->populations =
        g_hash_table_new_full(torpor_text_hash, g_str_equal, NULL, population_free);
    layout->names = g_hash_table_new_full(torpor_text_hash, g_str_equal, g_free, free_names);
    read_populations(layout, tree);
    layout->places = places_of(layout->populations);
    return layout;
}

void
torpor_layout_free(TorporLayout *layout)
{
    if (layout == NULL)
        return;
    torpor_path_set_free(layout->places);
    g_hash_table_unref(layout->populations);
    g_hash_table_unref(layout->names);
    g_free(layout);
}

/* The innermost population that this path lies in; *rest is what follows. */
static const Population *
population_of(const TorporLayout *layout, const char *path, const char **rest)
{
    const char *place = torpor_path_set_find_above(layout->places, path);
    if (place == NULL)
        return NULL;
    *rest = path + strlen(place) + 1;
    return g_hash_table_lookup(layout->populations, place);
}

/* Did the codec of a nested type make what lies at this path? */
static gboolean
is_of_nested_codec(const Population *population, const char *path)
{
    return torpor_path_set_find(population->of_codecs, path) != NULL;
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
    if (torpor_path_lies_in(path, TORPOR_SECTION_LAYOUT) ||
        torpor_path_lies_in(path, TORPOR_SECTION_ORIGIN) ||
        torpor_path_lies_in(path, TORPOR_SECTION_TREES "/" TORPOR_KEY_LABELS))
        return g_hash_table_size(layout->populations) > 0;
    const char *rest;
    const Population *population = population_of(layout, path, &rest);
    return population != NULL && torpor_path_set_find(population->hidden, rest) != NULL;
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
