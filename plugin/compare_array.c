#include "compare_array.h"

#include <math.h>
#include <string.h>

#include "decode.h"
#include "element.h"
#include "error.h"

/* Two blocks of this size stay in a core's cache together. */
#define BLOCK_BYTES ((guint64)256 << 10)

gboolean
torpor_arrays_align(const TorporArray *a, const TorporArray *b)
{
    if (a->rank != b->rank)
        return FALSE;
    for (guint32 i = 0; i < a->rank; i++) {
        gboolean is_once = i == 0 && (a->shape[0] == 1 || b->shape[0] == 1) && a->byte_length > 0 &&
                           b->byte_length > 0;
        if (a->shape[i] != b->shape[i] && !is_once)
            return FALSE;
    }
    return TRUE;
}

/* One side: bytes in memory are used where they are, others are read block by block. */
typedef struct {
    const TorporFile *file;
    const TorporArray *array;
    gboolean is_once; /* its one row stands for each of the other side's */
    guint8 *buffer;   /* NULL: not needed */
    guint64 held;     /* bytes of the repeated row in the buffer */
} Side;

static gboolean
side_open(Side *side, const TorporFile *file, const TorporArray *array, guint64 other_length,
          guint64 block, GError **error)
{
    *side = (Side){.file = file, .array = array, .is_once = array->byte_length < other_length};
    if (array->data != NULL && !side->is_once)
        return TRUE;
    side->buffer = g_try_malloc(block);
    if (side->buffer == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for %" G_GUINT64_FORMAT " bytes to compare", block);
        return FALSE;
    }
    if (!side->is_once)
        return TRUE;
    if (!torpor_array_read(file, array, 0, array->byte_length, side->buffer, error))
        return FALSE;
    for (guint64 at = array->byte_length; at < block; at += array->byte_length)
        memcpy(side->buffer + at, side->buffer, MIN(array->byte_length, block - at));
    return TRUE;
}

static const guint8 *
side_bytes(Side *side, guint64 offset, gsize length, GError **error)
{
    if (side->is_once)
        return side->buffer; /* blocks are whole rows */
    if (side->array->data != NULL)
        return (const guint8 *)side->array->data + offset;
    if (!torpor_array_read(side->file, side->array, offset, length, side->buffer, error))
        return NULL;
    return side->buffer;
}

/* Largest of the parts' differences. A NaN against a number differs by infinity. */
static void
element_distance(const TorporDtype *dtype, const guint8 *a, const guint8 *b, double *absolute,
                 double *relative, double *tolerated, const TorporCompareOptions *options)
{
    guint parts = torpor_element_parts(dtype);
    *absolute = *relative = parts == 0 ? INFINITY : 0;
    *tolerated = options->absolute_tolerance;
    for (guint part = 0; part < parts; part++) {
        double x = torpor_element_real(dtype, a, part), y = torpor_element_real(dtype, b, part);
        if (x == y || (isnan(x) && isnan(y)))
            continue;
        double distance = isnan(x) || isnan(y) ? INFINITY : fabs(x - y);
        double largest = fmax(fabs(x), fabs(y));
        *absolute = fmax(*absolute, distance);
        *relative =
            fmax(*relative, isinf(distance) || largest == 0 ? distance : distance / largest);
        *tolerated =
            fmax(*tolerated, options->absolute_tolerance + options->relative_tolerance * fabs(y));
    }
}

static void
compare_elements(const TorporDtype *dtype, const guint8 *a, const guint8 *b, guint64 first,
                 guint64 count, const TorporCompareOptions *options, TorporDifference *out)
{
    gboolean is_exact = options->absolute_tolerance == 0 && options->relative_tolerance == 0;
    for (guint64 i = 0; i < count; i++, a += dtype->size, b += dtype->size) {
        if (memcmp(a, b, dtype->size) == 0)
            continue;
        double absolute, relative, tolerated;
        element_distance(dtype, a, b, &absolute, &relative, &tolerated, options);
        if (!is_exact && absolute <= tolerated)
            continue;
        if (out->n_different++ == 0)
            out->first = first + i;
        out->max_absolute = fmax(out->max_absolute, absolute);
        out->max_relative = fmax(out->max_relative, relative);
        out->max_ulps = MAX(out->max_ulps, torpor_element_ulps(dtype, a, b));
    }
}

gboolean
torpor_compare_arrays(const TorporFile *a_file, const TorporArray *a, const TorporFile *b_file,
                      const TorporArray *b, const TorporCompareOptions *options,
                      TorporDifference *out, GError **error)
{
    guint64 length = MAX(a->byte_length, b->byte_length);
    guint64 rows = a->rank == 0 ? 1 : MAX(a->shape[0], b->shape[0]);
    guint64 row = rows == 0 ? 0 : length / rows;
    gboolean is_once = a->byte_length != b->byte_length;
    guint64 block = is_once && row > 0 ? MAX(BLOCK_BYTES / row, 1) * row
                                       : BLOCK_BYTES / a->dtype->size * a->dtype->size;
    block = MIN(block, length);
    out->n_elements = length / a->dtype->size;
    Side a_side, b_side = {0};
    gboolean ok = side_open(&a_side, a_file, a, length, block, error) &&
                  side_open(&b_side, b_file, b, length, block, error);
    for (guint64 offset = 0; ok && offset < length; offset += block) {
        gsize piece = MIN(block, length - offset);
        const guint8 *a_bytes = side_bytes(&a_side, offset, piece, error);
        const guint8 *b_bytes = a_bytes ? side_bytes(&b_side, offset, piece, error) : NULL;
        ok = b_bytes != NULL;
        if (ok && memcmp(a_bytes, b_bytes, piece) != 0)
            compare_elements(a->dtype, a_bytes, b_bytes, offset / a->dtype->size,
                             piece / a->dtype->size, options, out);
    }
    if (out->n_different > 0 && row > 0)
        out->first_row = out->first * a->dtype->size / row;
    g_free(a_side.buffer);
    g_free(b_side.buffer);
    return ok;
}
