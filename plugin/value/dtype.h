/* Dtypes, the types of elements: by their number in the ABI, and by their name in files, which is
 * numpy's dtype.name. */
#ifndef TORPOR_VALUE_DTYPE_H
#define TORPOR_VALUE_DTYPE_H

#include <glib.h>
#include <torpor/host.h>

G_BEGIN_DECLS

/* Dtypes that the ABI does not have and files of braintools may. */
enum {
    TORPOR_DTYPE_FLOAT128 = 128,
    TORPOR_DTYPE_COMPLEX256,
    TORPOR_DTYPE_DATETIME64,  /* of any unit, which the array's own dtype_name has */
    TORPOR_DTYPE_TIMEDELTA64, /* the same */
    TORPOR_DTYPE_INT4,
    TORPOR_DTYPE_UINT4,
    TORPOR_DTYPE_FLOAT8, /* all float8_* */
    TORPOR_DTYPE_FLOAT4, /* all float4_* */
};

typedef struct {
    guint32 id;       /* TORPOR_DTYPE_* */
    guint32 size;     /* bytes of one element */
    const char *name; /* "float64" */
} TorporDtype;

/* NULL for an unknown one. */
const TorporDtype *torpor_dtype_by_id(guint32 id);
const TorporDtype *torpor_dtype_by_name(const char *name, gsize length);

/* Copy n integers of this dtype to 64 bits. FALSE for a dtype of other numbers. */
gboolean torpor_dtype_widen(guint32 id, const void *values, guint64 n, guint64 *out);

G_END_DECLS

#endif
