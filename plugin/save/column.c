#include "save/column.h"

#include <string.h>

#include "host/reference.h"
#include "save/constant.h"
#include "save/gather.h"
#include "save/ragged.h"

/* Rows are bounced in pieces of so many bytes: small enough to stay in a cache. */
#define PIECE_BYTES ((guint64)256 << 10)

/* Where the rows of a column come from; lives in the tree's arena. */
typedef struct {
    const TorporView *view;         /* (not owned) */
    const TorporPopulation *target; /* REFERENCE: what it points into (not owned) */
} Column;

gpointer
torpor_column_memory(const TorporView *view, guint64 bytes, GError **error)
{
    gpointer memory = g_try_malloc(MAX(bytes, 1));
    if (memory == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "%s: no memory for %" G_GUINT64_FORMAT " bytes", view->path, bytes);
    return memory;
}

/* Rows as the file has them. */
static gboolean
gather_rows(const Column *column, guint64 first, guint64 count, void *out, GError **error)
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
gather_aligned(const Column *column, guint64 first, guint64 count, char *out, GError **error)
{
    const TorporView *view = column->view;
    gboolean fits = view->field->accessor == NULL || (gsize)out % TORPOR_COLUMN_ALIGNMENT == 0;
    if (fits)
        return gather_rows(column, first, count, out, error);
    guint64 at_once = MAX(PIECE_BYTES / view->row_bytes, 1);
    g_autofree char *bounce =
        torpor_column_memory(view, MIN(at_once, count) * view->row_bytes, error);
    if (bounce == NULL)
        return FALSE;
    while (count > 0) {
        guint64 n = MIN(count, at_once);
        if (!gather_rows(column, first, n, bounce, error))
            return FALSE;
        memcpy(out, bounce, n * view->row_bytes);
        out += n * view->row_bytes;
        first += n;
        count -= n;
    }
    return TRUE;
}

static gboolean
produce_rows(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    Column *column = produce_data;
    guint64 row_bytes = column->view->row_bytes;
    return gather_aligned(column, offset / row_bytes, length / row_bytes, out, error);
}

TorporArray *
torpor_column_array(const TorporView *view, TorporTree *tree, TorporNode *map, const char *key,
                    guint64 n, GError **error)
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

/* What the columns of one population have in common while they are put. */
typedef struct {
    const TorporPopulations *populations;
    TorporTree *tree;
    GPtrArray *sources;
    TorporGather *gather;
    gboolean is_guess; /* that columns are constant: to be seen while all are gathered */
} Putting;

static void
put_rows(const Putting *putting, const TorporView *view, const TorporPopulation *target,
         gboolean is_constant, TorporArray *array)
{
    Column *column = torpor_tree_alloc(putting->tree, sizeof *column);
    *column = (Column){view, target};
    if (array->data == NULL) {
        array->produce = produce_rows;
        array->produce_data = column;
        array->row_bytes = view->row_bytes;
    }
    if (is_constant && putting->is_guess)
        torpor_gather_expect(putting->gather, array, produce_rows, column);
    else if (!is_constant && array->data == NULL && torpor_view_is_shareable(view) &&
             torpor_reference_is_shareable(target))
        torpor_gather_add(putting->gather, array);
}

static gboolean
put_values(const Putting *putting, const TorporView *view, gboolean is_constant, TorporNode *map,
           const char *key, GError **error)
{
    TorporPopulation *target = NULL;
    if (view->kind == TORPOR_FIELD_REFERENCE) {
        target = torpor_reference_target(putting->populations, view, error);
        if (target == NULL)
            return FALSE;
    }
    guint64 n = is_constant ? 1 : view->population->count;
    TorporArray *array = torpor_column_array(view, putting->tree, map, key, n, error);
    if (array == NULL)
        return FALSE;
    array->data = array->byte_length == 0 ? "" : target == NULL ? torpor_view_packed(view) : NULL;
    /* Before threads share it. */
    if (array->data == NULL && target != NULL && !torpor_reference_prepare(view, target, error))
        return FALSE;
    put_rows(putting, view, target, is_constant, array);
    return TRUE;
}

static gboolean
put_column(const Putting *putting, const TorporView *view, gboolean is_constant, TorporNode *map,
           GError **error)
{
    char **key = view->keys;
    for (; key[1] != NULL; key++) {
        TorporNode *inner = torpor_map_find(map, *key, strlen(*key));
        map = inner != NULL ? inner : torpor_map_put_map(putting->tree, map, *key);
    }
    gboolean is_ragged = torpor_kind_is_ragged(view->kind);
    return is_ragged ? torpor_ragged_put(view, putting->tree, map, *key, putting->sources,
                                         putting->gather, error)
                     : put_values(putting, view, is_constant, map, *key, error);
}

/* May columns that look constant be compared while others of the same objects are gathered? */
static gboolean
can_guess(const GPtrArray *views, const gboolean *constant)
{
    guint64 gathered_bytes = 0;
    for (guint i = 0; i < views->len; i++) {
        const TorporView *view = g_ptr_array_index(views, i);
        gboolean is_plain = view->kind == TORPOR_FIELD_VALUE && torpor_view_is_shareable(view) &&
                            view->row_bytes <= TORPOR_GATHER_ROW_BYTES;
        if (constant[i] && !is_plain)
            return FALSE;
        if (!constant[i] && is_plain && torpor_view_packed(view) == NULL)
            gathered_bytes += view->population->count * view->row_bytes;
    }
    return gathered_bytes >= TORPOR_GATHER_EXPECT_BYTES;
}

gboolean
torpor_columns_put(const TorporPopulations *populations, const TorporPopulation *population,
                   TorporTree *tree, TorporNode *map, GPtrArray *sources, GPtrArray *gathers,
                   GError **error)
{
    const GPtrArray *views = population->views;
    g_autofree gboolean *constant = g_new0(gboolean, views->len);
    g_autoptr(TorporGather) gather =
        torpor_gather_new(populations->host, population->listed->count);
    Putting putting = {populations, tree, sources, gather, FALSE};
    if (!torpor_constant_guess(views, constant, error))
        return FALSE;
    putting.is_guess = can_guess(views, constant);
    if (!putting.is_guess && !torpor_constant_confirm(views, constant, error))
        return FALSE;
    for (guint i = 0; i < views->len; i++)
        if (!put_column(&putting, g_ptr_array_index(views, i), constant[i], map, error))
            return FALSE;
    if (torpor_gather_plan(gather))
        g_ptr_array_add(gathers, g_steal_pointer(&gather));
    return TRUE;
}
