#include "column.h"

#include <string.h>

#include "reference.h"

/* Rows are compared and bounced in pieces of so many bytes: small enough to stay in a cache. */
#define PIECE_BYTES ((guint64)256 << 10)
/* The first piece is smaller: most columns differ within their first few rows. */
#define FIRST_PIECE_ROWS 64u
/* Objects whose lengths are asked for at once. */
#define LENGTHS_AT_ONCE 4096u
#define COLUMN_ALIGNMENT 16u

struct _TorporColumn {
    const TorporView *view;   /* (not owned) */
    TorporPopulation *target; /* REFERENCE: what it points into (not owned) */
    gpointer bounce;          /* where a host gathers what was asked for at an odd address */
    /* RAGGED, BLOB: */
    guint64 next_object;   /* the first that was not gathered yet */
    gpointer object;       /* one object's values, of which only a part was asked for */
    guint64 object_length; /* its bytes */
    guint64 object_taken;  /* those that were given away */
    guint64 lengths_first; /* objects whose lengths are known */
    guint64 n_lengths;
    guint64 *lengths;
};

void
torpor_column_free(TorporColumn *column)
{
    if (column == NULL)
        return;
    g_free(column->bounce);
    g_free(column->object);
    g_free(column->lengths);
    g_free(column);
}

static TorporColumn *
column_new(const TorporView *view, GPtrArray *columns)
{
    TorporColumn *column = g_new0(TorporColumn, 1);
    column->view = view;
    g_ptr_array_add(columns, column);
    return column;
}

static gpointer
try_memory(const TorporView *view, guint64 bytes, GError **error)
{
    gpointer memory = g_try_malloc(MAX(bytes, 1));
    if (memory == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "%s: no memory for %" G_GUINT64_FORMAT " bytes", view->path, bytes);
    return memory;
}

/* ---- values and references ---- */

/* Rows as the file has them. */
static gboolean
gather_rows(TorporColumn *column, guint64 first, guint64 count, void *out, GError **error)
{
    const TorporView *view = column->view;
    if (!torpor_view_gather(view, first, count, out, error))
        return FALSE;
    guint64 per_row = view->row_bytes / view->item_size;
    return column->target == NULL ||
           torpor_reference_to_indices(view, column->target, first * per_row, count * per_row, out,
                                       error);
}

/* A host's accessor gets columns at addresses that suit every dtype. */
static gboolean
gather_aligned(TorporColumn *column, guint64 first, guint64 count, char *out, GError **error)
{
    const TorporView *view = column->view;
    gboolean fits = view->field->accessor == NULL || (gsize)out % COLUMN_ALIGNMENT == 0;
    if (fits)
        return gather_rows(column, first, count, out, error);
    guint64 at_once = MAX(PIECE_BYTES / view->row_bytes, 1);
    if (column->bounce == NULL)
        column->bounce = try_memory(view, at_once * view->row_bytes, error);
    if (column->bounce == NULL)
        return FALSE;
    while (count > 0) {
        guint64 n = MIN(count, at_once);
        if (!gather_rows(column, first, n, column->bounce, error))
            return FALSE;
        memcpy(out, column->bounce, n * view->row_bytes);
        out += n * view->row_bytes;
        first += n;
        count -= n;
    }
    return TRUE;
}

static gboolean
produce_rows(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    TorporColumn *column = produce_data;
    guint64 row_bytes = column->view->row_bytes;
    return gather_aligned(column, offset / row_bytes, length / row_bytes, out, error);
}

/* Is every one of these packed rows equal to the first? */
static gboolean
rows_equal(const char *rows, guint64 count, guint64 row_bytes)
{
    return count < 2 || memcmp(rows, rows + row_bytes, (count - 1) * row_bytes) == 0;
}

/* Are all rows of the column bitwise equal? Stops at the first piece with one that is not. */
static gboolean
find_constant(const TorporView *view, gboolean *out, GError **error)
{
    guint64 count = view->population->count;
    const char *packed = torpor_view_packed(view);
    *out = FALSE;
    if (count < 2 || view->row_bytes == 0)
        return TRUE;
    if (packed != NULL) {
        *out = rows_equal(packed, count, view->row_bytes);
        return TRUE;
    }
    guint64 at_once = MAX(PIECE_BYTES / view->row_bytes, 1);
    g_autofree char *first_row = try_memory(view, view->row_bytes, error);
    g_autofree char *rows =
        first_row == NULL ? NULL : try_memory(view, at_once * view->row_bytes, error);
    if (rows == NULL)
        return FALSE;
    guint64 n = MIN(MIN(count, at_once), FIRST_PIECE_ROWS);
    for (guint64 first = 0; first < count; first += n, n = MIN(count - first, at_once)) {
        if (!torpor_view_gather(view, first, n, rows, error))
            return FALSE;
        if (first == 0)
            memcpy(first_row, rows, view->row_bytes);
        if (memcmp(first_row, rows, view->row_bytes) != 0 || !rows_equal(rows, n, view->row_bytes))
            return TRUE;
    }
    *out = TRUE;
    return TRUE;
}

