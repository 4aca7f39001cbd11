#include "cli/numbers.h"

#include <string.h>

#include "base/error.h"
#include "cli/output.h"
#include "msgpack/stored.h"
#include "value/element.h"

/* ---- one element ---- */

gboolean
torpor_dtype_has_text(const TorporDtype *dtype)
{
    return torpor_element_components(dtype) > 0;
}

static void
append_component(GString *out, const TorporDtype *dtype, const void *element, guint component)
{
    char text[TORPOR_FLOAT_TEXT_BYTES];
    g_string_append(out,
                    torpor_float_to_text(torpor_element_real(dtype, element, component), text));
}

void
torpor_number_append(GString *out, const TorporDtype *dtype, const void *element)
{
    guint64 bits = 0;
    switch (dtype->id) {
    case TORPOR_DTYPE_BOOL:
        g_string_append(out, torpor_element_real(dtype, element, 0) != 0 ? "true" : "false");
        return;
    case TORPOR_DTYPE_INT64:
    case TORPOR_DTYPE_DATETIME64:
    case TORPOR_DTYPE_TIMEDELTA64: /* a double has too few digits */
        memcpy(&bits, element, sizeof bits);
        g_string_append_printf(out, "%" G_GINT64_FORMAT, (gint64)GUINT64_FROM_LE(bits));
        return;
    case TORPOR_DTYPE_UINT64:
        memcpy(&bits, element, sizeof bits);
        g_string_append_printf(out, "%" G_GUINT64_FORMAT, GUINT64_FROM_LE(bits));
        return;
    case TORPOR_DTYPE_FLOAT16:
    case TORPOR_DTYPE_BFLOAT16:
    case TORPOR_DTYPE_FLOAT32:
    case TORPOR_DTYPE_FLOAT64:
        append_component(out, dtype, element, 0);
        return;
    case TORPOR_DTYPE_COMPLEX64:
    case TORPOR_DTYPE_COMPLEX128:
        g_string_append_c(out, '[');
        append_component(out, dtype, element, 0);
        g_string_append(out, ", ");
        append_component(out, dtype, element, 1);
        g_string_append_c(out, ']');
        return;
    default: /* small integers */
        g_string_append_printf(out, "%.0f", torpor_element_real(dtype, element, 0));
    }
}

/* ---- what a node has ---- */

/* FALSE if they are more than bytes can be counted. */
static gboolean
count_elements(TorporNumbers *numbers)
{
    guint32 size = numbers->array.dtype->size;
    guint64 byte_length;
    if (!torpor_shape_byte_length(numbers->rank, numbers->shape, size, &byte_length))
        return FALSE;
    numbers->count = byte_length / size;
    return TRUE;
}

static void
set_plain(TorporNumbers *numbers, guint32 dtype, const void *bytes)
{
    const TorporDtype *found = torpor_dtype_by_id(dtype);
    memcpy(numbers->plain, bytes, found->size);
    numbers->array = (TorporArray){.dtype = found,
                                   .dtype_name = found->name,
                                   .byte_length = found->size,
                                   .data = numbers->plain};
}

gboolean
torpor_numbers_init(TorporNumbers *numbers, const TorporFile *file, const TorporLayout *layout,
                    const char *path, const TorporNode *node)
{
    *numbers = (TorporNumbers){.file = file, .multiply = 1, .divide = 1};
    if (node->kind == TORPOR_NODE_QUANTITY) {
        numbers->unit = node->value.quantity.unit;
        node = node->value.quantity.mantissa;
    }
    guint8 boolean = node->value.boolean != FALSE;
    switch (node->kind) {
    case TORPOR_NODE_BOOL:
        set_plain(numbers, TORPOR_DTYPE_BOOL, &boolean);
        break;
    case TORPOR_NODE_INT:
        set_plain(numbers, TORPOR_DTYPE_INT64, &node->value.integer);
        break;
    case TORPOR_NODE_UINT:
        set_plain(numbers, TORPOR_DTYPE_UINT64, &node->value.unsigned_integer);
        break;
    case TORPOR_NODE_FLOAT:
        set_plain(numbers, TORPOR_DTYPE_FLOAT64, &node->value.real);
        break;
    case TORPOR_NODE_COMPLEX:
        set_plain(numbers, TORPOR_DTYPE_COMPLEX128, node->value.complex);
        break;
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        numbers->array = *node->value.array;
        break;
    default:
        return FALSE;
    }
    numbers->dtype = numbers->array.dtype;
    numbers->rank = numbers->array.rank;
    for (guint32 i = 0; i < numbers->rank; i++)
        numbers->shape[i] = numbers->array.shape[i];
    if (numbers->rank > 0)
        numbers->shape[0] = torpor_layout_count(layout, path, &numbers->array);
    if (!count_elements(numbers)) { /* no such count was ever saved */
        numbers->shape[0] = 1;
        count_elements(numbers);
    }
    return TRUE;
}

/* ---- what is asked of it ---- */

