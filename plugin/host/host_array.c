#include "host/host_array.h"

#include <string.h>

#include "value/tree.h"

static guint64
row_bytes_of(const struct torpor_array *array)
{
    guint64 bytes = 0;
    guint32 inner = array->rank == 0 ? 0 : array->rank - 1;
    torpor_shape_byte_length(inner, array->shape + (array->rank - inner),
                             torpor_dtype_by_id(array->dtype)->size, &bytes);
    return bytes;
}

gboolean
torpor_host_array_check(const struct torpor_array *array, const TorporUnit **unit,
                        guint64 *byte_length, GError **error)
{
    const TorporDtype *dtype = array == NULL ? NULL : torpor_dtype_by_id(array->dtype);
    const char *fault = NULL;
    if (array == NULL)
        fault = "the array is NULL";
    else if (dtype == NULL || array->dtype > TORPOR_DTYPE_BFLOAT16)
        fault = "the array's dtype is none that an array can have";
    else if (array->rank > TORPOR_MAX_RANK)
        fault = "the array's rank is above TORPOR_MAX_RANK";
    else if (!torpor_shape_byte_length(array->rank, array->shape, dtype->size, byte_length) ||
             *byte_length > G_MAXSSIZE)
        fault = "the array's shape is beyond the address space";
    else if (array->data == NULL && *byte_length > 0)
        fault = "the array's data is NULL";
    if (fault == NULL && array->rank > 0 && array->stride != 0 && array->shape[0] > 1) {
        guint64 extent;
        if (array->stride < row_bytes_of(array))
            fault = "the array's stride is below the size of one row";
        else if (!g_uint64_checked_mul(&extent, array->stride, array->shape[0]) ||
                 extent > G_MAXSSIZE)
            fault = "the array's stride is beyond the address space";
    }
    if (fault != NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, fault);
        return FALSE;
    }
    *unit = array->unit == NULL ? NULL : torpor_unit_lookup(array->unit, error);
    return array->unit == NULL || *unit != NULL;
}

gboolean
torpor_host_array_is_packed(const struct torpor_array *array)
{
    return array->rank == 0 || array->stride == 0 || array->shape[0] < 2 ||
           array->stride == row_bytes_of(array);
}

/* The longest stretch from byte `at` of the packed values on that lies in one piece, at most
 * `length`. */
static char *
stretch_at(const struct torpor_array *array, guint64 at, guint64 length, guint64 *taken)
{
    *taken = length;
    if (torpor_host_array_is_packed(array))
        return (char *)array->data + at;
    guint64 row_bytes = row_bytes_of(array);
    *taken = MIN(length, row_bytes - at % row_bytes);
    return (char *)array->data + at / row_bytes * array->stride + at % row_bytes;
}

void
torpor_host_array_read(const struct torpor_array *array, guint64 offset, guint64 length, void *out)
{
    guint64 taken;
    for (guint64 done = 0; done < length; done += taken) {
        const char *place = stretch_at(array, offset + done, length - done, &taken);
        memcpy((char *)out + done, place, taken);
    }
}

void
torpor_host_array_write(const struct torpor_array *array, guint64 offset, guint64 length,
                        const void *from)
{
    guint64 taken;
    for (guint64 done = 0; done < length; done += taken) {
        char *place = stretch_at(array, offset + done, length - done, &taken);
        memcpy(place, (const char *)from + done, taken);
    }
}