/* An array node [n, ...shape of the field]. */
static TorporArray *
put_array(const TorporView *view, TorporTree *tree, TorporNode *map, const char *key, guint64 n,
          GError **error)
{
    guint64 shape[1 + TORPOR_MAX_RANK];
    shape[0] = n;
    memcpy(shape + 1, view->shape, view->rank * sizeof *shape);
    gboolean is_pointer = view->dtype == TORPOR_DTYPE_POINTER;
    const TorporDtype *dtype = torpor_dtype_by_id(is_pointer ? TORPOR_DTYPE_UINT64 : view->dtype);
    TorporNode *node =
        torpor_map_put_array(tree, map, key, dtype, 1 + view->rank, shape, view->unit);
    if (node == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "%s: %" G_GUINT64_FORMAT " values are beyond the address space", view->path, n);
        return NULL;
    }
    return node->value.array;
}

static gboolean
put_values(const TorporPopulations *populations, const TorporView *view, TorporTree *tree,
           TorporNode *map, const char *key, GPtrArray *columns, GError **error)
{
    gboolean is_constant;
    TorporPopulation *target = NULL;
    if (view->kind == TORPOR_FIELD_REFERENCE) {
        target = torpor_reference_target(populations, view, error);
        if (target == NULL)
            return FALSE;
    }
    if (!find_constant(view, &is_constant, error))
        return FALSE;
    guint64 n = is_constant ? 1 : view->population->count;
    TorporArray *array = put_array(view, tree, map, key, n, error);
    if (array == NULL)
        return FALSE;
    array->data = array->byte_length == 0 ? "" : target == NULL ? torpor_view_packed(view) : NULL;
    if (array->data != NULL)
        return TRUE;
    TorporColumn *column = column_new(view, columns);
    column->target = target;
    array->produce = produce_rows;
    array->produce_data = column;
    array->row_bytes = view->row_bytes;
    return TRUE;
}

/* ---- ragged values and blobs ---- */

/* Make the lengths of `object` and of those after it known. */
static gboolean
know_lengths(TorporColumn *column, guint64 object, GError **error)
{
    const TorporView *view = column->view;
    guint64 count = view->population->count;
    if (column->n_lengths > 0 && object >= column->lengths_first &&
        object < column->lengths_first + column->n_lengths)
        return TRUE;
    if (object >= count) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST,
                    "%s: the host gave other lengths than a moment before", view->path);
        return FALSE;
    }
    if (column->lengths == NULL)
        column->lengths = g_new(guint64, LENGTHS_AT_ONCE);
    column->lengths_first = object;
    column->n_lengths = 0;
    guint64 n = MIN(count - object, LENGTHS_AT_ONCE);
    if (!torpor_view_lengths(view, object, n, column->lengths, error))
        return FALSE;
    column->n_lengths = n;
    return TRUE;
}

static gboolean
produce_counts(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    TorporColumn *column = produce_data;
    char *to = out;
    while (length > 0) {
        guint64 object = offset / sizeof(guint64);
        if (!know_lengths(column, object, error))
            return FALSE;
        guint64 within = offset - column->lengths_first * sizeof(guint64);
        guint64 taken = MIN(column->n_lengths * sizeof(guint64) - within, length);
        memcpy(to, (char *)column->lengths + within, taken);
        to += taken;
        offset += taken;
        length -= taken;
    }
    return TRUE;
}

/* Objects from next_object on whose values fit into `room`, as far as lengths are known. */
static guint64
count_fitting(const TorporColumn *column, guint64 room, guint64 *bytes)
{
    guint64 end = column->lengths_first + column->n_lengths;
    guint64 n = 0;
    for (*bytes = 0; column->next_object + n < end; n++) {
        guint64 length = column->lengths[column->next_object + n - column->lengths_first];
        if (length > (room - *bytes) / column->view->row_bytes)
            break;
        *bytes += length * column->view->row_bytes;
    }
    return n;
}

