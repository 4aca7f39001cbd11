#include "value/element.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

guint
torpor_element_components(const TorporDtype *dtype)
{
    switch (dtype->id) {
    case TORPOR_DTYPE_COMPLEX64:
    case TORPOR_DTYPE_COMPLEX128:
        return 2;
    case TORPOR_DTYPE_BOOL:
    case TORPOR_DTYPE_INT8:
    case TORPOR_DTYPE_INT16:
    case TORPOR_DTYPE_INT32:
    case TORPOR_DTYPE_INT64:
    case TORPOR_DTYPE_UINT8:
    case TORPOR_DTYPE_UINT16:
    case TORPOR_DTYPE_UINT32:
    case TORPOR_DTYPE_UINT64:
    case TORPOR_DTYPE_FLOAT16:
    case TORPOR_DTYPE_FLOAT32:
    case TORPOR_DTYPE_FLOAT64:
    case TORPOR_DTYPE_BFLOAT16:
    case TORPOR_DTYPE_DATETIME64:
    case TORPOR_DTYPE_TIMEDELTA64:
        return 1;
    default:
        return 0;
    }
}

/* Bits of one component, as an unsigned number of `size` bytes. */
static guint64
bits_at(const void *bytes, guint size)
{
    guint64 bits = 0;
    memcpy(&bits, bytes, size); /* little-endian, as the file is */
    return GUINT64_FROM_LE(bits);
}

static gint64
sign_extend(guint64 bits, guint size)
{
    guint unused = 64 - 8 * size;
    return (gint64)(bits << unused) >> unused;
}