/* One end of a slice. Empty text: `otherwise`. */
static gboolean
parse_end(const char *text, gsize length, guint64 n, guint64 otherwise, guint64 *out)
{
    g_autofree char *number = g_strndup(text, length);
    gint64 value;
    if (length == 0) {
        *out = otherwise;
        return TRUE;
    }
    if (!g_ascii_string_to_signed(number, 10, G_MININT64, G_MAXINT64, &value, NULL))
        return FALSE;
    if (value < 0)
        *out = (guint64)-value > n ? 0 : n - (guint64)-value;
    else
        *out = MIN((guint64)value, n);
    return TRUE;
}

gboolean
torpor_numbers_slice(TorporNumbers *numbers, const char *range, GError **error)
{
    if (numbers->rank == 0) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "--slice needs an array, but this is one number");
        return FALSE;
    }
    guint64 n = numbers->shape[0];
    guint64 first;
    guint64 end;
    const char *colon = strchr(range, ':');
    if (colon == NULL || !parse_end(range, (gsize)(colon - range), n, 0, &first) ||
        !parse_end(colon + 1, strlen(colon + 1), n, n, &end)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "--slice: expected A:B with integers, such as 0:10 or -5:, found \"%s\"",
                    range);
        return FALSE;
    }
    torpor_numbers_take_rows(numbers, first, end > first ? end - first : 0);
    return TRUE;
}

void
torpor_numbers_take_rows(TorporNumbers *numbers, guint64 first, guint64 n)
{
    numbers->first_row = first;
    numbers->shape[0] = n;
    count_elements(numbers);
}

static guint32
converted_dtype(const TorporDtype *dtype)
{
    switch (dtype->id) {
    case TORPOR_DTYPE_FLOAT16:
    case TORPOR_DTYPE_BFLOAT16:
    case TORPOR_DTYPE_FLOAT32:
        return TORPOR_DTYPE_FLOAT32;
    case TORPOR_DTYPE_COMPLEX64:
    case TORPOR_DTYPE_COMPLEX128:
        return dtype->id;
    default:
        return dtype->id <= TORPOR_DTYPE_FLOAT64 ? TORPOR_DTYPE_FLOAT64 : 0;
    }
}

gboolean
torpor_numbers_convert(TorporNumbers *numbers, const char *unit, GError **error)
{
    const TorporUnit *wanted = torpor_unit_lookup(unit, error);
    if (wanted == NULL)
        return FALSE;
    if (numbers->unit == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT,
                    "this has no unit, so it cannot be given in %s; leave out --unit", unit);
        return FALSE;
    }
    if (!torpor_unit_conversion(numbers->unit, wanted, &numbers->multiply, &numbers->divide, error))
        return FALSE;
    numbers->unit = wanted;
    numbers->converts = numbers->multiply != 1 || numbers->divide != 1;
    if (!numbers->converts)
        return TRUE;
    numbers->dtype = torpor_dtype_by_id(converted_dtype(numbers->array.dtype));
    if (numbers->dtype != NULL)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT,
                "elements of dtype %s cannot be converted; leave out --unit",
                numbers->array.dtype_name);
    return FALSE;
}

/* ---- reading ---- */

/* Read bytes of all numbers, before slicing, as they are in the file. A single row is repeated. */
static gboolean
read_repeated(const TorporNumbers *numbers, guint64 offset, gsize length, guint8 *out,
              GError **error)
{
    guint64 row_bytes = numbers->array.byte_length;
    while (length > 0) {
        guint64 within = offset % row_bytes;
        gsize piece = (gsize)MIN(length, row_bytes - within);
        if (!torpor_array_read(numbers->file, &numbers->array, within, piece, out, error))
            return FALSE;
        out += piece;
        offset += piece;
        length -= piece;
    }
    return TRUE;
}

static void
convert(const TorporNumbers *numbers, gsize count, const guint8 *from, guint8 *to)
{
    const TorporDtype *dtype = numbers->array.dtype;
    guint components = torpor_element_components(dtype);
    guint32 to_size = numbers->dtype->size / components;
    for (gsize i = 0; i < count * components; i++, to += to_size) {
        const guint8 *element = from + i / components * dtype->size;
        double value = torpor_element_real(dtype, element, i % components) * numbers->multiply /
                       numbers->divide;
        float narrow = (float)value;
        memcpy(to, to_size == sizeof narrow ? (void *)&narrow : (void *)&value, to_size);
    }
}

gboolean
torpor_numbers_read(const TorporNumbers *numbers, guint64 first, gsize count, void *out,
                    GError **error)
{
    if (count == 0)
        return TRUE;
    guint32 size = numbers->array.dtype->size;
    if (numbers->progress != NULL)
        torpor_progress_update(numbers->progress, first * size, numbers->count * size);
    guint64 row_elements = numbers->rank == 0 ? 1 : numbers->count / numbers->shape[0];
    guint64 offset = (numbers->first_row * row_elements + first) * size;
    if (!numbers->converts)
        return read_repeated(numbers, offset, count * size, out, error);
    g_autofree guint8 *from = g_malloc_n(count, size);
    if (!read_repeated(numbers, offset, count * size, from, error))
        return FALSE;
    convert(numbers, count, from, out);
    return TRUE;
}
