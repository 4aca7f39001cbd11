#include "host/uncovered.h"

#include <string.h>

/* What the host lists at one moment. */
typedef struct {
    TorporDescription *description;
    TorporPopulations *populations;
} Listing;

typedef struct {
    const TorporPopulation *population; /* as it was listed first (not owned) */
    guint8 *is_covered;                 /* per byte of an object */
    guint64 n_uncovered;
    char *copies;        /* of each object's uncovered bytes */
    gpointer *addresses; /* of objects that are listed one by one; never followed later on */
} Watch;

struct _TorporUncovered {
    const TorporHost *host;
    const TorporCatalogue *catalogue;
    Listing listing;
    GPtrArray *watches;
};

static void
listing_clear(Listing *listing)
{
    g_clear_pointer(&listing->populations, torpor_populations_free);
    g_clear_pointer(&listing->description, torpor_description_free);
}

static void
watch_free(gpointer data)
{
    Watch *watch = data;
    g_free(watch->is_covered);
    g_free(watch->copies);
    g_free(watch->addresses);
    g_free(watch);
}

void
torpor_uncovered_free(TorporUncovered *uncovered)
{
    if (uncovered == NULL)
        return;
    g_clear_pointer(&uncovered->watches, g_ptr_array_unref);
    listing_clear(&uncovered->listing);
    g_free(uncovered);
}

/* Could it be watched if the size of its objects were known? */
static gboolean
is_plain_memory(const TorporPopulation *population)
{
    if (!torpor_population_has_objects(population->listed) || population->codec != NULL ||
        population->listed->count == 0)
        return FALSE;
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(population->live_fields, i);
        if (torpor_field_has_accessor(live_field->field))
            return FALSE;
    }
    return population->codec_uses->len == 0; /* what a codec covers is its own affair */
}

static void
cover_bytes(guint8 *is_covered, guint64 size, guint64 begin, guint64 bytes)
{
    begin = MIN(begin, size);
    memset(is_covered + begin, 1, MIN(bytes, size - begin));
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
        const TorporLiveList *list = live_field->list;
        for (guint64 piece = 0; piece < live_field->n_pieces; piece++)
            cover_bytes(is_covered, size, live_field->piece_offsets[piece],
                        live_field->piece_bytes);
        if (list == NULL)
            continue;
        cover_bytes(is_covered, size, list->pointer_place, sizeof(gpointer));
        cover_bytes(is_covered, size, list->length_place,
                    torpor_live_list_number_bytes(list->length_dtype));
        cover_bytes(is_covered, size, list->capacity_place,
                    torpor_live_list_number_bytes(list->capacity_dtype));
    }
    *n_uncovered = 0;
    for (guint64 i = 0; i < size; i++)
        *n_uncovered += !is_covered[i];
    return is_covered;
}

/* Copy the uncovered bytes of one object to `copies`, or compare them. Returns the first that
 * differs, object_size if none does. */
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
    if (!torpor_population_is_strided(population->listed)) {
        new_watch->addresses = g_try_malloc_n(count, sizeof(gpointer));
        if (new_watch->addresses == NULL)
            return FALSE;
    }
    for (guint64 i = 0; i < count; i++) {
        char *object = torpor_population_object(uncovered->host, population->listed, i);
        if (new_watch->addresses != NULL)
            new_watch->addresses[i] = object;
        if (object != NULL)
            visit_object(new_watch, object, new_watch->copies + i * new_watch->n_uncovered, FALSE);
    }
    return TRUE;
}

/* Hosts are described only between save_begin and save_end. */
static gboolean
listing_take(Listing *listing, const TorporHost *host, const TorporCatalogue *catalogue,
             GError **error)
{
    if (!torpor_host_save_begin(host, error))
        return FALSE;
    listing->description = torpor_description_new(host, error);
    if (listing->description != NULL)
        listing->populations = torpor_populations_new(host, catalogue, listing->description, error);
    torpor_host_save_end(host);
    return listing->populations != NULL;
}

TorporUncovered *
torpor_uncovered_new(const TorporHost *host, const TorporCatalogue *catalogue, GError **error)
{
    g_autoptr(TorporUncovered) uncovered = g_new0(TorporUncovered, 1);
    uncovered->host = host;
    uncovered->catalogue = catalogue;
    uncovered->watches = g_ptr_array_new_with_free_func(watch_free);
    if (!listing_take(&uncovered->listing, host, catalogue, error))
        return NULL;
    const GPtrArray *all = uncovered->listing.populations->in_order;
    for (guint i = 0; i < all->len; i++) {
        const TorporPopulation *population = g_ptr_array_index(all, i);
        if (is_plain_memory(population) && population->type->object_size > 0 &&
            !watch(uncovered, population)) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                        "populations/%s: no memory to watch its objects", population->listed->path);
            return NULL;
        }
    }
    return g_steal_pointer(&uncovered);
}

