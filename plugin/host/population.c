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

GArray *
torpor_population_keys(const TorporPopulation *population, GError **error)
{
    const TorporLiveField *field = population->key_field;
    guint64 n_rows =
        field->rank == 0 ? population->listed->count : MIN(population->listed->count, 1);
    guint64 n = field->rank == 0 ? n_rows : field->shape[0] * n_rows;
    g_autofree void *values = n > G_MAXINT32 ? NULL : g_try_malloc(n * field->item_size + 1);
    if (values == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "populations/%s: %" G_GUINT64_FORMAT " keys on one rank are too many",
                    population->listed->path, n);
        return NULL;
    }
    if (!torpor_live_field_gather(field, 0, n_rows, values, error))
        return NULL;
    GArray *keys = g_array_sized_new(FALSE, FALSE, sizeof(guint64), (guint)n);
    g_array_set_size(keys, (guint)n);
    (void)torpor_dtype_widen(field->dtype, values, n, (guint64 *)(gpointer)keys->data);
    return keys;
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
