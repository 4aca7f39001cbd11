#include "checkpoint/population_rows.h"

#include "base/key_sort.h"
#include "host/section_names.h"
#include "msgpack/stored.h"
#include "value/convert.h"
#include "value/tree_copy.h"

guint
torpor_population_rows_first(const TorporPopulationRows *rows)
{
    guint first = 0;
    while (rows->parts.entries[first] == NULL)
        first++;
    return first;
}

static const char *
key_of(const TorporPopulationRows *rows)
{
    const TorporNode *node =
        torpor_map_get(rows->parts.entries[torpor_population_rows_first(rows)], TORPOR_KEY_KEY);
    return node != NULL && node->kind == TORPOR_NODE_TEXT ? node->value.bytes.data : NULL;
}

gboolean
torpor_population_rows_are_keyed(const TorporPopulationRows *rows)
{
    return key_of(rows) != NULL || (rows->live != NULL && rows->live->key_field != NULL);
}

gboolean
torpor_population_rows_refuse(const TorporPopulationRows *rows, const char *what, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                TORPOR_SECTION_POPULATIONS "/%s: %s, so it can be restored on the same number of "
                                           "ranks only, with the same objects on each; it was "
                                           "saved on %u",
                rows->parts.path, what, rows->join->shards->n);
    return FALSE;
}

gboolean
torpor_population_rows_mismatch(const TorporPopulationRows *rows, const char *what, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH, TORPOR_SECTION_POPULATIONS "/%s: %s",
                rows->parts.path, what);
    return FALSE;
}

static gboolean
count_of(const TorporNode *entry, guint64 *out)
{
    const TorporNode *node = torpor_map_get(entry, TORPOR_KEY_COUNT);
    gboolean is_count = node != NULL && node->kind == TORPOR_NODE_INT && node->value.integer >= 0;
    if (is_count)
        *out = (guint64)node->value.integer;
    return is_count;
}

/* The column of keys of one part, in a copy that reads from the file of all parts. */
static const TorporArray *
key_column(const TorporPopulationRows *rows, guint part)
{
    const TorporNode *node = torpor_map_get(rows->parts.nodes[part], rows->key);
    if (node == NULL || node->kind != TORPOR_NODE_ARRAY || node->value.array->rank < 1 ||
        node->value.array->rank > 2)
        return NULL;
    return torpor_array_copy(rows->joined->tree, node->value.array,
                             torpor_shards_shift(rows->join->shards, part));
}

/* The same, of one key for each row along the axis. NULL with an error. */
static const TorporArray *
check_key_column(const TorporPopulationRows *rows, guint part, GError **error)
{
    const TorporArray *column = key_column(rows, part);
    guint64 n = rows->part_rows[part];
    if (column != NULL && column->rank == rows->axis + 1 &&
        column->shape[0] == (rows->axis == 1 ? 1 : n)) /* axis 1: n is its second dimension */
        return column;
    torpor_population_rows_mismatch(rows, "its key is no column of integers", error);
    return NULL;
}

static gboolean
find_axis(TorporPopulationRows *rows, GError **error)
{
    if (rows->live != NULL && rows->live->key_field != NULL)
        rows->axis = rows->live->key_field->rank;
    if (rows->key == NULL)
        return TRUE;
    const TorporArray *column = key_column(rows, torpor_population_rows_first(rows));
    guint32 axis = column == NULL ? 0 : column->rank - 1;
    if (column == NULL ||
        (rows->live != NULL && rows->live->key_field != NULL && axis != rows->axis))
        return torpor_population_rows_mismatch(rows, "its key is not what it was", error);
    rows->axis = axis;
    return TRUE;
}

/* An ordinary file has no keys; the second dimension is then that of any column. */
static guint64
second_dimension(const TorporNode *node)
{
    for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next) {
        const TorporUnit *unit;
        const TorporArray *array = torpor_node_array(child, &unit);
        if (array != NULL && array->rank >= 2)
            return array->shape[1];
    }
    return 0;
}

static gboolean
count_parts(TorporPopulationRows *rows, GError **error)
{
    guint n = rows->join->shards->n;
    rows->part_rows = torpor_tree_alloc(rows->joined->tree, sizeof *rows->part_rows * n);
    gboolean has_count = FALSE;
    for (guint i = 0; i < n; i++) {
        guint64 count = 0;
        rows->part_rows[i] = 0;
        if (rows->parts.entries[i] == NULL)
            continue;
        if (!count_of(rows->parts.entries[i], &count) || rows->parts.nodes[i] == NULL ||
            rows->parts.nodes[i]->kind != TORPOR_NODE_MAP)
            return torpor_population_rows_mismatch(
                rows, "a shard does not say how many objects it has", error);
        rows->part_rows[i] = count;
        if (rows->axis == 0)
            continue;
        if (has_count && count != rows->count)
            return torpor_population_rows_mismatch(
                rows, "its ranks have different numbers of objects", error);
        rows->count = count;
        has_count = TRUE;
        const TorporArray *column = rows->key == NULL ? NULL : key_column(rows, i);
        rows->part_rows[i] = column != NULL && column->rank == 2
                                 ? column->shape[1]
                                 : second_dimension(rows->parts.nodes[i]);
    }
    return TRUE;
}

/* Rows whose own numbers are their keys: at most as many steps as there are wanted keys, whatever
 * the file says of its number of rows. */
static void
look_for_numbers(TorporPopulationRows *rows, guint part)
{
    TorporRowMap *map = rows->map;
    for (guint64 i = 0; i < map->n; i++) {
        guint64 key = map->keys[map->order == NULL ? i : map->order[i]];
        if (key >= rows->part_rows[part])
            break;
        (void)torpor_row_map_look(map, part, key, &key, 1, NULL); /* each is wanted once */
    }
}

