#include "save/origin_take.h"

#include <string.h>

#include "base/xxh3.h"
#include "checkpoint/section.h"
#include "host/section_names.h"
#include "save/digest.h"

/* What was described, by its path in the tree -> TORPOR_DIGEST_... of all leaves there. */
typedef GHashTable Kinds;

/* State that is shown to nobody, such as what a simulator computes from the rest. */
#define NOT_COMPARED 0x80u

/* The same for columns as for what has flags of its own. */
static guint8
kind_of_field(guint32 flags)
{
    gboolean stays = (flags & (TORPOR_FIELD_PARAMETER | TORPOR_FIELD_CONSTANT)) != 0;
    gboolean is_set = stays || (flags & TORPOR_FIELD_GIVEN) != 0;
    if (!is_set && (flags & TORPOR_FIELD_HIDDEN) != 0)
        return NOT_COMPARED;
    return (guint8)((is_set ? TORPOR_DIGEST_SET_BY_USER : 0) | (stays ? TORPOR_DIGEST_STAYS : 0) |
                    ((flags & TORPOR_FIELD_OPTIONAL) != 0 ? TORPOR_DIGEST_OPTIONAL : 0));
}

static guint8
kind_of(guint32 flags)
{
    return (flags & TORPOR_ORIGIN_STATE) != 0 ? 0
           : (flags & TORPOR_ORIGIN_PARAMETER) != 0
               ? TORPOR_DIGEST_SET_BY_USER | TORPOR_DIGEST_STAYS
               : TORPOR_DIGEST_SET_BY_USER;
}

/* keys: below `listed`, a path whose levels are separated by '/'. */
static void
add_kind(Kinds *kinds, const char *section, const char *listed, char **keys, guint8 kind)
{
    g_hash_table_insert(kinds, torpor_section_path(section, listed, keys), GUINT_TO_POINTER(kind));
}

static void
add_population(Kinds *kinds, const TorporPopulation *population)
{
    const char *path = population->listed->path;
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(population->live_fields, i);
        guint8 kind = kind_of_field(live_field->flags);
        if (live_field == population->key_field)
            kind = (kind == NOT_COMPARED ? 0 : kind) | TORPOR_DIGEST_KEY;
        add_kind(kinds, TORPOR_SECTION_POPULATIONS, path, live_field->keys, kind);
    }
    for (guint i = 0; i < population->codec_uses->len; i++) {
        const TorporCodecUse *use = g_ptr_array_index(population->codec_uses, i);
        add_kind(kinds, TORPOR_SECTION_POPULATIONS, path, use->keys, kind_of(use->codec->flags));
    }
}

static Kinds *
kinds_new(const TorporCapture *capture)
{
    Kinds *kinds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const TorporDescription *description = capture->description;
    for (guint i = 0; i < description->generators->len; i++) {
        const struct torpor_generator *one = g_ptr_array_index(description->generators, i);
        add_kind(kinds, TORPOR_SECTION_GENERATORS, one->path, NULL, kind_of(one->flags));
    }
    for (guint i = 0; i < description->trees->len; i++) {
        const struct torpor_tree *one = g_ptr_array_index(description->trees, i);
        add_kind(kinds, TORPOR_SECTION_TREES, one->path, NULL, kind_of(one->flags));
    }
    for (guint i = 0; i < capture->populations->in_order->len; i++)
        add_population(kinds, g_ptr_array_index(capture->populations->in_order, i));
    return kinds;
}

/* Of what the leaf lies in. FALSE for an empty map in which nothing was described. */
static gboolean
find_kind(Kinds *kinds, const char *leaf, guint8 *kind)
{
    g_autofree char *path = g_strdup(leaf);
    for (char *slash = path; slash != NULL;) {
        gpointer found;
        if (g_hash_table_lookup_extended(kinds, path, NULL, &found)) {
            *kind = (guint8)GPOINTER_TO_UINT(found);
            return TRUE;
        }
        slash = strrchr(path, '/');
        if (slash != NULL)
            *slash = '\0';
    }
    return FALSE;
}

static void
add_number(TorporOrigin *origin, const char *population, const char *key, guint64 number,
           guint8 kind)
{
    g_autoptr(GString) path = g_string_new(TORPOR_SECTION_LAYOUT);
    torpor_path_append(path, population, strlen(population));
    torpor_path_append(path, key, strlen(key));
    torpor_origin_add(origin, 0, path->str, kind, torpor_xxh3(&number, sizeof number));
}

/* How many objects there are is set by users as well. */
static void
add_layout(TorporOrigin *origin, guint run, const TorporPopulations *populations)
{
    for (guint i = 0; run == 0 && i < populations->in_order->len; i++) {
        const TorporPopulation *population = g_ptr_array_index(populations->in_order, i);
        const char *path = population->listed->path;
        add_number(origin, path, TORPOR_KEY_VERSION, population->type->version,
                   TORPOR_DIGEST_VERSION);
        add_number(origin, path, TORPOR_KEY_COUNT, population->listed->count,
                   TORPOR_DIGEST_SET_BY_USER);
    }
}

gboolean
torpor_origin_take(TorporOrigin *origin, guint run, const TorporHost *host,
                   const TorporCatalogue *catalogue, guint64 *bytes, GError **error)
{
    struct torpor_clock clock;
    if (!torpor_host_clock(host, &clock, error))
        return FALSE;
    g_autoptr(TorporCapture) capture = torpor_capture_new_of_model(host, catalogue, run > 0, error);
    g_autoptr(GArray) digests =
        capture == NULL ? NULL : torpor_digest_capture(capture, bytes, error);
    if (digests == NULL)
        return FALSE;
    g_autoptr(GHashTable) kinds = kinds_new(capture);
    torpor_origin_begin_run(origin, run, clock.step);
    add_layout(origin, run, capture->populations);
    for (guint i = 0; i < digests->len; i++) {
        const TorporDigest *digest = &g_array_index(digests, TorporDigest, i);
        guint8 kind;
        if (find_kind(kinds, digest->path, &kind) && kind != NOT_COMPARED)
            torpor_origin_add(origin, run, digest->path, kind, digest->xxh3);
    }
    return TRUE;
}
