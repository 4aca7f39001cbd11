#include "save/ragged.h"

#include <string.h>

#include "save/column_array.h"

/* Objects whose lengths are asked for at once. */
#define LENGTHS_AT_ONCE 4096u
/* Objects of equal lengths whose values are. */
#define OBJECTS_AT_ONCE 256u
/* Longer values of an object are asked for one after the other. */
#define ROW_BYTES ((guint64)64 << 10)

struct _TorporRagged {
    const TorporLiveField *live_field; /* (not owned) */
    guint64 next_object;               /* the first that was not gathered yet */
    gpointer object;                   /* values of an object that was asked for in part only */
    guint64 object_length;             /* their bytes */
    guint64 object_taken;              /* those that were asked for */
    guint64 lengths_first;             /* objects whose lengths are known */
    guint64 n_lengths;
    guint64 *lengths;
    guint64 row_length; /* of each object, where all are equal; 0: they are not */
};

void
torpor_ragged_free(TorporRagged *ragged)
{
    if (ragged == NULL)
        return;
    g_free(ragged->object);
    g_free(ragged->lengths);
    g_free(ragged);
}

/* Read the lengths of `object` and of some after it, if they are not known. */
static gboolean
know_lengths(TorporRagged *ragged, guint64 object, GError **error)
{
    const TorporLiveField *live_field = ragged->live_field;
    guint64 count = live_field->population->count;
    if (ragged->n_lengths > 0 && object >= ragged->lengths_first &&
        object < ragged->lengths_first + ragged->n_lengths)
        return TRUE;
    if (object >= count) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST,
                    "%s: the host gave other lengths than a moment before", live_field->path);
        return FALSE;
    }
    if (ragged->lengths == NULL)
        ragged->lengths = g_new(guint64, LENGTHS_AT_ONCE);
    ragged->lengths_first = object;
    ragged->n_lengths = 0;
    guint64 n = MIN(count - object, LENGTHS_AT_ONCE);
    if (!torpor_live_field_lengths(live_field, object, n, ragged->lengths, error))
        return FALSE;
    ragged->n_lengths = n;
    return TRUE;
}

static gboolean
produce_counts(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    TorporRagged *ragged = produce_data;
    char *to = out;
    while (length > 0) {
        guint64 object = offset / sizeof(guint64);
        if (!know_lengths(ragged, object, error))
            return FALSE;
        guint64 within = offset - ragged->lengths_first * sizeof(guint64);
        guint64 taken = MIN(ragged->n_lengths * sizeof(guint64) - within, length);
        memcpy(to, (char *)ragged->lengths + within, taken);
        to += taken;
        offset += taken;
        length -= taken;
    }
    return TRUE;
}

/* The number of objects from next_object on whose values fit into `room`, as far as lengths are
 * known. */
static guint64
count_fitting(const TorporRagged *ragged, guint64 room, guint64 *bytes)
{
    guint64 end = ragged->lengths_first + ragged->n_lengths;
    guint64 n = 0;
    for (*bytes = 0; ragged->next_object + n < end; n++) {
        guint64 length = ragged->lengths[ragged->next_object + n - ragged->lengths_first];
        if (length > (room - *bytes) / ragged->live_field->row_bytes)
            break;
        *bytes += length * ragged->live_field->row_bytes;
    }
    return n;
}

/* Gather n objects from `first` on, `bytes` in all, at once. */
static gboolean
gather_objects(const TorporLiveField *live_field, guint64 first, guint64 n, const guint64 *lengths,
               guint64 bytes, char *out, GError **error)
{
    gboolean is_aligned = (gsize)out % TORPOR_COLUMN_ALIGNMENT == 0;
    g_autofree char *bounce = NULL;
    if (!is_aligned) {
        bounce = torpor_column_memory(live_field, bytes, error);
        if (bounce == NULL)
            return FALSE;
    }
    char *to = is_aligned ? out : bounce;
    if (!torpor_live_field_gather_ragged(live_field, first, n, lengths, to, error))
        return FALSE;
    if (!is_aligned)
        memcpy(out, bounce, bytes);
    return TRUE;
}

/* Gather an object whose values are asked for in parts. */
static gboolean
begin_object(TorporRagged *ragged, GError **error)
{
    const guint64 *length = ragged->lengths + (ragged->next_object - ragged->lengths_first);
    guint64 bytes;
    if (!g_uint64_checked_mul(&bytes, *length, ragged->live_field->row_bytes))
        bytes = G_MAXUINT64;
    g_clear_pointer(&ragged->object, g_free);
    ragged->object = torpor_column_memory(ragged->live_field, bytes, error);
    if (ragged->object == NULL ||
        !torpor_live_field_gather_ragged(ragged->live_field, ragged->next_object, 1, length,
                                         ragged->object, error))
        return FALSE;
    ragged->object_length = bytes;
    ragged->object_taken = 0;
    ragged->next_object++;
    return TRUE;
}

