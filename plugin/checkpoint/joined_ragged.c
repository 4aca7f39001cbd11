#include "checkpoint/joined_ragged.h"

#include <string.h>

#include "base/error.h"
#include "msgpack/stored.h"

typedef struct {
    const TorporFile *file;
    const TorporArray **parts; /* the values of each */
    const TorporRowMap *map;
    guint64 *begins; /* element of the joined values with which each object begins; of n + 1 */
    guint64 *from;   /* the same among the values of its part */
    guint64 element_bytes;
} Ragged;

/* ---- the values ---- */

/* The last object that begins at or before this element, and is not empty. */
static guint64
object_at(const Ragged *ragged, guint64 element)
{
    guint64 low = 0, high = ragged->map->n;
    while (high - low > 1) {
        guint64 middle = low + (high - low) / 2;
        if (ragged->begins[middle] <= element)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The end of the elements that follow one another in the part of this object, too. */
static guint64
run_end(const Ragged *ragged, guint64 object)
{
    const TorporRowMap *map = ragged->map;
    guint64 next = object + 1;
    while (next < map->n && map->parts[next] == map->parts[object] &&
           ragged->from[next] - ragged->from[object] ==
               ragged->begins[next] - ragged->begins[object])
        next++;
    return ragged->begins[next];
}

/* Any bytes. */
static gboolean
produce(gpointer data, guint64 offset, gsize length, void *out, GError **error)
{
    const Ragged *ragged = data;
    for (guint8 *to = out; length > 0;) {
        guint64 object = object_at(ragged, offset / ragged->element_bytes);
        guint64 within = offset - ragged->begins[object] * ragged->element_bytes;
        guint64 end = run_end(ragged, object) * ragged->element_bytes;
        gsize piece = (gsize)MIN(length, end - offset);
        if (!torpor_array_read(ragged->file, ragged->parts[ragged->map->parts[object]],
                               ragged->from[object] * ragged->element_bytes + within, piece, to,
                               error))
            return FALSE;
        to += piece;
        offset += piece;
        length -= piece;
    }
    return TRUE;
}

/* ---- where they are ---- */

/* Where the values of each object of a part begin, of n + 1. NULL with an error. */
static guint64 *
read_begins(const TorporColumnParts *values, const TorporColumnParts *counts, guint part, guint64 n,
            GError **error)
{
    const TorporArray *array = counts->parts[part];
    gboolean is_once = array->shape[0] == 1;
    if (array->rank != 1 || array->dtype->id != TORPOR_DTYPE_UINT64 ||
        (!is_once && array->shape[0] != n)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                    "the part of rank %u has no count for each of its objects", part);
        return NULL;
    }
    g_autofree guint64 *begins = g_try_new(guint64, n + 1);
    if (begins == NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory for counts");
        return NULL;
    }
    if (!torpor_array_read(counts->file, array, 0, (gsize)array->byte_length,
                           begins + (is_once ? 0 : 1), error))
        return NULL;
    guint64 once = is_once ? begins[0] : 0;
    guint64 total = 0;
    gboolean overflows = FALSE;
    begins[0] = 0;
    for (guint64 i = 1; i <= n; i++) {
        overflows = overflows || !g_uint64_checked_add(&total, total, is_once ? once : begins[i]);
        begins[i] = total;
    }
    if (!overflows && total == values->parts[part]->shape[0])
        return g_steal_pointer(&begins);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                "the counts of rank %u do not add up to its %" G_GUINT64_FORMAT " values", part,
                values->parts[part]->shape[0]);
    return NULL;
}

/* For each wanted object: how many values, in begins[i + 1], and where they are. */
static gboolean
find_values(const TorporPopulationRows *rows, const TorporColumnParts *values,
            const TorporColumnParts *counts, Ragged *ragged, GError **error)
{
    TorporRowMap *map = rows->map;
    torpor_row_map_sort(map);
    g_autofree guint64 *begins = NULL;
    for (guint64 i = 0; i < map->n; i++) {
        guint64 object = map->by_row[i];
        guint32 part = map->parts[object];
        if (i == 0 || part != map->parts[map->by_row[i - 1]]) {
            g_free(begins);
            begins = read_begins(values, counts, part, rows->part_rows[part], error);
            if (begins == NULL)
                return FALSE;
        }
        ragged->from[object] = begins[map->rows[object]];
        ragged->begins[object + 1] = begins[map->rows[object] + 1] - begins[map->rows[object]];
    }
    for (guint64 i = 0; i < map->n; i++)
        ragged->begins[i + 1] += ragged->begins[i];
    return TRUE;
}

static Ragged *
ragged_new(TorporTree *tree, const TorporColumnParts *values, const TorporArray *first,
           GError **error)
{
    Ragged *ragged = torpor_tree_alloc(tree, sizeof *ragged);
    guint64 n = values->map->n;
    *ragged = (Ragged){.file = values->file,
                       .parts = values->parts,
                       .map = values->map,
                       .begins = torpor_tree_try_alloc(tree, (n + 1) * sizeof(guint64)),
                       .from = torpor_tree_try_alloc(tree, (n + 1) * sizeof(guint64)),
                       .element_bytes = first->dtype->size};
    for (guint32 k = 1; k < first->rank; k++)
        ragged->element_bytes *= first->shape[k];
    if (ragged->begins != NULL && ragged->from != NULL) {
        memset(ragged->begins, 0, (n + 1) * sizeof(guint64));
        return ragged;
    }
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                "no memory for %" G_GUINT64_FORMAT " objects", n);
    return NULL;
}

gboolean
torpor_joined_ragged_new(const TorporPopulationRows *rows, const TorporColumnParts *values,
                         const TorporColumnParts *counts, TorporArray **joined_values,
                         TorporArray **joined_counts, GError **error)
{
    TorporTree *tree = rows->joined->tree;
    const TorporArray *first = torpor_column_parts_first(values, error);
    *joined_counts = first == NULL ? NULL : torpor_joined_new(tree, counts, error);
    Ragged *ragged = *joined_counts == NULL ? NULL : ragged_new(tree, values, first, error);
    if (ragged == NULL || !find_values(rows, values, counts, ragged, error))
        return FALSE;
    g_autofree guint64 *shape = g_memdup2(first->shape, first->rank * sizeof *shape);
    shape[0] = ragged->begins[ragged->map->n];
    *joined_values = torpor_joined_array_new(tree, first, shape, produce, ragged, error);
    return *joined_values != NULL;
}