/* Block by block: the part of another rank may be far larger than this rank's. */
static gboolean
look_in_part(TorporPopulationRows *rows, guint part, gboolean stops_early, GError **error)
{
    guint64 keys[TORPOR_KEYS_AT_ONCE];
    if (rows->parts.entries[part] == NULL)
        return TRUE;
    if (rows->key == NULL) {
        look_for_numbers(rows, part);
        return TRUE;
    }
    const TorporArray *column = check_key_column(rows, part, error);
    if (column == NULL)
        return FALSE;
    for (guint64 first = 0, n; first < rows->part_rows[part]; first += n) {
        n = MIN(rows->part_rows[part] - first, TORPOR_KEYS_AT_ONCE);
        if (stops_early && torpor_row_map_is_complete(rows->map))
            return TRUE;
        if (!torpor_keys_read(rows->join->shards->file, column, first, n, keys, error) ||
            !torpor_row_map_look(rows->map, part, first, keys, n, error))
            return FALSE;
    }
    return TRUE;
}

/* The rank's own shard of before comes first: often it has all. */
static gboolean
find_rows(TorporPopulationRows *rows, gboolean stops_early, GError **error)
{
    guint n = rows->join->shards->n;
    guint begin = rows->live == NULL ? 0 : rows->join->rank % n;
    for (guint i = 0; i < n; i++) {
        if (!look_in_part(rows, (begin + i) % n, stops_early, error)) {
            g_prefix_error(error, TORPOR_SECTION_POPULATIONS "/%s: ", rows->parts.path);
            return FALSE;
        }
    }
    if (torpor_row_map_is_complete(rows->map))
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                TORPOR_SECTION_POPULATIONS "/%s: the object of key %" G_GUINT64_FORMAT
                                           " is not in the checkpoint",
                rows->parts.path, torpor_row_map_missing(rows->map));
    return FALSE;
}

/* The keys of one part. */
static gboolean
read_part_keys(const TorporPopulationRows *rows, guint part, guint64 *out, GError **error)
{
    const TorporArray *column = check_key_column(rows, part, error);
    if (column == NULL)
        return FALSE;
    for (guint64 first = 0, n; first < rows->part_rows[part]; first += n) {
        n = MIN(rows->part_rows[part] - first, TORPOR_KEYS_AT_ONCE);
        if (!torpor_keys_read(rows->join->shards->file, column, first, n, out + first, error))
            return FALSE;
    }
    return TRUE;
}

static guint64 *
no_memory(const TorporPopulationRows *rows, guint64 n, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                TORPOR_SECTION_POPULATIONS "/%s: no memory for %" G_GUINT64_FORMAT " keys",
                rows->parts.path, n);
    return NULL;
}

/* All keys of all parts, ascending. */
static guint64 *
all_keys(const TorporPopulationRows *rows, guint64 *n, GError **error)
{
    guint n_parts = rows->join->shards->n;
    gboolean overflows = FALSE;
    *n = 0;
    for (guint i = 0; i < n_parts; i++)
        overflows |= !g_uint64_checked_add(n, *n, rows->part_rows[i]);
    g_autofree guint64 *all =
        overflows || *n >= G_MAXSIZE / sizeof *all ? NULL : g_try_new(guint64, *n + 1);
    if (all == NULL)
        return no_memory(rows, *n, error);
    guint64 done = 0;
    for (guint i = 0; i < n_parts; i++) {
        if (rows->parts.entries[i] != NULL && !read_part_keys(rows, i, all + done, error))
            return NULL;
        done += rows->part_rows[i];
    }
    return torpor_key_sort(all, *n, NULL) ? g_steal_pointer(&all) : no_memory(rows, *n, error);
}

static guint64 *
wanted_keys(const TorporPopulationRows *rows, guint64 *n, GError **error)
{
    if (rows->live == NULL || rows->live->key_field == NULL)
        return all_keys(rows, n, error);
    return torpor_population_keys(rows->live, n, error);
}

gboolean
torpor_population_rows_find(TorporPopulationRows *rows, GError **error)
{
    if (rows->map != NULL)
        return TRUE;
    gboolean has_live_key = rows->live != NULL && rows->live->key_field != NULL;
    rows->key = key_of(rows);
    if (rows->key == NULL && rows->join->shards->n > 1)
        return torpor_population_rows_refuse(rows, "it was saved without keys", error);
    if (rows->live != NULL && !has_live_key && rows->join->n_ranks > 1)
        return torpor_population_rows_mismatch(
            rows, "the host lists it without a key, but it was saved with one", error);
    if (!find_axis(rows, error) || !count_parts(rows, error))
        return FALSE;
    guint64 n;
    guint64 *wanted = wanted_keys(rows, &n, error);
    if (wanted == NULL)
        return FALSE;
    rows->map = torpor_row_map_new(wanted, n, rows->join->shards->n, error);
    if (rows->map == NULL) {
        g_prefix_error(error, TORPOR_SECTION_POPULATIONS "/%s: ", rows->parts.path);
        return FALSE;
    }
    g_ptr_array_add(rows->joined->maps, rows->map);
    return find_rows(rows, has_live_key, error);
}

gboolean
torpor_population_rows_are_numbers(const TorporPopulationRows *rows)
{
    for (guint64 i = 0; i < rows->map->n; i++)
        if (rows->map->keys[i] != i)
            return FALSE;
    return TRUE;
}
