#include "checkpoint/joined_ragged.h"

#include <string.h>

#include "base/begins.h"
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
        /* Of objects that begin there, the last one is not empty. */
        guint64 object =
            torpor_begins_find(ragged->begins, ragged->map->n, offset / ragged->element_bytes);
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

/* All objects of a part have as many values: no step for each of them, since their number may be
 * any that a file without keys says. */
static gboolean
find_equal(guint64 length, guint part, guint64 n, Ragged *ragged, guint64 *total)
{
    const TorporRowMap *map = ragged->map;
    if (!g_uint64_checked_mul(total, n, length))
        return FALSE;
    for (guint64 i = map->begins[part]; i < map->ends[part]; i++) {
        guint64 object = map->by_row[i];
        ragged->from[object] = map->rows[object] * length;
        ragged->begins[object + 1] = length;
    }
    return TRUE;
}

/* The counts of rows [first, first + n). *next: in by_row, of those that are wanted. */
static gboolean
find_next(const guint64 *lengths, guint part, guint64 first, guint64 n, guint64 *next,
          Ragged *ragged, guint64 *total)
{
    const TorporRowMap *map = ragged->map;
    for (guint64 i = 0; i < n; i++) {
        if (*next < map->ends[part] && map->rows[map->by_row[*next]] == first + i) {
            guint64 object = map->by_row[(*next)++];
            ragged->from[object] = *total;
            ragged->begins[object + 1] = lengths[i];
        }
        if (!g_uint64_checked_add(total, *total, lengths[i]))
            return FALSE;
    }
    return TRUE;
}

/* For each wanted object of a part: how many values, in begins[i + 1], and where they are. Block by
 * block: the part may be far larger than what is wanted. */
static gboolean
find_in_part(const TorporColumnParts *values, const TorporColumnParts *counts, guint part,
             guint64 n, Ragged *ragged, GError **error)
{
    const TorporArray *array = counts->parts[part];
    guint64 lengths[TORPOR_KEYS_AT_ONCE];
    guint64 next = ragged->map->begins[part], total = 0;
    gboolean fits = TRUE;
    gboolean is_once = array->shape[0] == 1;
    guint64 n_counts = is_once ? 1 : n;
    for (guint64 first = 0, piece; first < n_counts && fits; first += piece) {
        piece = MIN(n_counts - first, TORPOR_KEYS_AT_ONCE);
        if (!torpor_array_read(counts->file, array, first * sizeof *lengths,
                               piece * sizeof *lengths, lengths, error))
            return FALSE;
        fits = is_once ? find_equal(lengths[0], part, n, ragged, &total)
                       : find_next(lengths, part, first, piece, &next, ragged, &total);
    }
    if (fits && total == values->parts[part]->shape[0])
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                "the counts of rank %u do not add up to its %" G_GUINT64_FORMAT " values", part,
                values->parts[part]->shape[0]);
    return FALSE;
}

static gboolean
find_values(const TorporPopulationRows *rows, const TorporColumnParts *values,
            const TorporColumnParts *counts, Ragged *ragged, GError **error)
{
    const TorporRowMap *map = rows->map;
    for (guint part = 0; part < values->n_parts; part++)
        if (map->begins[part] < map->ends[part] &&
            !find_in_part(values, counts, part, rows->part_rows[part], ragged, error))
            return FALSE;
    for (guint64 i = 0; i < map->n; i++)
        ragged->begins[i + 1] += ragged->begins[i];
    return TRUE;
}

/* They are as many as objects. */
static gboolean
check_counts(const TorporArray *counts, GError **error)
{
    if (counts->rank == 1 && counts->dtype->id == TORPOR_DTYPE_UINT64)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "expected counts as an array of uint64, one per object, found %s of rank %u",
                counts->dtype_name, counts->rank);
    return FALSE;
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
                       .begins = torpor_tree_try_alloc(tree, 2 * (n + 1) * sizeof(guint64)),
                       .element_bytes = first->dtype->size};
    for (guint32 k = 1; k < first->rank; k++)
        ragged->element_bytes *= first->shape[k];
    if (ragged->begins != NULL) {
        memset(ragged->begins, 0, (n + 1) * sizeof(guint64));
        ragged->from = ragged->begins + n + 1;
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
    if (*joined_counts != NULL && !check_counts(*joined_counts, error))
        return FALSE;
    Ragged *ragged = *joined_counts == NULL ? NULL : ragged_new(tree, values, first, error);
    if (ragged == NULL || !find_values(rows, values, counts, ragged, error))
        return FALSE;
    g_autofree guint64 *shape = g_memdup2(first->shape, first->rank * sizeof *shape);
    shape[0] = ragged->begins[ragged->map->n];
    *joined_values = torpor_joined_array_new(tree, first, shape, produce, ragged, error);
    return *joined_values != NULL;
}
