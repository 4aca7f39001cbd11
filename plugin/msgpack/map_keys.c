#include "msgpack/map_keys.h"

#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "base/error.h"

/* Keys of so few entries are compared with each other. */
#define FEW_ENTRIES 8u

static gboolean
same_key(const TorporNode *a, const TorporNode *b)
{
    return a->key_length == b->key_length && memcmp(a->key, b->key, a->key_length) == 0;
}

static const TorporNode *
find_pairwise(const TorporNode *map)
{
    for (const TorporNode *node = map->value.map.first; node != NULL; node = node->next)
        for (const TorporNode *earlier = map->value.map.first; earlier != node;
             earlier = earlier->next)
            if (same_key(earlier, node))
                return node;
    return NULL;
}

/* Keeps files from choosing keys that collide. Not from GLib's generator: the host may draw from
 * it. */
static guint64
hash_seed(void)
{
    static gsize seed;
    if (g_once_init_enter(&seed)) {
        gsize drawn = 0;
        if (getrandom(&drawn, sizeof drawn, GRND_NONBLOCK) != sizeof drawn)
            drawn = (gsize)g_get_monotonic_time();
        g_once_init_leave(&seed, drawn | 1);
    }
    return seed;
}

/* Open addressing, in a table that is at most half full. */
static gboolean
find_hashed(const TorporNode *map, const TorporNode **duplicate, GError **error)
{
    gsize size = 16;
    while (size < 2 * map->value.map.count)
        size *= 2;
    g_autofree const TorporNode **slots = g_try_new0(const TorporNode *, size);
    if (slots == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory to check the keys of a map of %" G_GUINT64_FORMAT " entries",
                    map->value.map.count);
        return FALSE;
    }
    for (const TorporNode *node = map->value.map.first; node != NULL; node = node->next) {
        gsize slot = XXH3_64bits_withSeed(node->key, node->key_length, hash_seed()) & (size - 1);
        for (; slots[slot] != NULL; slot = (slot + 1) & (size - 1)) {
            if (same_key(slots[slot], node)) {
                *duplicate = node;
                return TRUE;
            }
        }
        slots[slot] = node;
    }
    return TRUE;
}

gboolean
torpor_map_keys_find_duplicate(const TorporNode *map, const TorporNode **duplicate, GError **error)
{
    *duplicate = NULL;
    if (map->value.map.count > FEW_ENTRIES)
        return find_hashed(map, duplicate, error);
    *duplicate = find_pairwise(map);
    return TRUE;
}