/* Gather n objects, `bytes` in all, at once. */
static gboolean
take_objects(TorporRagged *ragged, guint64 n, guint64 bytes, char *out, GError **error)
{
    const guint64 *lengths = ragged->lengths + (ragged->next_object - ragged->lengths_first);
    if (!gather_objects(ragged->live_field, ragged->next_object, n, lengths, bytes, out, error))
        return FALSE;
    ragged->next_object += n;
    return TRUE;
}

static gboolean
produce_ragged(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    TorporRagged *ragged = produce_data;
    char *to = out;
    if (offset == 0) {
        ragged->next_object = 0;
        ragged->object_taken = ragged->object_length = 0;
    }
    while (length > 0) {
        guint64 taken = MIN(ragged->object_length - ragged->object_taken, length);
        if (taken > 0) {
            memcpy(to, (char *)ragged->object + ragged->object_taken, taken);
            ragged->object_taken += taken;
        } else {
            if (!know_lengths(ragged, ragged->next_object, error))
                return FALSE;
            guint64 n = count_fitting(ragged, length, &taken);
            if (n == 0 ? !begin_object(ragged, error) : !take_objects(ragged, n, taken, to, error))
                return FALSE;
        }
        to += taken;
        length -= taken;
    }
    return TRUE;
}

/* If all lengths are equal: any rows, in any thread. */
static gboolean
produce_rows(gpointer produce_data, guint64 offset, gsize length, void *out, GError **error)
{
    const TorporRagged *ragged = produce_data;
    guint64 row_bytes = ragged->row_length * ragged->live_field->row_bytes;
    guint64 first = offset / row_bytes;
    guint64 lengths[OBJECTS_AT_ONCE];
    for (guint i = 0; i < OBJECTS_AT_ONCE; i++)
        lengths[i] = ragged->row_length;
    char *to = out;
    for (guint64 left = length / row_bytes, n; left > 0; left -= n) {
        n = MIN(left, OBJECTS_AT_ONCE);
        if (!gather_objects(ragged->live_field, first, n, lengths, n * row_bytes, to, error))
            return FALSE;
        first += n;
        to += n * row_bytes;
    }
    return TRUE;
}

/* Sum of all lengths, and whether they are all the same. */
static gboolean
sum_lengths(TorporRagged *ragged, guint64 *total, gboolean *is_constant, GError **error)
{
    guint64 count = ragged->live_field->population->count;
    guint64 first_length = 0;
    *total = 0;
    *is_constant = count > 1;
    for (guint64 object = 0; object < count; object += ragged->n_lengths) {
        if (!know_lengths(ragged, object, error))
            return FALSE;
        if (object == 0)
            first_length = ragged->lengths[0];
        for (guint64 i = 0; i < ragged->n_lengths; i++) {
            *is_constant = *is_constant && ragged->lengths[i] == first_length;
            if (!g_uint64_checked_add(total, *total, ragged->lengths[i])) {
                g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                            "%s: its lengths are beyond the address space",
                            ragged->live_field->path);
                return FALSE;
            }
        }
    }
    return TRUE;
}

static void
put_rows(TorporRagged *ragged, guint64 total, TorporArray *values, TorporGather *gather)
{
    const TorporLiveField *live_field = ragged->live_field;
    guint64 row_length = total / live_field->population->count;
    if (values->byte_length == 0 || row_length > ROW_BYTES / live_field->row_bytes)
        return;
    ragged->row_length = row_length;
    values->produce = produce_rows;
    values->row_bytes = row_length * live_field->row_bytes;
    if (torpor_live_field_is_shareable(live_field))
        torpor_gather_add(gather, values);
}

TorporRagged *
torpor_ragged_put(const TorporLiveField *live_field, TorporTree *tree, TorporNode *parent,
                  const char *key, TorporGather *gather, GError **error)
{
    TorporNode *map = torpor_map_put_map(tree, parent, key);
    g_autoptr(TorporRagged) ragged = g_new0(TorporRagged, 1);
    ragged->live_field = live_field;
    guint64 total;
    gboolean is_constant;
    if (!sum_lengths(ragged, &total, &is_constant, error))
        return NULL;
    TorporArray *values = torpor_column_array(live_field, tree, map, "values", total, error);
    if (values == NULL)
        return NULL;
    if (values->byte_length == 0)
        values->data = "";
    values->produce = produce_ragged;
    values->produce_data = ragged;
    if (is_constant)
        put_rows(ragged, total, values, gather);
    guint64 n = is_constant ? 1 : live_field->population->count;
    TorporNode *counts = torpor_map_put_array(tree, map, "counts",
                                              torpor_dtype_by_id(TORPOR_DTYPE_UINT64), 1, &n, NULL);
    if (n == 0)
        counts->value.array->data = "";
    counts->value.array->produce = produce_counts;
    counts->value.array->produce_data = ragged;
    return g_steal_pointer(&ragged);
}
