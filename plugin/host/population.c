#include "host/population.h"

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

/* Members that are there for what is to come. */
static gboolean
check_built(const struct torpor_population *listed, GError **error)
{
    if (listed->key == NULL && listed->revisions == NULL)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                "populations/%s: member %s is not built into Torpor %s: leave it NULL",
                listed->path, listed->key != NULL ? "key" : "revisions", TORPOR_VERSION);
    return FALSE;
}

static gboolean
add_population(TorporPopulations *populations, const TorporCatalogue *catalogue,
               const struct torpor_population *listed, GError **error)
{
    if (!torpor_host_text_check("path of a population", listed->path, error))
        return FALSE;
    if (!check_built(listed, error))
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
