#include "restore/incoming_column.h"

#include <string.h>

#include "host/reference.h"
#include "host/type_check.h"
#include "msgpack/stored.h"
#include "value/element.h"

/* Bytes that are read, checked or written at a time. */
#define PIECE_BYTES ((guint64)128 << 10)
/* Objects of a ragged field at a time. */
#define OBJECTS_AT_ONCE 4096u
#define LENGTHS_BYTES (OBJECTS_AT_ONCE * sizeof(guint64))

/* Among fields of the same objects, a piece of fewer rows lies inside one of more rows. */
guint64
torpor_incoming_column_rows_at_once(const TorporIncomingColumn *incoming)
{
    const TorporLiveField *live_field = incoming->live_field;
    guint64 rows = MAX(PIECE_BYTES / MAX(live_field->row_bytes, 1), 1);
    if (torpor_live_field_packed(live_field) != NULL)
        return rows;
    guint64 at_once = TORPOR_SCATTERED_ROWS;
    while (at_once > rows)
        at_once /= 2;
    return at_once;
}

/* Are rows read straight into the host's memory? */
static gboolean
is_in_place(const TorporIncomingColumn *incoming)
{
    return incoming->target == NULL && torpor_live_field_packed(incoming->live_field) != NULL;
}

guint64
torpor_incoming_column_room(const TorporIncomingColumn *incoming)
{
    const TorporLiveField *live_field = incoming->live_field;
    if (torpor_kind_is_ragged(live_field->kind))
        return LENGTHS_BYTES + MAX(PIECE_BYTES, incoming->largest);
    guint64 rows =
        MIN(torpor_incoming_column_rows_at_once(incoming), live_field->population->count);
    return is_in_place(incoming) ? 0 : rows * live_field->row_bytes;
}

static gpointer
try_memory(const TorporIncomingColumn *incoming, guint64 bytes, GError **error)
{
    gpointer memory = g_try_malloc(MAX(bytes, 1));
    if (memory == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "%s: no memory for %" G_GUINT64_FORMAT " bytes", incoming->live_field->path,
                    bytes);
    return memory;
}

/* Repeat the row at the front of `rows`, `count` times in all. */
static void
repeat_row(char *rows, guint64 count, guint64 row_bytes)
{
    guint64 done = 1;
    while (done < count) {
        guint64 n = MIN(done, count - done);
        memcpy(rows + done * row_bytes, rows, n * row_bytes);
        done += n;
    }
}

/* Read the values of objects [first, first + count) in the host's unit; references are indices. */
static gboolean
load_rows(const TorporIncomingColumn *incoming, guint64 first, guint64 count, char *out,
          GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    guint64 row_bytes = live_field->row_bytes;
    if (incoming->values == NULL) {
        /* Nested fields have several values in a row. */
        guint64 value_bytes = torpor_field_byte_length(live_field->field);
        if (count == 0 || row_bytes == 0)
            return TRUE;
        memcpy(out, incoming->default_value, value_bytes);
        repeat_row(out, count * (row_bytes / value_bytes), value_bytes);
        return TRUE;
    }
    gboolean is_constant = incoming->values->shape[0] == 1;
    guint64 in_file = is_constant ? 1 : count;
    if (!torpor_array_read(incoming->file, incoming->values, is_constant ? 0 : first * row_bytes,
                           in_file * row_bytes, out, error)) {
        g_prefix_error(error, "%s: ", live_field->path);
        return FALSE;
    }
    torpor_convert_values(&incoming->convert, in_file * (row_bytes / live_field->item_size), out);
    if (is_constant)
        repeat_row(out, count, row_bytes);
    return TRUE;
}

/* ---- prepare ---- */

static void
set_difference(guint64 object, const char *expected, const char *found, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "object %" G_GUINT64_FORMAT ": expected %s, found %s", object, expected, found);
}

static gboolean
check_bools(const TorporIncomingColumn *incoming, guint64 first, guint64 count, const guint8 *rows,
            GError **error)
{
    for (guint64 i = 0; i < count * incoming->live_field->row_bytes; i++) {
        if (rows[i] > 1) {
            g_autofree char *found = g_strdup_printf("%u", rows[i]);
            set_difference(first + i / incoming->live_field->row_bytes, "a bool, 0 or 1", found,
                           error);
            g_prefix_error(error, "%s: ", incoming->live_field->path);
            return FALSE;
        }
    }
    return TRUE;
}

/* Converted values are rounded; those that the host built need not be. */
#define ROUNDING_ULPS 4u