/* Gather one object whose values are asked for in parts. */
static gboolean
begin_object(TorporColumn *column, GError **error)
{
    const guint64 *length = column->lengths + (column->next_object - column->lengths_first);
    guint64 bytes;
    if (!g_uint64_checked_mul(&bytes, *length, column->view->row_bytes))
        bytes = G_MAXUINT64;
    g_clear_pointer(&column->object, g_free);
    column->object = try_memory(column->view, bytes, error);
    if (column->object == NULL || !torpor_view_gather_ragged(column->view, column->next_object, 1,
                                                             length, column->object, error))
        return FALSE;
    column->object_length = bytes;
    column->object_taken = 0;
    column->next_object++;
    return TRUE;
}

/* Gather n objects, `bytes` in all, at once. */
static gboolean
take_objects(TorporColumn *column, guint64 n, guint64 bytes, char *out, GError **error)
{
    const guint64 *lengths = column->lengths + (column->next_object - column->lengths_first);
    gboolean is_aligned = (gsize)out % COLUMN_ALIGNMENT == 0;
    g_autofree char *bounce = NULL;
    if (!is_aligned) {
        bounce = try_memory(column->view, bytes, error);
        if (bounce == NULL)
            return FALSE;
    }
    char *to = is_aligned ? out : bounce;
    if (!torpor_view_gather_ragged(column->view, column->next_object, n, lengths, to, error))
        return FALSE;
    if (!is_aligned)
        memcpy(out, bounce, bytes);
    column->next_object += n;
    return TRUE;
}

static gboolean
produce_ragged(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    TorporColumn *column = produce_data;
    char *to = out;
    if (offset == 0) {
        column->next_object = 0;
        column->object_taken = column->object_length = 0;
    }
    while (length > 0) {
        guint64 taken = MIN(column->object_length - column->object_taken, length);
        if (taken > 0) {
            memcpy(to, (char *)column->object + column->object_taken, taken);
            column->object_taken += taken;
        } else {
            if (!know_lengths(column, column->next_object, error))
                return FALSE;
            guint64 n = count_fitting(column, length, &taken);
            if (n == 0 ? !begin_object(column, error) : !take_objects(column, n, taken, to, error))
                return FALSE;
        }
        to += taken;
        length -= taken;
    }
    return TRUE;
}

/* Sum of all lengths, and whether they are all the same. */
static gboolean
sum_lengths(TorporColumn *column, guint64 *total, gboolean *is_constant, GError **error)
{
    guint64 count = column->view->population->count;
    guint64 first_length = 0;
    *total = 0;
    *is_constant = count > 1;
    for (guint64 object = 0; object < count; object += column->n_lengths) {
        if (!know_lengths(column, object, error))
            return FALSE;
        if (object == 0)
            first_length = column->lengths[0];
        for (guint64 i = 0; i < column->n_lengths; i++) {
            *is_constant = *is_constant && column->lengths[i] == first_length;
            if (!g_uint64_checked_add(total, *total, column->lengths[i])) {
                g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                            "%s: its lengths are beyond the address space", column->view->path);
                return FALSE;
            }
        }
    }
    return TRUE;
}

static gboolean
put_ragged(const TorporView *view, TorporTree *tree, TorporNode *parent, const char *key,
           GPtrArray *columns, GError **error)
{
    TorporNode *map = torpor_map_put_map(tree, parent, key);
    TorporColumn *column = column_new(view, columns);
    guint64 total;
    gboolean is_constant;
    if (!sum_lengths(column, &total, &is_constant, error))
        return FALSE;
    TorporArray *values = put_array(view, tree, map, "values", total, error);
    if (values == NULL)
        return FALSE;
    if (values->byte_length == 0)
        values->data = "";
    values->produce = produce_ragged;
    values->produce_data = column;
    guint64 n = is_constant ? 1 : view->population->count;
    TorporNode *counts = torpor_map_put_array(tree, map, "counts",
                                              torpor_dtype_by_id(TORPOR_DTYPE_UINT64), 1, &n, NULL);
    if (n == 0)
        counts->value.array->data = "";
    counts->value.array->produce = produce_counts;
    counts->value.array->produce_data = column;
    return TRUE;
}

/* ---- */

gboolean
torpor_column_put(const TorporPopulations *populations, const TorporView *view, TorporTree *tree,
                  TorporNode *map, GPtrArray *columns, GError **error)
{
    char **key = view->keys;
    for (; key[1] != NULL; key++) {
        TorporNode *inner = torpor_map_find(map, *key, strlen(*key));
        map = inner != NULL ? inner : torpor_map_put_map(tree, map, *key);
    }
    gboolean is_ragged = view->kind == TORPOR_FIELD_RAGGED || view->kind == TORPOR_FIELD_BLOB;
    return is_ragged ? put_ragged(view, tree, map, *key, columns, error)
                     : put_values(populations, view, tree, map, *key, columns, error);
}
