#include "host/uncovered.h"

#include <string.h>

typedef struct {
    const TorporPopulation *population; /* (not owned) */
    guint8 *is_covered;                 /* per byte of an object */
    guint64 n_uncovered;
    char *copies; /* of each object's uncovered bytes */
} Watch;

struct _TorporUncovered {
    const TorporHost *host;
    TorporDescription *description;
    TorporPopulations *populations;
    GPtrArray *watches;
};

static void
watch_free(gpointer data)
{
    Watch *watch = data;
    g_free(watch->is_covered);
    g_free(watch->copies);
    g_free(watch);
}

void
torpor_uncovered_free(TorporUncovered *uncovered)
{
    if (uncovered == NULL)
        return;
    g_clear_pointer(&uncovered->watches, g_ptr_array_unref);
    g_clear_pointer(&uncovered->populations, torpor_populations_free);
    g_clear_pointer(&uncovered->description, torpor_description_free);
    g_free(uncovered);
}

static gboolean
can_be_watched(const TorporPopulation *population)
{
    if (!torpor_population_has_objects(population->listed) || population->codec != NULL ||
        population->type->object_size == 0 || population->listed->count == 0)
        return FALSE;
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(population->live_fields, i);
        if (torpor_field_has_accessor(live_field->field))
            return FALSE;
    }
    return population->codec_uses->len == 0; /* what a codec covers is its own affair */
}

/* Which bytes of an object its fields describe. */
static guint8 *
cover(const TorporPopulation *population, guint64 *n_uncovered)
{
    guint64 size = population->type->object_size;
    guint8 *is_covered = g_try_malloc0(size);
    if (is_covered == NULL)
        return NULL;
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(population->live_fields, i);
        for (guint64 piece = 0; piece < live_field->n_pieces; piece++) {
            guint64 begin = MIN(live_field->piece_offsets[piece], size);
            memset(is_covered + begin, 1, MIN(live_field->piece_bytes, size - begin));
        }
    }
    *n_uncovered = 0;
    for (guint64 i = 0; i < size; i++)
        *n_uncovered += !is_covered[i];
    return is_covered;
}

/* Copy the uncovered bytes of one object; with `to` NULL compare them to `copies` instead. Returns
 * the first that differs, object_size if none does. */
static guint64
visit_object(const Watch *watch, const char *object, char *copies, gboolean compares)
{
    guint64 size = watch->population->type->object_size;
    for (guint64 i = 0; i < size; i++) {
        if (watch->is_covered[i])
            continue;
        if (compares && object[i] != *copies)
            return i;
        *copies++ = object[i];
    }
    return size;
}

static gboolean
watch(TorporUncovered *uncovered, const TorporPopulation *population)
{
    Watch *new_watch = g_new0(Watch, 1);
    g_ptr_array_add(uncovered->watches, new_watch);
    new_watch->population = population;
    new_watch->is_covered = cover(population, &new_watch->n_uncovered);
    if (new_watch->is_covered == NULL)
        return FALSE;
    guint64 count = population->listed->count;
    new_watch->copies = g_try_malloc_n(MAX(new_watch->n_uncovered, 1), count);
    if (new_watch->copies == NULL)
        return FALSE;
    for (guint64 i = 0; i < count; i++) {
        const char *object = torpor_population_object(uncovered->host, population->listed, i);
        if (object != NULL)
            visit_object(new_watch, object, new_watch->copies + i * new_watch->n_uncovered, FALSE);
    }
    return TRUE;
}

/* Hosts are described only between save_begin and save_end. */
static gboolean
describe(TorporUncovered *uncovered, const TorporCatalogue *catalogue, GError **error)
{
    if (!torpor_host_save_begin(uncovered->host, error))
        return FALSE;
    uncovered->description = torpor_description_new(uncovered->host, error);
    if (uncovered->description != NULL)
        uncovered->populations =
            torpor_populations_new(uncovered->host, catalogue, uncovered->description, error);
    torpor_host_save_end(uncovered->host);
    return uncovered->populations != NULL;
}

TorporUncovered *
torpor_uncovered_new(const TorporHost *host, const TorporCatalogue *catalogue, GError **error)
{
    g_autoptr(TorporUncovered) uncovered = g_new0(TorporUncovered, 1);
    uncovered->host = host;
    uncovered->watches = g_ptr_array_new_with_free_func(watch_free);
    if (!describe(uncovered, catalogue, error))
        return NULL;
    for (guint i = 0; i < uncovered->populations->in_order->len; i++) {
        const TorporPopulation *population = g_ptr_array_index(uncovered->populations->in_order, i);
        if (can_be_watched(population) && !watch(uncovered, population)) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                        "populations/%s: no memory to watch its objects", population->listed->path);
            return NULL;
        }
    }
    return g_steal_pointer(&uncovered);
}

/* Last byte of the uncovered stretch that begins here. */
static guint64
stretch_end(const Watch *watched, guint64 first)
{
    guint64 end = first;
    while (end + 1 < watched->population->type->object_size && !watched->is_covered[end + 1])
        end++;
    return end;
}

char *
torpor_uncovered_changes(const TorporUncovered *uncovered)
{
    for (guint w = 0; w < uncovered->watches->len; w++) {
        const Watch *watched = g_ptr_array_index(uncovered->watches, w);
        const struct torpor_population *listed = watched->population->listed;
        for (guint64 i = 0; watched->n_uncovered > 0 && i < listed->count; i++) {
            const char *object = torpor_population_object(uncovered->host, listed, i);
            guint64 at = object == NULL
                             ? watched->population->type->object_size
                             : visit_object(watched, object,
                                            watched->copies + i * watched->n_uncovered, TRUE);
            if (at < watched->population->type->object_size)
                return g_strdup_printf(
                    "bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                    " of type \"%s\" change (populations/%s, object %" G_GUINT64_FORMAT
                    "), but no field covers them",
                    at, stretch_end(watched, at), watched->population->type->name, listed->path, i);
        }
    }
    return NULL;
}
