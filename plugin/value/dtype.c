#include "value/dtype.h"

#include <string.h>

static const TorporDtype dtypes[] = {
    {TORPOR_DTYPE_BOOL, 1, "bool"},
    {TORPOR_DTYPE_INT8, 1, "int8"},
    {TORPOR_DTYPE_INT16, 2, "int16"},
    {TORPOR_DTYPE_INT32, 4, "int32"},
    {TORPOR_DTYPE_INT64, 8, "int64"},
    {TORPOR_DTYPE_UINT8, 1, "uint8"},
    {TORPOR_DTYPE_UINT16, 2, "uint16"},
    {TORPOR_DTYPE_UINT32, 4, "uint32"},
    {TORPOR_DTYPE_UINT64, 8, "uint64"},
    {TORPOR_DTYPE_FLOAT16, 2, "float16"},
    {TORPOR_DTYPE_FLOAT32, 4, "float32"},
    {TORPOR_DTYPE_FLOAT64, 8, "float64"},
    {TORPOR_DTYPE_COMPLEX64, 8, "complex64"},
    {TORPOR_DTYPE_COMPLEX128, 16, "complex128"},
    {TORPOR_DTYPE_BFLOAT16, 2, "bfloat16"},
    {TORPOR_DTYPE_FLOAT128, 16, "float128"},
    {TORPOR_DTYPE_COMPLEX256, 32, "complex256"},
    {TORPOR_DTYPE_INT4, 1, "int4"},
    {TORPOR_DTYPE_UINT4, 1, "uint4"},
};

/* Families: the name in the file says more, such as datetime64[ns] or float8_e4m3fn. */
static const TorporDtype families[] = {
    {TORPOR_DTYPE_DATETIME64, 8, "datetime64"},
    {TORPOR_DTYPE_TIMEDELTA64, 8, "timedelta64"},
    {TORPOR_DTYPE_FLOAT8, 1, "float8_"},
    {TORPOR_DTYPE_FLOAT4, 1, "float4_"},
};

const TorporDtype *
torpor_dtype_by_id(guint32 id)
{
    for (gsize i = 0; i < G_N_ELEMENTS(dtypes); i++)
        if (dtypes[i].id == id)
            return &dtypes[i];
    for (gsize i = 0; i < G_N_ELEMENTS(families); i++)
        if (families[i].id == id)
            return &families[i];
    return NULL;
}

static gboolean
is_word(const char *text, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isalnum(text[i]) && text[i] != '_')
            return FALSE;
    return length > 0;
}

static gboolean
belongs_to(const TorporDtype *family, const char *name, gsize length)
{
    gsize stem = strlen(family->name);
    if (length < stem || memcmp(name, family->name, stem) != 0)
        return FALSE;
    const char *rest = name + stem;
    gsize n_rest = length - stem;
    if (family->name[stem - 1] == '_')
        return is_word(rest, n_rest);
    return n_rest == 0 || (n_rest > 2 && rest[0] == '[' && rest[n_rest - 1] == ']' &&
                           is_word(rest + 1, n_rest - 2));
}

const TorporDtype *
torpor_dtype_by_name(const char *name, gsize length)
{
    for (gsize i = 0; i < G_N_ELEMENTS(dtypes); i++)
        if (strlen(dtypes[i].name) == length && memcmp(dtypes[i].name, name, length) == 0)
            return &dtypes[i];
    for (gsize i = 0; i < G_N_ELEMENTS(families); i++)
        if (belongs_to(&families[i], name, length))
            return &families[i];
    return NULL;
}

gboolean
torpor_dtype_widen(guint32 id, const void *values, guint64 n, guint64 *out)
{
#define WIDEN(number, type)                                                                        \
    case number:                                                                                   \
        for (guint64 i = 0; i < n; i++)                                                            \
            out[i] = (guint64)(gint64)((const type *)values)[i];                                   \
        return TRUE
    switch (id) {
        WIDEN(TORPOR_DTYPE_INT8, gint8);
        WIDEN(TORPOR_DTYPE_INT16, gint16);
        WIDEN(TORPOR_DTYPE_INT32, gint32);
        WIDEN(TORPOR_DTYPE_INT64, gint64);
        WIDEN(TORPOR_DTYPE_UINT8, guint8);
        WIDEN(TORPOR_DTYPE_UINT16, guint16);
        WIDEN(TORPOR_DTYPE_UINT32, guint32);
        WIDEN(TORPOR_DTYPE_UINT64, guint64);
    default:
        return FALSE;
    }
#undef WIDEN
}
