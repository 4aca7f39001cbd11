#include "save/column.h"

#include <string.h>

#include "host/reference.h"
#include "save/column_array.h"
#include "save/constant.h"
#include "save/gather.h"
#include "save/ragged.h"

/* Rows go through a buffer in pieces that are small enough to stay in a cache. */
#define PIECE_BYTES ((guint64)256 << 10)

/* Where the rows of a column come from; lives in the tree's arena. */
typedef struct {
    const TorporLiveField *live_field; /* (not owned) */
    const TorporPopulation *target;    /* REFERENCE: what it points into (not owned) */
} Column;

/* Rows as the file has them. */
static gboolean
gather_rows(const Column *column, guint64 first, guint64 count, void *out, GError **error)
{
    const TorporLiveField *live_field = column->live_field;
    if (!torpor_live_field_gather(live_field, first, count, out, error))
        return FALSE;
    guint64 per_row = live_field->row_bytes / live_field->item_size;
    return column->target == NULL ||
           torpor_reference_to_indices(live_field, column->target, first * per_row, count * per_row,
                                       out, error);
}

/* A host's accessor gets columns at addresses that suit every dtype. */
static gboolean
gather_aligned(const Column *column, guint64 first, guint64 count, char *out, GError **error)
{
    const TorporLiveField *live_field = column->live_field;
    gboolean fits =
        live_field->field->accessor == NULL || (gsize)out % TORPOR_COLUMN_ALIGNMENT == 0;
    if (fits)
        return gather_rows(column, first, count, out, error);
    guint64 at_once = MAX(PIECE_BYTES / live_field->row_bytes, 1);
    g_autofree char *bounce =
        torpor_column_memory(live_field, MIN(at_once, count) * live_field->row_bytes, error);
    if (bounce == NULL)
        return FALSE;
    while (count > 0) {
        guint64 n = MIN(count, at_once);
        if (!gather_rows(column, first, n, bounce, error))
            return FALSE;
        memcpy(out, bounce, n * live_field->row_bytes);
        out += n * live_field->row_bytes;
        first += n;
        count -= n;
    }
    return TRUE;
}

static gboolean
produce_rows(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    Column *column = produce_data;
    guint64 row_bytes = column->live_field->row_bytes;
    return gather_aligned(column, offset / row_bytes, length / row_bytes, out, error);
}

/* What the columns of one population have in common while they are put. */
typedef struct {
    const TorporPopulations *populations;
    TorporTree *tree;
    TorporSources *sources;
    TorporGather *gather;
    gboolean is_guess; /* columns that look constant are only guessed to be */
} Putting;

/* One column, before it is put. */
typedef struct {
    const TorporLiveField *live_field;     /* (not owned) */
    const TorporBaselineColumn *unchanged; /* it is as it was there; NULL: it may not be */
    gboolean is_constant;
    TorporRagged *ragged; /* of sources->ragged (not owned); NULL: it is not ragged */
} Found;

/* Of an array that does not lie in memory as it is. */
static gboolean
can_gather(const Found *found, const TorporPopulation *target)
{
    return !found->is_constant && torpor_live_field_is_shareable(found->live_field) &&
           torpor_reference_is_shareable(target);
}

static void
put_rows(const Putting *putting, const Found *found, const TorporPopulation *target,
         TorporArray *array)
{
    const TorporLiveField *live_field = found->live_field;
    Column *column = torpor_tree_alloc(putting->tree, sizeof *column);
    *column = (Column){live_field, target};
    if (array->data == NULL) {
        array->produce = produce_rows;
        array->produce_data = column;
        array->row_bytes = live_field->row_bytes;
    }
    if (found->is_constant && found->unchanged == NULL && putting->is_guess)
        torpor_gather_guess(putting->gather, array, produce_rows, column);
    else if (array->data == NULL && can_gather(found, target))
        torpor_gather_add(putting->gather, array);
}

static void
put_unchanged(const Putting *putting, const Found *found, const TorporPopulation *target,
              TorporArray *array)
{
    array->row_bytes = found->live_field->row_bytes;
    torpor_gaps_add_stored(putting->sources->gaps, array, found->unchanged->blocks);
    if (array->data == NULL && can_gather(found, target))
        torpor_gather_leave_out(putting->gather, array);
}

static gboolean
put_values(const Putting *putting, const Found *found, TorporNode *map, const char *key,
           GError **error)
{
    const TorporLiveField *live_field = found->live_field;
    TorporPopulation *target = NULL;
    if (live_field->kind == TORPOR_FIELD_REFERENCE) {
        target = torpor_reference_target(putting->populations, live_field, error);
        if (target == NULL)
            return FALSE;
    }
    guint64 n = found->is_constant ? 1 : live_field->population->count;
    TorporArray *array = torpor_column_array(live_field, putting->tree, map, key, n, error);
    if (array == NULL)
        return FALSE;
    array->data = array->byte_length == 0 ? ""
                  : target == NULL        ? torpor_live_field_packed(live_field)
                                          : NULL;
    if (found->unchanged != NULL && found->unchanged->blocks != NULL) {
        put_unchanged(putting, found, target, array);
        return TRUE;
    }
    /* Now, before threads share the target. */
    if (array->data == NULL && target != NULL &&
        !torpor_reference_prepare(live_field, target, error))
        return FALSE;
    put_rows(putting, found, target, array);
    return TRUE;
}

