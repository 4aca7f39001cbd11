/* Rows of one part that are near each other are read together, in pieces that fit a buffer on the
 * stack: neurons that were dealt to the ranks one by one lie apart in the joined column and side by
 * side in each part. */
#include "checkpoint/joined.h"

#include <string.h>

#include "base/error.h"
#include "msgpack/stored.h"

#define BUFFER_BYTES ((guint64)64 << 10)
#define BATCH_ROWS ((guint64)2048)
/* Rows that nobody wants are read too if there are no more of them in a row. */
#define MAX_SKIPPED_ROWS ((guint64)16)

typedef struct {
    const TorporFile *file;
    const TorporArray **parts;
    const TorporRowMap *map;
    guint64 item_bytes;       /* of one place along the axis */
    const guint64 *part_rows; /* axis 1: places of each part along it */
} Joined;

/* ---- rows ---- */

typedef struct {
    guint32 part;
    guint32 number; /* in the batch */
    guint64 row;
} Wanted;

static int
compare_wanted(gconstpointer a, gconstpointer b, gpointer unused)
{
    const Wanted *one = a;
    const Wanted *other = b;
    (void)unused;
    if (one->part != other->part)
        return one->part < other->part ? -1 : 1;
    return (one->row > other->row) - (one->row < other->row);
}

/* The row in its part; 0 where the part stores one row for all. */
static guint64
row_in_part(const Joined *joined, guint64 place, guint64 outer)
{
    guint32 part = joined->map->parts[place];
    const TorporArray *array = joined->parts[part];
    guint64 rows = joined->part_rows == NULL ? 1 : joined->part_rows[part];
    gboolean is_once = array->shape[0] == 1;
    if (joined->part_rows == NULL)
        return is_once ? 0 : joined->map->rows[place];
    return (is_once ? 0 : outer) * rows + joined->map->rows[place];
}

static gboolean
read_part(const Joined *joined, guint32 part, guint64 row, guint64 n, void *out, GError **error)
{
    return torpor_array_read(joined->file, joined->parts[part], row * joined->item_bytes,
                             (gsize)(n * joined->item_bytes), out, error);
}

/* Rows that lie near each other in one part: read what they span, and copy each to its place. */
static gboolean
read_span(const Joined *joined, const Wanted *wanted, guint64 n, guint8 *out, GError **error)
{
    guint8 buffer[BUFFER_BYTES];
    guint64 first = wanted[0].row;
    if (!read_part(joined, wanted[0].part, first, wanted[n - 1].row - first + 1, buffer, error))
        return FALSE;
    for (guint64 i = 0; i < n; i++)
        memcpy(out + wanted[i].number * joined->item_bytes,
               buffer + (wanted[i].row - first) * joined->item_bytes, joined->item_bytes);
    return TRUE;
}

static gboolean
read_batch(const Joined *joined, guint64 outer, guint64 first, guint64 n, guint8 *out,
           GError **error)
{
    Wanted wanted[BATCH_ROWS];
    for (guint64 i = 0; i < n; i++)
        wanted[i] = (Wanted){joined->map->parts[first + i], (guint32)i,
                             row_in_part(joined, first + i, outer)};
    g_qsort_with_data(wanted, (gint)n, sizeof *wanted, compare_wanted, NULL);
    for (guint64 begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1;
             end < n && wanted[end].part == wanted[begin].part &&
             wanted[end].row - wanted[end - 1].row <= MAX_SKIPPED_ROWS &&
             (wanted[end].row - wanted[begin].row + 1) * joined->item_bytes <= BUFFER_BYTES;
             end++)
            ;
        gboolean is_read = end - begin == 1
                               ? read_part(joined, wanted[begin].part, wanted[begin].row, 1,
                                           out + wanted[begin].number * joined->item_bytes, error)
                               : read_span(joined, wanted + begin, end - begin, out, error);
        if (!is_read)
            return FALSE;
    }
    return TRUE;
}

/* How many places from here on are rows of one part, one after the other. */
static guint64
run_length(const Joined *joined, guint64 outer, guint64 first, guint64 n)
{
    const TorporRowMap *map = joined->map;
    guint64 row = row_in_part(joined, first, outer);
    guint64 length = 1;
    while (length < n && map->parts[first + length] == map->parts[first] &&
           row_in_part(joined, first + length, outer) == row + length)
        length++;
    return length;
}

static gboolean
read_rows(const Joined *joined, guint64 outer, guint64 first, guint64 n, guint8 *out,
          GError **error)
{
    for (guint64 done = 0, piece; done < n; done += piece) {
        guint8 *to = out + done * joined->item_bytes;
        piece = run_length(joined, outer, first + done, n - done);
        if (piece > 64 || piece == n - done) {
            guint64 row = row_in_part(joined, first + done, outer);
            if (!read_part(joined, joined->map->parts[first + done], row, piece, to, error))
                return FALSE;
            continue;
        }
        piece = MIN(n - done, BATCH_ROWS);
        if (!read_batch(joined, outer, first + done, piece, to, error))
            return FALSE;
    }
    return TRUE;
}

/* A part of one row, from byte `skip` on. */
static gboolean
read_within_row(const Joined *joined, guint64 outer, guint64 place, guint64 skip, guint64 n,
                guint8 *out, GError **error)
{
    return torpor_array_read(joined->file, joined->parts[joined->map->parts[place]],
                             row_in_part(joined, place, outer) * joined->item_bytes + skip,
                             (gsize)n, out, error);
}

