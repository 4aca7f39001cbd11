#include "restore/incoming_column.h"

#include <string.h>

#include "host/reference.h"
#include "host/type_check.h"
#include "msgpack/stored.h"
#include "value/element.h"

/* Among fields of the same objects, a piece of fewer rows lies inside one of more rows. */
guint64
torpor_incoming_column_rows_at_once(const TorporIncomingColumn *incoming)
{
    const TorporLiveField *live_field = incoming->live_field;
    guint64 rows = MAX(TORPOR_PIECE_BYTES / MAX(live_field->row_bytes, 1), 1);
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
torpor_incoming_column_rows_room(const TorporIncomingColumn *incoming)
{
    const TorporLiveField *live_field = incoming->live_field;
    guint64 rows =
        MIN(torpor_incoming_column_rows_at_once(incoming), live_field->population->count);
    return is_in_place(incoming) ? 0 : rows * live_field->row_bytes;
}

gpointer
torpor_incoming_column_try_memory(const TorporIncomingColumn *incoming, guint64 bytes,
                                  GError **error)
{
    gpointer memory = g_try_malloc(MAX(bytes, 1));
    if (memory == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "%s: no memory for %" G_GUINT64_FORMAT " bytes", incoming->live_field->path,
                    bytes);
    return memory;
}

void
torpor_incoming_column_repeat(char *rows, guint64 count, guint64 row_bytes)
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
        if (row_bytes == 0)
            return TRUE;
        memcpy(out, incoming->default_value, value_bytes);
        torpor_incoming_column_repeat(out, count * (row_bytes / value_bytes), value_bytes);
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
        torpor_incoming_column_repeat(out, count, row_bytes);
    return TRUE;
}

/* ---- prepare ---- */

void
torpor_incoming_column_set_difference(guint64 object, const char *expected, const char *found,
                                      GError **error)
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
            torpor_incoming_column_set_difference(first + i / incoming->live_field->row_bytes,
                                                  "a bool, 0 or 1", found, error);
            g_prefix_error(error, "%s: ", incoming->live_field->path);
            return FALSE;
        }
    }
    return TRUE;
}

/* Converted values are rounded; those that the host built need not be. */
#define ROUNDING_ULPS 4u

gboolean
torpor_incoming_column_are_equal(const TorporIncomingColumn *incoming, const char *in_file,
                                 const char *live, guint64 bytes)
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
        if (!torpor_incoming_column_are_equal(incoming, rows + at, live + at,
                                              live_field->row_bytes)) {
            *is_difference = TRUE;
            torpor_incoming_column_set_difference(
                first + i, "the value that the host built (the field is constant)", "another one",
                error);
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

gboolean
torpor_incoming_column_check_rows(const TorporIncomingColumn *incoming, gboolean *is_difference,
                                  GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    const struct torpor_accessor *accessor = live_field->field->accessor;
    gboolean is_constant_field = (live_field->flags & TORPOR_FIELD_CONSTANT) != 0;
    gboolean asks_host = accessor != NULL && accessor->check != NULL && !is_constant_field;
    gboolean is_bool = live_field->dtype == TORPOR_DTYPE_BOOL;
    if (!is_constant_field && !asks_host && !is_bool && incoming->target == NULL)
        return TRUE;
    guint64 at_once = torpor_incoming_column_rows_at_once(incoming);
    g_autofree char *rows =
        torpor_incoming_column_try_memory(incoming, at_once * live_field->row_bytes, error);
    g_autofree char *live =
        rows == NULL
            ? NULL
            : torpor_incoming_column_try_memory(
                  incoming, is_constant_field ? at_once * live_field->row_bytes : 1, error);
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
    g_autofree char *rows =
        torpor_incoming_column_try_memory(incoming, at_once * live_field->row_bytes, error);
    g_autofree char *live =
        rows == NULL
            ? NULL
            : torpor_incoming_column_try_memory(incoming, at_once * live_field->row_bytes, error);
    *is_live = TRUE;
    if (live == NULL)
        return FALSE;
    for (guint64 first = 0; *is_live && first < live_field->population->count; first += at_once) {
        guint64 n = MIN(at_once, live_field->population->count - first);
        if (!load_rows(incoming, first, n, rows, error) ||
            !torpor_live_field_gather(live_field, first, n, live, error))
            return FALSE;
        *is_live =
            torpor_incoming_column_are_equal(incoming, rows, live, n * live_field->row_bytes);
    }
    return TRUE;
}

/* ---- commit ---- */

gboolean
torpor_incoming_column_commit_rows(const TorporIncomingColumn *incoming, guint64 first,
                                   guint64 count, void *room, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    if (live_field->row_bytes == 0)
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
