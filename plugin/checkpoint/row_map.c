#include "checkpoint/row_map.h"

#include "base/error.h"
#include "base/key_sort.h"
#include "msgpack/stored.h"

#define NO_PART G_MAXUINT32

/* ---- keys ---- */

gboolean
torpor_keys_read(const TorporFile *file, const TorporArray *array, guint64 first, guint64 n,
                 guint64 *out, GError **error)
{
    guint64 values[TORPOR_KEYS_AT_ONCE]; /* of integers of any size */
    guint64 size = array->dtype->size;
    if (size > sizeof *values || !torpor_dtype_widen(array->dtype->id, out, 0, out)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "keys: expected integers, found %s", array->dtype_name);
        return FALSE;
    }
    if (!torpor_array_read(file, array, first * size, (gsize)(n * size), values, error))
        return FALSE;
    (void)torpor_dtype_widen(array->dtype->id, values, n, out);
    return TRUE;
}

/* ---- the map ---- */

static guint64
key_at(const TorporRowMap *map, guint64 place)
{
    return map->keys[map->order == NULL ? place : map->order[place]];
}

static TorporRowMap *
no_memory(guint64 n, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                "no memory to find %" G_GUINT64_FORMAT " objects by their keys", n);
    return NULL;
}

/* Of keys that do not ascend. FALSE: no memory. */
static gboolean
put_in_order(TorporRowMap *map)
{
    gboolean ascends = TRUE;
    for (guint64 i = 1; i < map->n && ascends; i++)
        ascends = map->keys[i - 1] < map->keys[i];
    if (ascends)
        return TRUE;
    map->order = g_try_new(guint64, map->n);
    for (guint64 i = 0; map->order != NULL && i < map->n; i++)
        map->order[i] = i;
    return map->order != NULL && torpor_key_sort(map->order, map->n, map->keys);
}

TorporRowMap *
torpor_row_map_new(guint64 *keys, guint64 n, guint32 n_parts, GError **error)
{
    g_autoptr(TorporRowMap) map = g_new0(TorporRowMap, 1);
    map->n = n;
    map->keys = keys;
    map->parts = g_try_new(guint32, n + 1);
    map->rows = g_try_new0(guint64, n + 1);
    map->by_row = g_try_new(guint64, n + 1);
    map->begins = g_try_new0(guint64, n_parts);
    map->ends = g_try_new0(guint64, n_parts);
    if (map->parts == NULL || map->rows == NULL || map->by_row == NULL || map->begins == NULL ||
        map->ends == NULL || !put_in_order(map))
        return no_memory(n, error);
    for (guint64 i = 0; i < n; i++)
        map->parts[i] = NO_PART;
    for (guint64 i = 1; i < n && map->order != NULL; i++) {
        if (key_at(map, i) != key_at(map, i - 1))
            continue;
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS,
                    "two objects have the key %" G_GUINT64_FORMAT, key_at(map, i));
        return NULL;
    }
    return g_steal_pointer(&map);
}

void
torpor_row_map_free(TorporRowMap *map)
{
    if (map == NULL)
        return;
    g_free(map->keys);
    g_free(map->parts);
    g_free(map->rows);
    g_free(map->order);
    g_free(map->by_row);
    g_free(map->begins);
    g_free(map->ends);
    g_free(map);
}

/* The number of the wanted object of this key; map->n: it is not wanted. Keys that ascend are found
 * a few places after the one before: the steps from there are doubled until one leads too far. */
static guint64
find(TorporRowMap *map, guint64 key)
{
    guint64 low = 0, high = map->n;
    if (map->near < map->n && key_at(map, map->near) < key) {
        low = map->near + 1;
        for (guint64 step = 1; low + step < high; step *= 2) {
            if (key_at(map, low + step) >= key)
                high = low + step;
            else
                low += step + 1;
        }
    } else if (map->near < map->n) {
        high = map->near + 1;
        low = key_at(map, map->near) == key ? map->near : 0;
    }
    while (low < high) {
        guint64 middle = low + (high - low) / 2;
        if (key_at(map, middle) < key)
            low = middle + 1;
        else
            high = middle;
    }
    map->near = low;
    if (low == map->n || key_at(map, low) != key)
        return map->n;
    map->near++;
    return map->order == NULL ? low : map->order[low];
}

gboolean
torpor_row_map_look(TorporRowMap *map, guint32 part, guint64 first, const guint64 *keys, guint64 n,
                    GError **error)
{
    if (first == 0) {
        map->begins[part] = map->n_found;
        map->near = 0;
    }
    for (guint64 i = 0; i < n; i++) {
        guint64 object = find(map, keys[i]);
        if (object == map->n)
            continue;
        if (map->parts[object] != NO_PART) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                        "the object of key %" G_GUINT64_FORMAT
                        " is there twice, on ranks %u and %u",
                        keys[i], map->parts[object], part);
            return FALSE;
        }
        map->parts[object] = part;
        map->rows[object] = first + i;
        map->by_row[map->n_found++] = object;
    }
    map->ends[part] = map->n_found;
    return TRUE;
}

gboolean
torpor_row_map_is_complete(const TorporRowMap *map)
{
    return map->n_found == map->n;
}

guint64
torpor_row_map_missing(const TorporRowMap *map)
{
    guint64 i = 0;
    while (map->parts[i] != NO_PART)
        i++;
    return map->keys[i];
}

guint64
torpor_row_map_at(const TorporRowMap *map, guint32 part, guint64 row)
{
    guint64 low = map->begins[part], high = map->ends[part];
    while (low < high) {
        guint64 middle = low + (high - low) / 2;
        if (map->rows[map->by_row[middle]] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < map->ends[part] && map->rows[map->by_row[low]] == row ? map->by_row[low] : map->n;
}