static float
float_of_bits(guint32 bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double
double_of_bits(guint64 bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16. */
static double
half_of_bits(guint16 bits)
{
    gint exponent = (bits >> 10) & 0x1f;
    gint fraction = bits & 0x3ff;
    double magnitude;
    if (exponent == 0x1f)
        magnitude = fraction == 0 ? INFINITY : NAN;
    else if (exponent == 0)
        magnitude = ldexp(fraction, -24);
    else
        magnitude = ldexp(1024 + fraction, exponent - 25);
    return bits & 0x8000 ? -magnitude : magnitude;
}

double
torpor_element_real(const TorporDtype *dtype, const void *bytes, guint component)
{
    guint components = torpor_element_components(dtype);
    if (component >= components)
        return NAN;
    guint size = dtype->size / components;
    guint64 bits = bits_at((const guint8 *)bytes + (gsize)component * size, size);
    switch (dtype->id) {
    case TORPOR_DTYPE_INT8:
    case TORPOR_DTYPE_INT16:
    case TORPOR_DTYPE_INT32:
    case TORPOR_DTYPE_INT64:
    case TORPOR_DTYPE_DATETIME64:
    case TORPOR_DTYPE_TIMEDELTA64:
        return (double)sign_extend(bits, size);
    case TORPOR_DTYPE_FLOAT16:
        return half_of_bits((guint16)bits);
    case TORPOR_DTYPE_BFLOAT16:
        return float_of_bits((guint32)bits << 16);
    case TORPOR_DTYPE_FLOAT32:
    case TORPOR_DTYPE_COMPLEX64:
        return float_of_bits((guint32)bits);
    case TORPOR_DTYPE_FLOAT64:
    case TORPOR_DTYPE_COMPLEX128:
        return double_of_bits(bits);
    default:
        return (double)bits;
    }
}

static gboolean
is_floating(const TorporDtype *dtype)
{
    switch (dtype->id) {
    case TORPOR_DTYPE_FLOAT16:
    case TORPOR_DTYPE_BFLOAT16:
    case TORPOR_DTYPE_FLOAT32:
    case TORPOR_DTYPE_FLOAT64:
    case TORPOR_DTYPE_COMPLEX64:
    case TORPOR_DTYPE_COMPLEX128:
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean
torpor_element_is_integer(const TorporDtype *dtype)
{
    return torpor_element_components(dtype) == 1 && !is_floating(dtype);
}

static gboolean
is_signed(const TorporDtype *dtype)
{
    switch (dtype->id) {
    case TORPOR_DTYPE_INT8:
    case TORPOR_DTYPE_INT16:
    case TORPOR_DTYPE_INT32:
    case TORPOR_DTYPE_INT64:
    case TORPOR_DTYPE_DATETIME64:
    case TORPOR_DTYPE_TIMEDELTA64:
        return TRUE;
    default:
        return FALSE;
    }
}

/* Bits of a float as a number that grows with the float: neighbours differ by one, -0 equals +0. */
static gint64
order_of_float(guint64 bits, guint size)
{
    guint64 sign = (guint64)1 << (8 * size - 1);
    return bits & sign ? -(gint64)(bits & (sign - 1)) : (gint64)bits;
}

static guint64
distance(gint64 x, gint64 y)
{
    return x > y ? (guint64)x - (guint64)y : (guint64)y - (guint64)x;
}

guint64
torpor_double_ulps(guint64 a_bits, guint64 b_bits)
{
    return distance(order_of_float(a_bits, 8), order_of_float(b_bits, 8));
}

static guint64
component_ulps(const TorporDtype *dtype, const void *a, const void *b, guint component, guint size)
{
    guint64 a_bits = bits_at((const guint8 *)a + (gsize)component * size, size);
    guint64 b_bits = bits_at((const guint8 *)b + (gsize)component * size, size);
    if (a_bits == b_bits)
        return 0;
    if (!is_floating(dtype) && !is_signed(dtype))
        return MAX(a_bits, b_bits) - MIN(a_bits, b_bits);
    if (!is_floating(dtype))
        return distance(sign_extend(a_bits, size), sign_extend(b_bits, size));
    gboolean is_nan = isnan(torpor_element_real(dtype, a, component));
    if (is_nan != isnan(torpor_element_real(dtype, b, component)))
        return G_MAXUINT64;
    return distance(order_of_float(a_bits, size), order_of_float(b_bits, size));
}

guint64
torpor_element_ulps(const TorporDtype *dtype, const void *a, const void *b)
{
    guint components = torpor_element_components(dtype);
    guint64 largest = 0;
    for (guint component = 0; component < components; component++) {
        guint64 ulps = component_ulps(dtype, a, b, component, dtype->size / components);
        largest = MAX(largest, ulps);
    }
    return largest;
}

static void
format_digits(double value, int digits, char out[G_ASCII_DTOSTR_BUF_SIZE])
{
    char format[8];
    g_snprintf(format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd(out, G_ASCII_DTOSTR_BUF_SIZE, format, value);
}

/* The fewest digits that give the same number back; whole numbers up to 10^16 without an exponent.
 * A number of up to 15 (of a float, 6) decimal digits has the same digits again, and no others,
 * when it is printed with so many: fewer need not be tried, unless it is below the normal ones. */
static void
shortest_text(double value, gboolean is_single, char out[G_ASCII_DTOSTR_BUF_SIZE])
{
    double magnitude = fabs(value);
    if (magnitude < 1e16 && trunc(value) == value) {
        g_snprintf(out, G_ASCII_DTOSTR_BUF_SIZE, "%.0f", value);
        return;
    }
    int most = is_single ? 9 : 17;
    int digits = is_single ? FLT_DIG : DBL_DIG;
    if (magnitude < (is_single ? (double)FLT_MIN : DBL_MIN))
        digits = 1;
    for (; digits <= most; digits++) {
        format_digits(value, digits, out);
        double back = g_ascii_strtod(out, NULL);
        if (is_single ? (float)back == (float)value : back == value)
            break;
    }
}

char *
torpor_element_text(const TorporDtype *dtype, const void *bytes)
{
    guint components = torpor_element_components(dtype);
    if (components == 0)
        return g_strdup_printf("%u opaque bytes", dtype->size);
    if (dtype->id == TORPOR_DTYPE_BOOL)
        return g_strdup(*(const guint8 *)bytes ? "true" : "false");
    if (!is_floating(dtype)) {
        guint64 bits = bits_at(bytes, dtype->size);
        return is_signed(dtype)
                   ? g_strdup_printf("%" G_GINT64_FORMAT, sign_extend(bits, dtype->size))
                   : g_strdup_printf("%" G_GUINT64_FORMAT, bits);
    }
    gboolean is_single = dtype->size / components <= 4;
    char real[G_ASCII_DTOSTR_BUF_SIZE], imaginary[G_ASCII_DTOSTR_BUF_SIZE];
    shortest_text(torpor_element_real(dtype, bytes, 0), is_single, real);
    if (components == 1)
        return g_strdup(real);
    double im = torpor_element_real(dtype, bytes, 1);
    shortest_text(im, is_single, imaginary);
    return g_strdup_printf("(%s%s%sj)", real, imaginary[0] == '-' ? "" : "+", imaginary);
}
