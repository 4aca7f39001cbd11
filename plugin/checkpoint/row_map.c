#include "checkpoint/row_map.h"

#include "base/error.h"
#include "msgpack/stored.h"

#define NO_PART G_MAXUINT32
#define MAX_KEYS ((guint64)G_MAXINT32) /* of a population on one rank */

/* ---- keys ---- */

GArray *
torpor_keys_read(const TorporFile *file, const TorporArray *array, GError **error)
{
    guint64 n = 1; /* no more than the bytes of the array, which are in the file */
    for (guint32 i = 0; i < array->rank; i++)
        n *= array->shape[i];
    g_autofree guint8 *values = g_try_malloc(MAX(array->byte_length, 1));
    if (values == NULL || n > MAX_KEYS) {
        g_set_error(error, TORPOR_ERROR,
                    values == NULL ? TORPOR_STATUS_NO_MEMORY : TORPOR_STATUS_LIMIT,
                    "%" G_GUINT64_FORMAT " keys are too many to read", n);
        return NULL;
    }
    if (!torpor_array_read(file, array, 0, array->byte_length, values, error))
        return NULL;
    g_autoptr(GArray) keys = g_array_sized_new(FALSE, FALSE, sizeof(guint64), (guint)n);
    g_array_set_size(keys, (guint)n);
    if (torpor_dtype_widen(array->dtype->id, values, n, (guint64 *)(gpointer)keys->data))
        return g_steal_pointer(&keys);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH, "keys: expected integers, found %s",
                array->dtype_name);
    return NULL;
}

/* ---- the map ---- */

static int
compare_by_key(gconstpointer a, gconstpointer b, gpointer data)
{
    const guint64 *keys = data;
    guint64 one = keys[*(const guint64 *)a];
    guint64 other = keys[*(const guint64 *)b];
    return (one > other) - (one < other);
}

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

TorporRowMap *
torpor_row_map_new(const GArray *wanted, GError **error)
{
    g_autoptr(TorporRowMap) map = g_new0(TorporRowMap, 1);
    map->n = wanted->len;
    map->keys = g_try_new(guint64, map->n + 1);
    map->parts = g_try_new(guint32, map->n + 1);
    map->rows = g_try_new0(guint64, map->n + 1);
    if (map->keys == NULL || map->parts == NULL || map->rows == NULL)
        return no_memory(map->n, error);
    for (guint64 i = 0; i < map->n; i++)
        map->keys[i] = g_array_index(wanted, guint64, i);
    gboolean ascends = TRUE;
    for (guint64 i = 0; i < map->n; i++) {
        map->parts[i] = NO_PART;
        ascends = ascends && (i == 0 || map->keys[i - 1] < map->keys[i]);
    }
    if (ascends)
        return g_steal_pointer(&map);
    map->order = g_try_new(guint64, map->n);
    if (map->order == NULL)
        return no_memory(map->n, error);
    for (guint64 i = 0; i < map->n; i++)
        map->order[i] = i;
    g_qsort_with_data(map->order, (gint)map->n, sizeof *map->order, compare_by_key, map->keys);
    for (guint64 i = 1; i < map->n; i++) {
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
    g_free(map);
}

/* The number of the wanted object of this key; map->n: it is not wanted. `guess` is a place in
 * ascending order that it may have. */
static guint64
find(const TorporRowMap *map, guint64 key, guint64 *guess)
{
    guint64 low = 0, high = map->n;
    if (*guess < map->n && key_at(map, *guess) == key)
        low = *guess;
    else
        while (low < high) {
            guint64 middle = low + (high - low) / 2;
            if (key_at(map, middle) < key)
                low = middle + 1;
            else
                high = middle;
        }
    if (low == map->n || key_at(map, low) != key)
        return map->n;
    *guess = low + 1;
    return map->order == NULL ? low : map->order[low];
}

gboolean
torpor_row_map_look(TorporRowMap *map, guint32 part, const GArray *keys, guint64 n_rows,
                    GError **error)
{
    guint64 guess = 0;
    for (guint64 row = 0; row < n_rows; row++) {
        guint64 key = keys == NULL ? row : g_array_index(keys, guint64, row);
        guint64 object = find(map, key, &guess);
        if (object == map->n)
            continue;
        if (map->parts[object] != NO_PART) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                        "the object of key %" G_GUINT64_FORMAT
                        " is there twice, on ranks %u and %u",
                        key, map->parts[object], part);
            return FALSE;
        }
        map->parts[object] = part;
        map->rows[object] = row;
        map->n_found++;
    }
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
    for (guint64 i = 0; i < map->n; i++)
        if (map->parts[i] == NO_PART)
            return map->keys[i];
    return 0;
}

static int
compare_place(const TorporRowMap *map, guint64 object, guint32 part, guint64 row)
{
    if (map->parts[object] != part)
        return map->parts[object] < part ? -1 : 1;
    return (map->rows[object] > row) - (map->rows[object] < row);
}

static int
compare_by_row(gconstpointer a, gconstpointer b, gpointer data)
{
    const TorporRowMap *map = data;
    guint64 other = *(const guint64 *)b;
    return compare_place(map, *(const guint64 *)a, map->parts[other], map->rows[other]);
}

void
torpor_row_map_sort(TorporRowMap *map)
{
    if (map->by_row != NULL)
        return;
    map->by_row = g_new(guint64, map->n + 1);
    for (guint64 i = 0; i < map->n; i++)
        map->by_row[i] = i;
    g_qsort_with_data(map->by_row, (gint)map->n, sizeof *map->by_row, compare_by_row, map);
}

guint64
torpor_row_map_at(const TorporRowMap *map, guint32 part, guint64 row)
{
    guint64 low = 0, high = map->n;
    while (low < high) {
        guint64 middle = low + (high - low) / 2;
        int order = compare_place(map, map->by_row[middle], part, row);
        if (order == 0)
            return map->by_row[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return map->n;
}

gboolean
torpor_row_map_is_part(const TorporRowMap *map, guint64 n_rows, guint32 *part)
{
    if (map->n != n_rows || map->n == 0)
        return FALSE;
    *part = map->parts[0];
    for (guint64 i = 0; i < map->n; i++)
        if (map->parts[i] != *part || map->rows[i] != i)
            return FALSE;
    return TRUE;
}
