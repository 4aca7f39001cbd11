#include "restore/incoming_ragged.h"

#include "msgpack/stored.h"

/* Objects of a ragged field at a time. */
#define OBJECTS_AT_ONCE 4096u
#define LENGTHS_BYTES (OBJECTS_AT_ONCE * sizeof(guint64))

guint64
torpor_incoming_ragged_room(const TorporIncomingColumn *incoming)
{
    return LENGTHS_BYTES + MAX(TORPOR_PIECE_BYTES, incoming->largest);
}

/* The number of objects from here on that fit into one piece; at least one. */
static guint64
count_objects(const guint64 *lengths, guint64 count, guint64 row_bytes, guint64 *elements)
{
    guint64 n = 0;
    *elements = 0;
    while (n < count && (n == 0 || (*elements + lengths[n]) * row_bytes <= TORPOR_PIECE_BYTES))
        *elements += lengths[n++];
    return n;
}

/* Called with the values of objects [first, first + count), in ascending order. */
typedef gboolean (*RaggedUse)(const TorporIncomingColumn *incoming, guint64 first, guint64 count,
                              const guint64 *lengths, const void *values, GError **error);

/* Load the values of objects [first, first + count), a piece at a time. `element` is the first
 * value. room: for a piece, see torpor_incoming_ragged_room. */