const TorporPopulations *
torpor_uncovered_populations(const TorporUncovered *uncovered)
{
    return uncovered->listing.populations;
}

GPtrArray *
torpor_uncovered_unsized_types(const TorporUncovered *uncovered)
{
    GPtrArray *names = g_ptr_array_new();
    const GPtrArray *all = uncovered->listing.populations->in_order;
    for (guint i = 0; i < all->len; i++) {
        const TorporPopulation *population = g_ptr_array_index(all, i);
        const struct torpor_type *type = population->type;
        if (is_plain_memory(population) && type->object_size == 0 &&
            !g_ptr_array_find_with_equal_func(names, type->name, g_str_equal, NULL))
            g_ptr_array_add(names, (gpointer)type->name);
    }
    return names;
}

/* ---- what changed ---- */

/* The uncovered bytes around this one, as far as its word of eight bytes reaches: a member often
 * changes in some of its bytes only. */
static void
find_word(const Watch *watch, guint64 at, guint64 *first, guint64 *last)
{
    for (*first = at; *first % 8 > 0 && !watch->is_covered[*first - 1];)
        --*first;
    for (*last = at; (*last + 1) % 8 > 0 && *last + 1 < watch->population->type->object_size &&
                     !watch->is_covered[*last + 1];)
        ++*last;
}

/* "between fields "V_m" and "I_syn"": the neighbours of these bytes. "" if there are none. */
static char *
neighbours_text(const Watch *watch, guint64 first, guint64 last)
{
    const TorporLiveField *before = NULL;
    const TorporLiveField *after = NULL;
    guint64 nearest_end = 0, nearest_begin = G_MAXUINT64;
    const GPtrArray *live_fields = watch->population->live_fields;
    for (guint i = 0; i < live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(live_fields, i);
        for (guint64 piece = 0; piece < live_field->n_pieces; piece++) {
            guint64 begin = live_field->piece_offsets[piece];
            guint64 end = begin + live_field->piece_bytes;
            if (end <= first && end > nearest_end) {
                nearest_end = end;
                before = live_field;
            }
            if (begin > last && begin < nearest_begin) {
                nearest_begin = begin;
                after = live_field;
            }
        }
    }
    g_autofree char *left = before == NULL ? NULL : g_strjoinv("/", before->keys);
    g_autofree char *right = after == NULL ? NULL : g_strjoinv("/", after->keys);
    if (left != NULL && right != NULL)
        return g_strdup_printf(", between fields \"%s\" and \"%s\",", left, right);
    if (left != NULL || right != NULL)
        return g_strdup_printf(", %s field \"%s\",", left != NULL ? "after" : "before",
                               left != NULL ? left : right);
    return g_strdup("");
}

static char *
change_text(const Watch *watch, guint64 index, guint64 at)
{
    const struct torpor_type *type = watch->population->type;
    guint64 first, last;
    find_word(watch, at, &first, &last);
    g_autofree char *neighbours = neighbours_text(watch, first, last);
    return g_strdup_printf("bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                           " of type \"%s\"%s change (populations/%s, object %" G_GUINT64_FORMAT
                           "), but no field covers them",
                           first, last, type->name, neighbours, watch->population->listed->path,
                           index);
}

/* What changed in the objects that are listed now; NULL: nothing. */
static char *
find_change(const TorporUncovered *uncovered, const Watch *watch,
            const struct torpor_population *now)
{
    guint64 size = watch->population->type->object_size;
    for (guint64 i = 0; i < now->count; i++) {
        const char *object = torpor_population_object(uncovered->host, now, i);
        if (object == NULL || (watch->addresses != NULL && watch->addresses[i] != object))
            continue; /* another object has this index now */
        guint64 at = visit_object(watch, object, watch->copies + i * watch->n_uncovered, TRUE);
        if (at < size)
            return change_text(watch, i, at);
    }
    return NULL;
}

gboolean
torpor_uncovered_changes(const TorporUncovered *uncovered, char **change, GError **error)
{
    Listing now = {NULL, NULL};
    gboolean is_listed = listing_take(&now, uncovered->host, uncovered->catalogue, error);
    *change = NULL;
    for (guint w = 0; is_listed && *change == NULL && w < uncovered->watches->len; w++) {
        const Watch *watch = g_ptr_array_index(uncovered->watches, w);
        const struct torpor_population *then = watch->population->listed;
        const TorporPopulation *found = torpor_populations_find(now.populations, then->path);
        gboolean is_comparable = found != NULL && found->type == watch->population->type &&
                                 found->listed->layout == then->layout &&
                                 found->listed->count == then->count;
        if (is_comparable && watch->n_uncovered > 0)
            *change = find_change(uncovered, watch, found->listed);
    }
    listing_clear(&now);
    return is_listed;
}
