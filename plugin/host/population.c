#include "host/population.h"

#include <string.h>

#include "host/fields.h"

static void
population_free(TorporPopulation *population)
{
    g_ptr_array_unref(population->live_fields);
    g_ptr_array_unref(population->codec_uses);
    torpor_addresses_free(population->addresses);
    g_free(population);
}

void
torpor_populations_free(TorporPopulations *populations)
{
    if (populations == NULL)
        return;
    g_hash_table_unref(populations->by_path);
    g_ptr_array_unref(populations->in_order);
    g_free(populations);
}

TorporPopulation *
torpor_populations_find(const TorporPopulations *populations, const char *path)
{
    return path == NULL ? NULL : g_hash_table_lookup(populations->by_path, path);
}

/* ---- keys ---- */

#define KEYS_AT_ONCE ((guint64)8192)

/* The values of objects are keys: integers, one for each object or one for each place along the
 * second dimension of the other fields. */
static gboolean
can_be_key(const TorporLiveField *field)
{
    return field->kind == TORPOR_FIELD_VALUE && field->rank <= 1 && field->unit == NULL &&
           field->dtype >= TORPOR_DTYPE_INT8 && field->dtype <= TORPOR_DTYPE_UINT64;
}

static gboolean
find_key_field(TorporPopulation *population, GError **error)
{
    const struct torpor_population *listed = population->listed;
    if (listed->key == NULL)
        return TRUE;
    if (population->codec != NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "populations/%s: key: the codec of type \"%s\" writes its objects, so no field "
                    "can be their key, found \"%s\"",
                    listed->path, population->codec->type, listed->key);
        return FALSE;
    }
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *field = population->live_fields->pdata[i];
        if (field->keys[1] != NULL || strcmp(field->keys[0], listed->key) != 0)
            continue;
        population->key_field = can_be_key(field) ? field : NULL;
        break;
    }
    if (population->key_field != NULL)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                "populations/%s: key: expected the name of a field of integers without a unit, of "
                "rank 0 or 1, found \"%s\"",
                listed->path, listed->key);
    return FALSE;
}

/* Rows [first, first + count) of the key, each of row_keys. */
static gboolean
gather_keys(const TorporLiveField *field, guint64 first, guint64 count, void *room, guint64 *out,
            GError **error)
{
    if (!torpor_live_field_gather(field, first, count, room, error))
        return FALSE;
    (void)torpor_dtype_widen(field->dtype, room, count * (field->row_bytes / field->item_size),
                             out);
    return TRUE;
}

guint64 *
torpor_population_keys(const TorporPopulation *population, guint64 *n, GError **error)
{
    const TorporLiveField *field = population->key_field;
    guint64 n_rows =
        field->rank == 0 ? population->listed->count : MIN(population->listed->count, 1);
    guint64 row_keys = field->row_bytes / MAX(field->item_size, 1);
    guint64 at_once = MAX(KEYS_AT_ONCE / MAX(row_keys, 1), 1);
    *n = n_rows * row_keys;
    g_autofree guint64 *keys = *n < G_MAXSIZE / sizeof *keys ? g_try_new(guint64, *n + 1) : NULL;
    g_autofree void *room = g_try_malloc(at_once * field->row_bytes + 1);
    if (keys == NULL || room == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "populations/%s: no memory for %" G_GUINT64_FORMAT " keys",
                    population->listed->path, *n);
        return NULL;
    }
    for (guint64 first = 0; first < n_rows; first += at_once)
        if (!gather_keys(field, first, MIN(at_once, n_rows - first), room, keys + first * row_keys,
                         error))
            return NULL;
    return g_steal_pointer(&keys);
}

static gboolean
add_population(TorporPopulations *populations, const TorporCatalogue *catalogue,
               const struct torpor_population *listed, GError **error)
{
    if (!torpor_host_text_check("path of a population", listed->path, error))
        return FALSE;
    const struct torpor_type *type = torpor_registry_find(catalogue->types, listed->type);
    if (type == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
                    "populations/%s: its type \"%s\" is not declared", listed->path,
                    listed->type == NULL ? "NULL" : listed->type);
        return FALSE;
    }
    if (type->refusal != NULL && listed->count > 0) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_REFUSED,
                    "populations/%s: objects of type \"%s\" cannot be saved exactly: %s",
                    listed->path, type->name, type->refusal);
        return FALSE;
    }
    if (g_hash_table_contains(populations->by_path, listed->path)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS,
                    "populations/%s: listed twice; every population needs a path of its own",
                    listed->path);
        return FALSE;
    }
    const struct torpor_codec *codec = torpor_catalogue_codec(catalogue, type);
    g_autoptr(GPtrArray) codec_uses =
        g_ptr_array_new_with_free_func((GDestroyNotify)torpor_codec_use_free);
    GPtrArray *live_fields =
        codec != NULL || type->refusal != NULL
            ? g_ptr_array_new()
            : torpor_live_fields_new(populations->host, listed, type, catalogue, codec_uses, error);
    if (live_fields == NULL)
        return FALSE;
    if (codec != NULL)
        g_ptr_array_add(codec_uses, torpor_codec_use_new(codec, listed));
    TorporPopulation *population = g_new0(TorporPopulation, 1);
    *population = (TorporPopulation){.listed = listed,
                                     .type = type,
                                     .codec = codec,
                                     .live_fields = live_fields,
                                     .codec_uses = g_steal_pointer(&codec_uses)};
    g_ptr_array_add(populations->in_order, population);
    if (!find_key_field(population, error))
        return FALSE;
    g_hash_table_insert(populations->by_path, (gpointer)listed->path, population);
    return TRUE;
}

TorporPopulations *
torpor_populations_new(const TorporHost *host, const TorporCatalogue *catalogue,
                       const TorporDescription *description, GError **error)
{
    g_autoptr(TorporPopulations) populations = g_new0(TorporPopulations, 1);
    populations->host = host;
    populations->in_order = g_ptr_array_new_with_free_func((GDestroyNotify)population_free);
    populations->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < description->populations->len; i++)
        if (!add_population(populations, catalogue, g_ptr_array_index(description->populations, i),
                            error))
            return NULL;
    return g_steal_pointer(&populations);
}