static gboolean
use_ragged(const TorporIncomingColumn *incoming, guint64 first, guint64 count,
           const guint64 *lengths, guint64 element, RaggedUse use, void *room, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    for (guint64 at = 0, n = 0, elements = 0; at < count; at += n, element += elements) {
        n = count_objects(lengths + at, count - at, live_field->row_bytes, &elements);
        guint64 bytes = elements * live_field->row_bytes;
        if (!torpor_array_read(incoming->file, incoming->values, element * live_field->row_bytes,
                               bytes, room, error))
            return FALSE;
        torpor_convert_values(&incoming->convert, bytes / live_field->item_size, room);
        if (!use(incoming, first + at, n, lengths + at, room, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
load_counts(const TorporIncomingColumn *incoming, guint64 first, guint64 count, guint64 *lengths,
            GError **error)
{
    gboolean is_constant = incoming->counts->shape[0] == 1;
    if (!torpor_array_read(incoming->file, incoming->counts,
                           is_constant ? 0 : first * sizeof *lengths,
                           (is_constant ? 1 : count) * sizeof *lengths, lengths, error))
        return FALSE;
    if (is_constant)
        torpor_incoming_column_repeat((char *)lengths, count, sizeof *lengths);
    return TRUE;
}

/* Compare the lengths and values of a CONSTANT ragged field; large objects one by one. */
static gboolean
check_constant_ragged(const TorporIncomingColumn *incoming, guint64 first, guint64 count,
                      const guint64 *lengths, guint64 element, gboolean *is_difference,
                      GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    g_autofree guint64 *live_lengths = g_new(guint64, OBJECTS_AT_ONCE);
    if (!torpor_live_field_lengths(live_field, first, count, live_lengths, error))
        return FALSE;
    for (guint64 i = 0; i < count; i++) {
        guint64 bytes = lengths[i] * live_field->row_bytes;
        gboolean same = live_lengths[i] == lengths[i];
        g_autofree char *in_file = NULL;
        g_autofree char *live = NULL;
        if (same && bytes > 0) {
            in_file = torpor_incoming_column_try_memory(incoming, bytes, error);
            live =
                in_file == NULL ? NULL : torpor_incoming_column_try_memory(incoming, bytes, error);
            if (live == NULL ||
                !torpor_array_read(incoming->file, incoming->values,
                                   element * live_field->row_bytes, bytes, in_file, error) ||
                !torpor_live_field_gather_ragged(live_field, first + i, 1, lengths + i, live,
                                                 error))
                return FALSE;
            torpor_convert_values(&incoming->convert, bytes / live_field->item_size, in_file);
            same = torpor_incoming_column_are_equal(incoming, in_file, live, bytes);
        }
        if (!same) {
            *is_difference = TRUE;
            torpor_incoming_column_set_difference(
                first + i, "the values that the host built (the field is constant)", "other ones",
                error);
            return FALSE;
        }
        element += lengths[i];
    }
    return TRUE;
}

static gboolean
check_ragged_by_host(const TorporIncomingColumn *incoming, guint64 first, guint64 count,
                     const guint64 *lengths, const void *values, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = live_field->field->ragged_accessor->check(
        live_field->host->data, live_field->population, live_field->field, first, count, lengths,
        values, &failure);
    return torpor_host_result(status, &failure, error, "%s", live_field->path);
}

/* Do the counts add up to the number of values? Checked before memory is allocated by them. */
static gboolean
check_total(TorporIncomingColumn *incoming, guint64 *lengths, GError **error)
{
    guint64 total = 0;
    guint64 largest = 0;
    gboolean overflow = FALSE;
    for (guint64 first = 0; first < incoming->live_field->population->count;
         first += OBJECTS_AT_ONCE) {
        guint64 n = MIN(OBJECTS_AT_ONCE, incoming->live_field->population->count - first);
        if (!load_counts(incoming, first, n, lengths, error))
            return FALSE;
        for (guint64 i = 0; i < n; i++) {
            overflow = overflow || !g_uint64_checked_add(&total, total, lengths[i]);
            largest = MAX(largest, lengths[i]);
        }
    }
    incoming->largest = largest * incoming->live_field->row_bytes;
    if (!overflow && total == incoming->values->shape[0])
        return TRUE;
    g_set_error(
        error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
        "%s: counts add up to %" G_GUINT64_FORMAT "%s, but there are %" G_GUINT64_FORMAT " values",
        incoming->live_field->path, total, overflow ? " and more" : "", incoming->values->shape[0]);
    return FALSE;
}

/* Check the bools of a ragged field. Its values are read for this only. */
static gboolean
check_ragged_bools(const TorporIncomingColumn *incoming, GError **error)
{
    g_autofree guint8 *values =
        torpor_incoming_column_try_memory(incoming, TORPOR_PIECE_BYTES, error);
    if (values == NULL)
        return FALSE;
    guint64 total = incoming->values->byte_length;
    for (guint64 first = 0; first < total; first += TORPOR_PIECE_BYTES) {
        gsize n = MIN(TORPOR_PIECE_BYTES, total - first);
        if (!torpor_array_read(incoming->file, incoming->values, first, n, values, error))
            return FALSE;
        for (gsize i = 0; i < n; i++) {
            if (values[i] <= 1)
                continue;
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                        "%s: value %" G_GUINT64_FORMAT ": expected a bool, 0 or 1, found %u",
                        incoming->live_field->path, first + i, values[i]);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
torpor_incoming_ragged_check(TorporIncomingColumn *incoming, gboolean *is_difference,
                             GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    gboolean is_constant_field = (live_field->flags & TORPOR_FIELD_CONSTANT) != 0;
    g_autofree guint64 *lengths = g_new(guint64, OBJECTS_AT_ONCE);
    if (!check_total(incoming, lengths, error) ||
        (live_field->dtype == TORPOR_DTYPE_BOOL && !check_ragged_bools(incoming, error)))
        return FALSE;
    const struct torpor_ragged_accessor *accessor = live_field->field->ragged_accessor;
    gboolean asks_host = !is_constant_field && accessor != NULL && accessor->check != NULL;
    g_autofree char *room = torpor_incoming_column_try_memory(
        incoming, asks_host ? torpor_incoming_ragged_room(incoming) - LENGTHS_BYTES : 1, error);
    if (room == NULL)
        return FALSE;
    guint64 element = 0;
    for (guint64 first = 0; first < live_field->population->count; first += OBJECTS_AT_ONCE) {
        guint64 n = MIN(OBJECTS_AT_ONCE, live_field->population->count - first);
        if (!load_counts(incoming, first, n, lengths, error))
            return FALSE;
        if (is_constant_field) {
            if (!check_constant_ragged(incoming, first, n, lengths, element, is_difference, error))
                return FALSE;
        } else if (!torpor_live_field_set_lengths(live_field, first, n, lengths, error) ||
                   (asks_host && !use_ragged(incoming, first, n, lengths, element,
                                             check_ragged_by_host, room, error))) {
            return FALSE;
        }
        for (guint64 i = 0; i < n; i++)
            element += lengths[i];
    }
    return TRUE;
}

static gboolean
scatter_ragged(const TorporIncomingColumn *incoming, guint64 first, guint64 count,
               const guint64 *lengths, const void *values, GError **error)
{
    return torpor_live_field_scatter_ragged(incoming->live_field, first, count, lengths, values,
                                            error);
}

gboolean
torpor_incoming_ragged_commit(const TorporIncomingColumn *incoming, void *room, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    guint64 *lengths = room;
    char *values = (char *)room + LENGTHS_BYTES;
    guint64 element = 0;
    gboolean is_complete = TRUE; /* what fails does not keep the rest from being written */
    for (guint64 first = 0; first < live_field->population->count; first += OBJECTS_AT_ONCE) {
        guint64 n = MIN(OBJECTS_AT_ONCE, live_field->population->count - first);
        if (!load_counts(incoming, first, n, lengths, is_complete ? error : NULL))
            return FALSE;
        if (!use_ragged(incoming, first, n, lengths, element, scatter_ragged, values,
                        is_complete ? error : NULL))
            is_complete = FALSE;
        for (guint64 i = 0; i < n; i++)
            element += lengths[i];
    }
    return is_complete;
}
