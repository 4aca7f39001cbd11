#include "msgpack/map_keys.h"

#include <string.h>

#include "base/error.h"
#include "base/text_hash.h"

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
        gsize slot = torpor_bytes_hash(node->key, node->key_length) & (size - 1);
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
