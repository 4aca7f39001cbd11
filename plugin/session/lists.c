#include "session/lists.h"

#include <string.h>

#include "host/section_names.h"
#include "msgpack/stored.h"

#define N_WORDS 6u

/* One population on all ranks. */
typedef struct {
    guint rank; /* the first that lists it */
    char *type;
    char *key;
    guint64 version;
    guint64 total;   /* objects; of one without a key, those of any rank */
    guint64 *counts; /* of each rank; with an axis, places along it */
    gboolean has_axis;
} Listed;

static void
listed_free(gpointer data)
{
    Listed *listed = data;
    g_free(listed->type);
    g_free(listed->key);
    g_free(listed->counts);
    g_free(listed);
}

char *
torpor_lists_to_text(const TorporPopulations *populations)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < populations->in_order->len; i++) {
        const TorporPopulation *population = populations->in_order->pdata[i];
        const TorporLiveField *key = population->key_field;
        gboolean has_axis = key != NULL && key->rank == 1;
        g_autofree char *path = g_uri_escape_string(population->listed->path, "/", FALSE);
        g_autofree char *type = g_uri_escape_string(population->type->name, NULL, FALSE);
        g_autofree char *name =
            key == NULL ? g_strdup("") : g_uri_escape_string(population->listed->key, NULL, FALSE);
        g_string_append_printf(text, "%s %s %u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %s\n",
                               path, type, (guint)population->type->version,
                               (guint64)population->listed->count, has_axis ? key->shape[0] : 0,
                               name);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static Listed *
listed_new(char **words, const char *key, guint rank, guint n_ranks)
{
    Listed *listed = g_new0(Listed, 1);
    listed->rank = rank;
    listed->type = g_uri_unescape_string(words[1], NULL);
    listed->key = key[0] == '\0' ? NULL : g_strdup(key);
    listed->version = g_ascii_strtoull(words[2], NULL, 10);
    listed->counts = g_new0(guint64, n_ranks);
    return listed;
}

static char *
describe(const char *type, guint64 version, const char *key)
{
    return g_strdup_printf("type \"%s\" of version %" G_GUINT64_FORMAT " and %s%s%s", type, version,
                           key == NULL ? "no key" : "key \"", key == NULL ? "" : key,
                           key == NULL ? "" : "\"");
}

/* FALSE: another rank lists it otherwise. */
static gboolean
check_line(const Listed *listed, char **words, const char *path, const char *key, guint rank,
           GError **error)
{
    g_autofree char *type = g_uri_unescape_string(words[1], NULL);
    g_autofree char *before = describe(listed->type, listed->version, listed->key);
    g_autofree char *here =
        describe(type, g_ascii_strtoull(words[2], NULL, 10), key[0] == '\0' ? NULL : key);
    if (strcmp(before, here) == 0)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                TORPOR_SECTION_POPULATIONS
                "/%s: rank %u lists it with %s, and rank %u with %s; all ranks must list it alike",
                path, listed->rank, before, rank, here);
    return FALSE;
}

static gboolean
add_line(GHashTable *all, GPtrArray *order, const char *line, guint rank, guint n_ranks,
         GError **error)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    if (g_strv_length(words) != N_WORDS)
        return TRUE;
    g_autofree char *path = g_uri_unescape_string(words[0], NULL);
    g_autofree char *key = g_uri_unescape_string(words[5], NULL);
    guint64 count = g_ascii_strtoull(words[3], NULL, 10);
    guint64 along = g_ascii_strtoull(words[4], NULL, 10);
    Listed *listed = path == NULL ? NULL : g_hash_table_lookup(all, path);
    if (path == NULL || key == NULL)
        return TRUE;
    if (listed != NULL && !check_line(listed, words, path, key, rank, error))
        return FALSE;
    if (listed == NULL) {
        listed = listed_new(words, key, rank, n_ranks);
        g_ptr_array_add(order, g_strdup(path));
        g_hash_table_insert(all, g_strdup(path), listed);
    }
    listed->has_axis |= along > 0;
    listed->counts[rank] = along > 0 ? along : count;
    listed->total = listed->key == NULL || along > 0 ? count : listed->total + count;
    return TRUE;
}

/* path -> Listed; the paths in order go to `order`, which owns them. NULL: they do not agree. */
static GHashTable *
read_all(const GPtrArray *gathered, GPtrArray *order, GError **error)
{
    g_autoptr(GHashTable) all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, listed_free);
    for (guint rank = 0; rank < gathered->len; rank++) {
        g_auto(GStrv) lines = g_strsplit(g_bytes_get_data(gathered->pdata[rank], NULL), "\n", -1);
        for (char **line = lines; *line != NULL; line++)
            if (!add_line(all, order, *line, rank, gathered->len, error))
                return NULL;
    }
    return g_steal_pointer(&all);
}

