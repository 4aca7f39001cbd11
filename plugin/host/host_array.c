#include "host/host_array.h"

#include <string.h>

#include "value/tree.h"

static guint64
row_bytes_of(const struct torpor_view *view)
{
    guint64 bytes = 0;
    guint32 inner = view->rank == 0 ? 0 : view->rank - 1;
    torpor_shape_byte_length(inner, view->shape + (view->rank - inner),
                             torpor_dtype_by_id(view->dtype)->size, &bytes);
    return bytes;
}

gboolean
torpor_host_array_check(const struct torpor_view *view, const TorporUnit **unit,
                        guint64 *byte_length, GError **error)
{
    const TorporDtype *dtype = view == NULL ? NULL : torpor_dtype_by_id(view->dtype);
    const char *fault = NULL;
    if (view == NULL)
        fault = "the view is NULL";
    else if (dtype == NULL || view->dtype > TORPOR_DTYPE_BFLOAT16)
        fault = "the view's dtype is none that an array can have";
    else if (view->rank > TORPOR_MAX_RANK)
        fault = "the view's rank is above TORPOR_MAX_RANK";
    else if (!torpor_shape_byte_length(view->rank, view->shape, dtype->size, byte_length) ||
             *byte_length > G_MAXSSIZE)
        fault = "the view's shape is beyond the address space";
    else if (view->data == NULL && *byte_length > 0)
        fault = "the view's data is NULL";
    if (fault == NULL && view->rank > 0 && view->stride != 0 && view->shape[0] > 1) {
        guint64 extent;
        if (view->stride < row_bytes_of(view))
            fault = "the view's stride is below the size of one row";
        else if (!g_uint64_checked_mul(&extent, view->stride, view->shape[0]) ||
                 extent > G_MAXSSIZE)
            fault = "the view's stride is beyond the address space";
    }
    if (fault != NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, fault);
        return FALSE;
    }
    *unit = view->unit == NULL ? NULL : torpor_unit_lookup(view->unit, error);
    return view->unit == NULL || *unit != NULL;
}

gboolean
torpor_host_array_is_packed(const struct torpor_view *view)
{
    return view->rank == 0 || view->stride == 0 || view->shape[0] < 2 ||
           view->stride == row_bytes_of(view);
}

/* The longest stretch from byte `at` of the packed values on that lies in one piece, at most
 * `length`. */
static char *
stretch_at(const struct torpor_view *view, guint64 at, guint64 length, guint64 *taken)
{
    *taken = length;
    if (torpor_host_array_is_packed(view))
        return (char *)view->data + at;
    guint64 row_bytes = row_bytes_of(view);
    *taken = MIN(length, row_bytes - at % row_bytes);
    return (char *)view->data + at / row_bytes * view->stride + at % row_bytes;
}

void
torpor_host_array_read(const struct torpor_view *view, guint64 offset, guint64 length, void *out)
{
    guint64 taken;
    for (guint64 done = 0; done < length; done += taken) {
        const char *place = stretch_at(view, offset + done, length - done, &taken);
        memcpy((char *)out + done, place, taken);
    }
}

void
torpor_host_array_write(const struct torpor_view *view, guint64 offset, guint64 length,
                        const void *from)
{
    guint64 taken;
    for (guint64 done = 0; done < length; done += taken) {
        char *place = stretch_at(view, offset + done, length - done, &taken);
        memcpy(place, (const char *)from + done, taken);
    }
}
