#include "value/element.h"

#include <math.h>
#include <string.h>

static const TorporDtype *
dtype(const char *name)
{
    const TorporDtype *found = torpor_dtype_by_name(name, strlen(name));
    g_assert_nonnull(found);
    return found;
}

static void
assert_text(const char *name, const void *bytes, const char *expected)
{
    g_autofree char *text = torpor_element_text(dtype(name), bytes);
    g_assert_cmpstr(text, ==, expected);
}

static void
test_text(void)
{
    assert_text("float64", &(double){0.1}, "0.1");
    assert_text("float64", &(double){-65.123456789012345}, "-65.12345678901235");
    assert_text("float32", &(float){0.1f}, "0.1");
    assert_text("int8", &(gint8){-7}, "-7");
    assert_text("uint64", &(guint64){G_MAXUINT64}, "18446744073709551615");
    assert_text("bool", &(guint8){1}, "true");
    assert_text("complex128", &(double[2]){1, -2.5}, "(1-2.5j)");
    assert_text("float16", &(guint16){0x3555}, "0.33325195");
    assert_text("bfloat16", &(guint16){0xc2c8}, "-100");
}

static void
test_real(void)
{
    g_assert_cmpfloat(torpor_element_real(dtype("float16"), &(guint16){0x0001}, 0), ==, 0x1p-24);
    g_assert_true(isinf(torpor_element_real(dtype("float16"), &(guint16){0xfc00}, 0)));
    g_assert_cmpfloat(torpor_element_real(dtype("int16"), &(gint16){-300}, 0), ==, -300);
    g_assert_cmpfloat(torpor_element_real(dtype("complex64"), &(float[2]){3, 4}, 1), ==, 4);
    g_assert_true(isnan(torpor_element_real(dtype("float64"), &(double){1}, 1)));
}

static void
test_ulps(void)
{
    const TorporDtype *real = dtype("float64");
    double one = 1, next = nextafter(1, 2), minus_tiny = -0x1p-1074, tiny = 0x1p-1074, nan = NAN;
    double zero = 0.0, minus_zero = -0.0;
    g_assert_cmpuint(torpor_element_ulps(real, &one, &next), ==, 1);
    g_assert_cmpuint(torpor_element_ulps(real, &minus_tiny, &tiny), ==, 2);
    g_assert_cmpuint(torpor_element_ulps(real, &zero, &minus_zero), ==, 0);
    g_assert_cmpuint(torpor_element_ulps(real, &one, &nan), ==, G_MAXUINT64);
    g_assert_cmpuint(torpor_element_ulps(real, &nan, &nan), ==, 0);
    g_assert_cmpuint(
        torpor_element_ulps(dtype("int64"), &(gint64){G_MININT64}, &(gint64){G_MAXINT64}), ==,
        G_MAXUINT64);
    g_assert_cmpuint(torpor_element_ulps(dtype("complex64"), &(float[2]){1, 2},
                                         &(float[2]){1, nextafterf(nextafterf(2, 3), 3)}),
                     ==, 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/element/text/shortest", test_text);
    g_test_add_func("/element/real/each-dtype", test_real);
    g_test_add_func("/element/ulps/distance", test_ulps);
    return g_test_run();
}
