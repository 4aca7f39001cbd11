#include "value/dtype.h"

#include <string.h>

static const TorporDtype *
by_name(const char *name)
{
    return torpor_dtype_by_name(name, strlen(name));
}

static void
test_names_and_ids_agree(void)
{
    for (guint32 id = TORPOR_DTYPE_BOOL; id <= TORPOR_DTYPE_BFLOAT16; id++) {
        const TorporDtype *dtype = torpor_dtype_by_id(id);
        g_assert_nonnull(dtype);
        g_assert_cmpuint(dtype->id, ==, id);
        g_assert_true(by_name(dtype->name) == dtype);
    }
    g_assert_cmpuint(by_name("bool")->size, ==, 1);
    g_assert_cmpuint(by_name("bfloat16")->size, ==, 2);
    g_assert_cmpuint(by_name("complex128")->size, ==, 16);
    g_assert_cmpuint(by_name("float128")->size, ==, 16);
}

static void
test_families(void)
{
    g_assert_cmpuint(by_name("datetime64[ns]")->id, ==, TORPOR_DTYPE_DATETIME64);
    g_assert_cmpuint(by_name("datetime64")->size, ==, 8);
    g_assert_cmpuint(by_name("timedelta64[25s]")->id, ==, TORPOR_DTYPE_TIMEDELTA64);
    g_assert_cmpuint(by_name("float8_e4m3fn")->id, ==, TORPOR_DTYPE_FLOAT8);
    g_assert_cmpuint(by_name("float4_e2m1fn")->size, ==, 1);
}

static void
test_unknown(void)
{
    static const char *const names[] = {"",         "float",       ">f8",           "float64 ",
                                        "Float64",  "object",      "str64",         "void96",
                                        "float8_",  "datetime64[", "datetime64[]",  "datetime64ns",
                                        "float4_/", "pointer",     "timedelta64[ ]"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_null(by_name(names[i]));
    g_assert_null(torpor_dtype_by_name("float64\0x", 9));
    g_assert_null(torpor_dtype_by_id(0));
    g_assert_null(torpor_dtype_by_id(TORPOR_DTYPE_POINTER));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dtype/names-and-ids-agree", test_names_and_ids_agree);
    g_test_add_func("/dtype/families", test_families);
    g_test_add_func("/dtype/unknown-is-null", test_unknown);
    return g_test_run();
}