static gboolean
are_equal(const TorporIncomingColumn *incoming, const char *in_file, const char *live,
          guint64 bytes)
{
    if (incoming->convert.is_identity)
        return memcmp(in_file, live, bytes) == 0;
    const TorporDtype *dtype = torpor_dtype_by_id(incoming->live_field->dtype);
    for (guint64 at = 0; at < bytes; at += dtype->size)
        if (torpor_element_ulps(dtype, in_file + at, live + at) > ROUNDING_ULPS)
            return FALSE;
    return TRUE;
}

/* CONSTANT: the live values, gathered into `live`, must equal those of the file. */
static gboolean
check_constant(const TorporIncomingColumn *incoming, guint64 first, guint64 count, const char *rows,
               char *live, gboolean *is_difference, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    if (!torpor_live_field_gather(live_field, first, count, live, error))
        return FALSE;
    guint64 per_row = live_field->row_bytes / live_field->item_size;
    if (incoming->target != NULL &&
        !torpor_reference_to_indices(live_field, incoming->target, first * per_row, count * per_row,
                                     live, error))
        return FALSE;
    for (guint64 i = 0; i < count; i++) {
        guint64 at = i * live_field->row_bytes;
        if (!are_equal(incoming, rows + at, live + at, live_field->row_bytes)) {
            *is_difference = TRUE;
            set_difference(first + i, "the value that the host built (the field is constant)",
                           "another one", error);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
check_by_host(const TorporIncomingColumn *incoming, guint64 first, guint64 count, const void *rows,
              GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    struct torpor_error failure = torpor_host_error_new();
    gint32 status =
        live_field->field->accessor->check(live_field->host->data, live_field->population,
                                           live_field->field, first, count, rows, &failure);
    return torpor_host_result(status, &failure, error, "%s", live_field->path);
}

static gboolean
check_rows(const TorporIncomingColumn *incoming, gboolean *is_difference, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    const struct torpor_accessor *accessor = live_field->field->accessor;
    gboolean is_constant_field = (live_field->flags & TORPOR_FIELD_CONSTANT) != 0;
    gboolean asks_host = accessor != NULL && accessor->check != NULL && !is_constant_field;
    gboolean is_bool = live_field->dtype == TORPOR_DTYPE_BOOL;
    if (!is_constant_field && !asks_host && !is_bool && incoming->target == NULL)
        return TRUE;
    guint64 at_once = torpor_incoming_column_rows_at_once(incoming);
    g_autofree char *rows = try_memory(incoming, at_once * live_field->row_bytes, error);
    g_autofree char *live =
        rows == NULL
            ? NULL
            : try_memory(incoming, is_constant_field ? at_once * live_field->row_bytes : 1, error);
    if (rows == NULL || live == NULL)
        return FALSE;
    guint64 per_row = live_field->row_bytes / live_field->item_size;
    for (guint64 first = 0; first < live_field->population->count; first += at_once) {
        guint64 n = MIN(at_once, live_field->population->count - first);
        if (!load_rows(incoming, first, n, rows, error))
            return FALSE;
        if (is_bool && !check_bools(incoming, first, n, (const guint8 *)rows, error))
            return FALSE;
        if (incoming->target != NULL &&
            !torpor_reference_check(live_field, incoming->target, first * per_row, n * per_row,
                                    rows, error))
            return FALSE;
        if (is_constant_field &&
            !check_constant(incoming, first, n, rows, live, is_difference, error))
            return FALSE;
        if (asks_host) {
            if (incoming->target != NULL)
                torpor_reference_to_addresses(live_field, incoming->target, n * per_row, rows);
            if (!check_by_host(incoming, first, n, rows, error))
                return FALSE;
        }
    }
    return TRUE;
}

gboolean
torpor_incoming_column_is_live(const TorporIncomingColumn *incoming, gboolean *is_live,
                               GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    guint64 at_once = torpor_incoming_column_rows_at_once(incoming);
    g_autofree char *rows = try_memory(incoming, at_once * live_field->row_bytes, error);
    g_autofree char *live =
        rows == NULL ? NULL : try_memory(incoming, at_once * live_field->row_bytes, error);
    *is_live = TRUE;
    if (live == NULL)
        return FALSE;
    for (guint64 first = 0; *is_live && first < live_field->population->count; first += at_once) {
        guint64 n = MIN(at_once, live_field->population->count - first);
        if (!load_rows(incoming, first, n, rows, error) ||
            !torpor_live_field_gather(live_field, first, n, live, error))
            return FALSE;
        *is_live = are_equal(incoming, rows, live, n * live_field->row_bytes);
    }
    return TRUE;
}

/* The number of objects from here on that fit into one piece; at least one. */
static guint64
count_objects(const guint64 *lengths, guint64 count, guint64 row_bytes, guint64 *elements)
{
    guint64 n = 0;
    *elements = 0;
    while (n < count && (n == 0 || (*elements + lengths[n]) * row_bytes <= PIECE_BYTES))
        *elements += lengths[n++];
    return n;
}

/* Called with the values of objects [first, first + count), in ascending order. */
typedef gboolean (*RaggedUse)(const TorporIncomingColumn *incoming, guint64 first, guint64 count,
                              const guint64 *lengths, const void *values, GError **error);

/* Load the values of objects [first, first + count), a piece at a time. `element` is the first
 * value. room: for a piece, see torpor_incoming_column_room. */
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
        repeat_row((char *)lengths, count, sizeof *lengths);
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
            in_file = try_memory(incoming, bytes, error);
            live = in_file == NULL ? NULL : try_memory(incoming, bytes, error);
            if (live == NULL ||
                !torpor_array_read(incoming->file, incoming->values,
                                   element * live_field->row_bytes, bytes, in_file, error) ||
                !torpor_live_field_gather_ragged(live_field, first + i, 1, lengths + i, live,
                                                 error))
                return FALSE;
            torpor_convert_values(&incoming->convert, bytes / live_field->item_size, in_file);
            same = are_equal(incoming, in_file, live, bytes);
        }
        if (!same) {
            *is_difference = TRUE;
            set_difference(first + i, "the values that the host built (the field is constant)",
                           "other ones", error);
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
    g_autofree guint8 *values = try_memory(incoming, PIECE_BYTES, error);
    if (values == NULL)
        return FALSE;
    guint64 total = incoming->values->byte_length;
    for (guint64 first = 0; first < total; first += PIECE_BYTES) {
        gsize n = MIN(PIECE_BYTES, total - first);
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

static gboolean
check_ragged(TorporIncomingColumn *incoming, gboolean *is_difference, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    gboolean is_constant_field = (live_field->flags & TORPOR_FIELD_CONSTANT) != 0;
    g_autofree guint64 *lengths = g_new(guint64, OBJECTS_AT_ONCE);
    if (!check_total(incoming, lengths, error) ||
        (live_field->dtype == TORPOR_DTYPE_BOOL && !check_ragged_bools(incoming, error)))
        return FALSE;
    gboolean is_written = !is_constant_field && torpor_live_field_is_writable(live_field);
    const struct torpor_ragged_accessor *accessor = live_field->field->ragged_accessor;
    gboolean asks_host = is_written && accessor != NULL && accessor->check != NULL;
    g_autofree char *room = try_memory(
        incoming, asks_host ? torpor_incoming_column_room(incoming) - LENGTHS_BYTES : 1, error);
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
        } else if (is_written &&
                   (!torpor_live_field_set_lengths(live_field, first, n, lengths, error) ||
                    (asks_host && !use_ragged(incoming, first, n, lengths, element,
                                              check_ragged_by_host, room, error)))) {
            return FALSE;
        }
        for (guint64 i = 0; i < n; i++)
            element += lengths[i];
    }
    return TRUE;
}

gboolean
torpor_incoming_column_check(TorporIncomingColumn *incoming, gboolean *is_difference,
                             GError **error)
{
    *is_difference = FALSE;
    return torpor_live_field_check_objects(incoming->live_field, error) &&
           (incoming->target == NULL ||
            torpor_reference_prepare(incoming->live_field, incoming->target, error)) &&
           (torpor_kind_is_ragged(incoming->live_field->kind)
                ? check_ragged(incoming, is_difference, error)
                : check_rows(incoming, is_difference, error));
}

/* ---- commit ---- */

gboolean
torpor_incoming_column_commit_rows(const TorporIncomingColumn *incoming, guint64 first,
                                   guint64 count, void *room, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    if (count == 0 || live_field->row_bytes == 0 || !torpor_live_field_is_writable(live_field))
        return TRUE;
    if (is_in_place(incoming))
        return load_rows(incoming, first, count,
                         torpor_live_field_packed(live_field) + first * live_field->row_bytes,
                         error);
    if (!load_rows(incoming, first, count, room, error))
        return FALSE;
    if (incoming->target != NULL)
        torpor_reference_to_addresses(live_field, incoming->target,
                                      count * (live_field->row_bytes / live_field->item_size),
                                      room);
    return torpor_live_field_scatter(live_field, first, count, room, error);
}

static gboolean
scatter_ragged(const TorporIncomingColumn *incoming, guint64 first, guint64 count,
               const guint64 *lengths, const void *values, GError **error)
{
    return torpor_live_field_scatter_ragged(incoming->live_field, first, count, lengths, values,
                                            error);
}

gboolean
torpor_incoming_column_commit_ragged(const TorporIncomingColumn *incoming, void *room,
                                     GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    if (!torpor_live_field_is_writable(live_field))
        return TRUE;
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