static gboolean
put_column(const Putting *putting, const Found *found, TorporNode *map, GError **error)
{
    const TorporLiveField *live_field = found->live_field;
    char **key = live_field->keys;
    torpor_revisions_note(putting->sources->revisions, live_field);
    for (; key[1] != NULL; key++)
        map = torpor_map_ensure_map(putting->tree, map, *key);
    if (found->ragged == NULL)
        return put_values(putting, found, map, *key, error);
    return torpor_ragged_put(found->ragged, putting->tree, map, *key, putting->gather,
                             putting->sources->gaps,
                             found->unchanged == NULL ? NULL : found->unchanged->blocks, error);
}

static gboolean
measure_ragged(const TorporSources *sources, GArray *all, GError **error)
{
    g_autoptr(GPtrArray) ragged = g_ptr_array_new();
    for (guint i = 0; i < all->len; i++) {
        Found *found = &g_array_index(all, Found, i);
        if (!torpor_kind_is_ragged(found->live_field->kind))
            continue;
        found->ragged = torpor_ragged_new(found->live_field);
        g_ptr_array_add(sources->ragged, found->ragged);
        if (found->unchanged == NULL)
            g_ptr_array_add(ragged, found->ragged);
        else
            torpor_ragged_know(found->ragged, found->unchanged->length);
    }
    return torpor_ragged_measure(ragged, error);
}

/* May columns that look constant be guessed to be, and compared while others of the same objects
 * are gathered? */
static gboolean
can_guess(const GArray *all, const GPtrArray *live_fields, const gboolean *constant)
{
    guint64 gathered_bytes = 0;
    for (guint i = 0; i < all->len; i++) {
        const Found *found = &g_array_index(all, Found, i);
        if (found->ragged != NULL && found->unchanged == NULL)
            gathered_bytes += torpor_ragged_gathered_bytes(found->ragged);
    }
    for (guint i = 0; i < live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(live_fields, i);
        gboolean is_plain = live_field->kind == TORPOR_FIELD_VALUE &&
                            torpor_live_field_is_shareable(live_field) &&
                            live_field->row_bytes <= TORPOR_GATHER_ROW_BYTES;
        if (constant[i] && !is_plain)
            return FALSE;
        if (!constant[i] && is_plain && torpor_live_field_packed(live_field) == NULL)
            gathered_bytes += live_field->population->count * live_field->row_bytes;
    }
    return gathered_bytes >= TORPOR_GATHER_GUESS_BYTES;
}

static gboolean
is_stored_once(const TorporBaselineColumn *column, const TorporLiveField *live_field)
{
    return column->length == 0 && column->n_rows < live_field->population->count;
}

/* What is small may as well be read, but not compared if it was constant. */
static const TorporBaselineColumn *
find_unchanged(const TorporSources *sources, const TorporLiveField *live_field)
{
    const TorporBaselineColumn *column = torpor_baseline_find(sources->baseline, live_field);
    return column != NULL && (column->blocks != NULL || is_stored_once(column, live_field)) ? column
                                                                                            : NULL;
}

/* An unchanged column is constant if it was; the others are sampled, and compared or guessed. */
static gboolean
find_constant(Putting *putting, GArray *all, GError **error)
{
    g_autoptr(GPtrArray) live_fields = g_ptr_array_new();
    g_autofree gboolean *constant = g_new0(gboolean, all->len);
    for (guint i = 0; i < all->len; i++) {
        const Found *found = &g_array_index(all, Found, i);
        if (found->unchanged == NULL)
            g_ptr_array_add(live_fields, (gpointer)found->live_field);
    }
    if (!torpor_constant_guess(live_fields, constant, error))
        return FALSE;
    putting->is_guess = can_guess(all, live_fields, constant);
    if (!putting->is_guess && !torpor_constant_confirm(live_fields, constant, error))
        return FALSE;
    for (guint i = 0, k = 0; i < all->len; i++) {
        Found *found = &g_array_index(all, Found, i);
        found->is_constant = found->unchanged == NULL
                                 ? constant[k++]
                                 : is_stored_once(found->unchanged, found->live_field);
    }
    return TRUE;
}

gboolean
torpor_columns_put(const TorporPopulations *populations, const TorporPopulation *population,
                   guint32 only, TorporTree *tree, TorporNode *map, TorporSources *sources,
                   GError **error)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Found));
    g_autoptr(TorporGather) gather =
        torpor_gather_new(populations->host, tree, population->listed->count);
    Putting putting = {populations, tree, sources, gather, FALSE};
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(population->live_fields, i);
        const Found found = {live_field, find_unchanged(sources, live_field), FALSE, NULL};
        if (only == 0 || (live_field->flags & only) != 0)
            g_array_append_val(all, found);
    }
    if (!measure_ragged(sources, all, error) || !find_constant(&putting, all, error))
        return FALSE;
    for (guint i = 0; i < all->len; i++)
        if (!put_column(&putting, &g_array_index(all, Found, i), map, error))
            return FALSE;
    if (torpor_gather_plan(gather, sources->gaps))
        g_ptr_array_add(sources->gathers, g_steal_pointer(&gather));
    return TRUE;
}
