#include "cli/npy.h"

#include <string.h>

#include "base/error.h"

static char
kind_letter(guint32 dtype)
{
    switch (dtype) {
    case TORPOR_DTYPE_BOOL:
        return 'b';
    case TORPOR_DTYPE_INT8:
    case TORPOR_DTYPE_INT16:
    case TORPOR_DTYPE_INT32:
    case TORPOR_DTYPE_INT64:
        return 'i';
    case TORPOR_DTYPE_UINT8:
    case TORPOR_DTYPE_UINT16:
    case TORPOR_DTYPE_UINT32:
    case TORPOR_DTYPE_UINT64:
        return 'u';
    case TORPOR_DTYPE_FLOAT16:
    case TORPOR_DTYPE_FLOAT32:
    case TORPOR_DTYPE_FLOAT64:
    case TORPOR_DTYPE_FLOAT128:
        return 'f';
    case TORPOR_DTYPE_COMPLEX64:
    case TORPOR_DTYPE_COMPLEX128:
    case TORPOR_DTYPE_COMPLEX256:
        return 'c';
    case TORPOR_DTYPE_DATETIME64:
        return 'M';
    case TORPOR_DTYPE_TIMEDELTA64:
        return 'm';
    default:
        return '\0';
    }
}

char *
torpor_npy_header_of(const char *descr, guint32 rank, const guint64 *shape)
{
    g_autoptr(GString) header = g_string_new_len("\x93NUMPY\x01", 7);
    g_string_append_c(header, '\0');
    guint16 length = GUINT16_TO_LE(TORPOR_NPY_HEADER_BYTES - 10);
    g_string_append_len(header, (const char *)&length, sizeof length);
    g_string_append_printf(header, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (guint32 i = 0; i < rank; i++)
        g_string_append_printf(header, "%" G_GUINT64_FORMAT ", ", shape[i]);
    g_string_append(header, "), }");
    while (header->len < TORPOR_NPY_HEADER_BYTES - 1)
        g_string_append_c(header, ' ');
    g_string_append_c(header, '\n');
    return g_string_free(g_steal_pointer(&header), FALSE);
}

char *
torpor_npy_header(const TorporNumbers *numbers, GError **error)
{
    char letter = kind_letter(numbers->dtype->id);
    if (letter == '\0') {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                    "numpy has no dtype %s of its own; use --format raw",
                    numbers->array.dtype_name);
        return NULL;
    }
    /* "datetime64[ns]": the unit of a date goes along. */
    const char *bracket =
        letter == 'M' || letter == 'm' ? strchr(numbers->array.dtype_name, '[') : NULL;
    g_autofree char *descr =
        g_strdup_printf("%c%c%u%s", numbers->dtype->size == 1 ? '|' : '<', letter,
                        numbers->dtype->size, bracket != NULL ? bracket : "");
    return torpor_npy_header_of(descr, numbers->rank, numbers->shape);
}