static gboolean
produce(gpointer data, guint64 offset, gsize length, void *out, GError **error)
{
    const Joined *joined = data;
    guint8 *to = out;
    guint64 per_outer = joined->map->n * joined->item_bytes;
    while (length > 0) {
        guint64 outer = offset / per_outer;
        guint64 place = offset % per_outer / joined->item_bytes;
        guint64 skip = offset % joined->item_bytes;
        guint64 piece = MIN(length, per_outer - offset % per_outer);
        gboolean is_read;
        if (skip > 0 || piece < joined->item_bytes) {
            piece = MIN(piece, joined->item_bytes - skip);
            is_read = read_within_row(joined, outer, place, skip, piece, to, error);
        } else {
            piece -= piece % joined->item_bytes;
            is_read = read_rows(joined, outer, place, piece / joined->item_bytes, to, error);
        }
        if (!is_read)
            return FALSE;
        to += piece;
        offset += piece;
        length -= (gsize)piece;
    }
    return TRUE;
}

/* ---- do the parts fit? ---- */

static gboolean
set_misfit(guint part, const char *what, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "the part of rank %u has another %s than those of other ranks", part, what);
    return FALSE;
}

static gboolean
check_part(const TorporColumnParts *column, guint number, const TorporArray *first, GError **error)
{
    const TorporArray *array = column->parts[number];
    if (array->dtype != first->dtype || strcmp(array->dtype_name, first->dtype_name) != 0)
        return set_misfit(number, "dtype", error);
    if (array->rank != first->rank || array->rank <= column->axis)
        return set_misfit(number, "rank", error);
    for (guint32 k = 1; k < array->rank; k++)
        if (k != column->axis && array->shape[k] != first->shape[k])
            return set_misfit(number, "shape", error);
    return TRUE;
}

const TorporArray *
torpor_column_parts_first(const TorporColumnParts *column, GError **error)
{
    const TorporArray *first = NULL;
    for (guint i = 0; i < column->n_parts; i++) {
        if (column->parts[i] == NULL)
            continue;
        first = first == NULL ? column->parts[i] : first;
        if (!check_part(column, i, first, error))
            return NULL;
    }
    return first;
}

/* One row may stand for all. */
static gboolean
check_rows(const TorporColumnParts *column, guint number, GError **error)
{
    const guint64 *shape = column->parts[number]->shape;
    guint64 n = column->axis == 1 ? column->count : column->part_rows[number];
    if ((shape[0] == n || (shape[0] == 1 && n > 0)) &&
        (column->axis == 0 || shape[1] == column->part_rows[number]))
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "the part of rank %u does not have a value for each of its objects", number);
    return FALSE;
}

/* Does every part store one row, and (axis 0) the same one? */
static gboolean
is_once(const TorporColumnParts *column, guint64 row_bytes, gboolean *once, GError **error)
{
    g_autofree guint8 *expected = NULL;
    *once = !column->never_once;
    for (guint i = 0; i < column->n_parts && *once; i++)
        *once = column->parts[i] == NULL || column->parts[i]->shape[0] <= 1;
    if (!*once || column->axis == 1)
        return TRUE;
    expected = g_try_malloc(MAX(row_bytes, 1));
    g_autofree guint8 *found = g_try_malloc(MAX(row_bytes, 1));
    *once = expected != NULL && found != NULL;
    gboolean has_expected = FALSE;
    for (guint i = 0; i < column->n_parts && *once; i++) {
        if (column->parts[i] == NULL || column->parts[i]->shape[0] == 0)
            continue;
        if (!torpor_array_read(column->file, column->parts[i], 0, (gsize)row_bytes,
                               has_expected ? found : expected, error))
            return FALSE;
        *once = !has_expected || memcmp(expected, found, (gsize)row_bytes) == 0;
        has_expected = TRUE;
    }
    return TRUE;
}

TorporArray *
torpor_joined_array_new(TorporTree *tree, const TorporArray *part, const guint64 *shape,
                        TorporProduceFunc produce_any, gpointer produce_data, GError **error)
{
    TorporArray *array = torpor_tree_alloc(tree, sizeof *array);
    guint64 *own_shape = torpor_tree_alloc(tree, part->rank * sizeof *shape);
    memcpy(own_shape, shape, part->rank * sizeof *shape);
    *array = (TorporArray){.dtype = part->dtype,
                           .dtype_name = part->dtype_name,
                           .rank = part->rank,
                           .shape = own_shape,
                           .produce = produce_any,
                           .produce_data = produce_data};
    if (!torpor_shape_byte_length(part->rank, shape, part->dtype->size, &array->byte_length)) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT, "it is too large");
        return NULL;
    }
    if (array->byte_length == 0)
        array->data = "";
    return array;
}

TorporArray *
torpor_joined_new(TorporTree *tree, const TorporColumnParts *column, GError **error)
{
    const TorporArray *first = torpor_column_parts_first(column, error);
    gboolean once;
    if (first == NULL)
        return NULL;
    for (guint i = 0; i < column->n_parts; i++)
        if (column->parts[i] != NULL && !check_rows(column, i, error))
            return NULL;
    guint64 item_bytes = first->dtype->size;
    for (guint32 k = column->axis + 1; k < first->rank; k++)
        item_bytes *= first->shape[k];
    if (!is_once(column, item_bytes, &once, error))
        return NULL;
    g_autofree guint64 *shape = g_memdup2(first->shape, first->rank * sizeof *shape);
    shape[0] = column->axis == 1 ? column->count : column->map->n;
    shape[column->axis] = column->map->n;
    if (once)
        shape[0] = MIN(shape[0], 1);
    Joined *joined = torpor_tree_alloc(tree, sizeof *joined);
    *joined = (Joined){.file = column->file,
                       .parts = column->parts,
                       .map = column->map,
                       .item_bytes = item_bytes,
                       .part_rows = column->axis == 1 ? column->part_rows : NULL};
    return torpor_joined_array_new(tree, first, shape, produce, joined, error);
}