gboolean
torpor_lists_agree(const GPtrArray *gathered, GError **error)
{
    g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) all = read_all(gathered, order, error);
    return all != NULL;
}

void
torpor_lists_put_layout(const GPtrArray *gathered, TorporTree *tree)
{
    const guint64 shape[] = {gathered->len};
    g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) all = read_all(gathered, order, NULL);
    TorporNode *layout = torpor_map_put_map(tree, torpor_tree_root(tree), TORPOR_SECTION_LAYOUT);
    for (guint i = 0; i < order->len; i++) {
        const Listed *listed = g_hash_table_lookup(all, order->pdata[i]);
        TorporNode *entry = torpor_map_put_map(tree, layout, order->pdata[i]);
        torpor_map_put_text(tree, entry, TORPOR_KEY_TYPE, listed->type);
        torpor_map_put_uint(tree, entry, TORPOR_KEY_VERSION, listed->version);
        torpor_map_put_uint(tree, entry, TORPOR_KEY_COUNT, listed->total);
        if (listed->key != NULL)
            torpor_map_put_text(tree, entry, TORPOR_KEY_KEY, listed->key);
        TorporNode *counts =
            torpor_map_put_array(tree, entry, TORPOR_KEY_COUNTS,
                                 torpor_dtype_by_id(TORPOR_DTYPE_UINT64), 1, shape, NULL);
        guint64 *values = torpor_tree_alloc(tree, sizeof *values * gathered->len);
        memcpy(values, listed->counts, sizeof *values * gathered->len);
        counts->value.array->data = values;
    }
}

/* ---- is all of the checkpoint taken? ---- */

/* Of all ranks; those of many ranks stayed in the file. 0: the entry has none. */
static gboolean
sum_counts(const TorporFile *file, const TorporNode *entry, guint64 *sum, GError **error)
{
    const TorporNode *node = torpor_map_get(entry, TORPOR_KEY_COUNTS);
    *sum = 0;
    if (node == NULL || node->kind != TORPOR_NODE_ARRAY ||
        node->value.array->dtype->id != TORPOR_DTYPE_UINT64)
        return TRUE;
    guint64 counts[512];
    for (guint64 done = 0; done < node->value.array->byte_length;) {
        gsize piece = (gsize)MIN(node->value.array->byte_length - done, sizeof counts);
        if (!torpor_array_read(file, node->value.array, done, piece, counts, error))
            return FALSE;
        for (gsize i = 0; i < piece / sizeof *counts; i++)
            *sum += counts[i];
        done += piece;
    }
    return TRUE;
}

static gboolean
check_entry(const TorporFile *file, const TorporNode *entry, const Listed *listed, guint n_ranks,
            GError **error)
{
    guint64 count = 0;
    guint64 sum = 0;
    (void)torpor_checkpoint_file_uint(entry, TORPOR_KEY_COUNT, &count);
    if (listed == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    TORPOR_SECTION_POPULATIONS "/%s: expected %" G_GUINT64_FORMAT
                                               " objects, found that no rank lists it",
                    entry->key, count);
        return FALSE;
    }
    guint64 expected = count;
    if (listed->has_axis && !sum_counts(file, entry, &expected, error))
        return FALSE;
    for (guint i = 0; i < n_ranks; i++)
        sum += listed->counts[i];
    if (listed->key == NULL || expected == 0 || sum == expected)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                TORPOR_SECTION_POPULATIONS "/%s: the checkpoint has %" G_GUINT64_FORMAT
                                           " objects, the %u ranks list %" G_GUINT64_FORMAT,
                entry->key, expected, n_ranks, sum);
    return FALSE;
}

gboolean
torpor_lists_check(const GPtrArray *gathered, const TorporCheckpointFile *checkpoint,
                   GError **error)
{
    g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) all = read_all(gathered, order, error);
    if (all == NULL)
        return FALSE;
    gboolean is_joined = checkpoint->heading != NULL;
    TorporTree *tree = is_joined ? checkpoint->heading : checkpoint->tree;
    const TorporFile *file = is_joined ? checkpoint->heading_file : checkpoint->file;
    const TorporNode *layout = torpor_map_get(torpor_tree_root(tree), TORPOR_SECTION_LAYOUT);
    if (layout == NULL || layout->kind != TORPOR_NODE_MAP)
        return TRUE;
    for (const TorporNode *entry = layout->value.map.first; entry != NULL; entry = entry->next)
        if (!check_entry(file, entry, g_hash_table_lookup(all, entry->key), gathered->len, error))
            return FALSE;
    return TRUE;
}
