/* Converts a file's numbers to the unit of a live field, if the two differ. */
#ifndef TORPOR_VALUE_CONVERT_H
#define TORPOR_VALUE_CONVERT_H

#include "base/error.h"
#include "value/dtype.h"
#include "value/tree.h"
#include "value/unit.h"

G_BEGIN_DECLS

typedef struct {
    gboolean is_identity;
    guint32 dtype;
    double multiply;
    double divide;
} TorporConversion;

/* From the unit of the file to that of the host (NULL: plain numbers). TORPOR_STATUS_UNIT names
 * both. It is for units of different dimensions, for a quantity against plain numbers, and for
 * dtypes that are never rounded: all but float32, float64 and complex. */
gboolean torpor_conversion_new(const TorporUnit *from, const TorporUnit *to, guint32 dtype,
                               TorporConversion *out, GError **error);
/* Convert n values in place, at any address. */
void torpor_convert_values(const TorporConversion *conversion, guint64 n, void *values);

/* The array of a node: the node itself, the mantissa of a quantity, or the value in the map that
 * stands for a quantity with an offset unit. *unit is NULL for plain numbers. NULL if the node has
 * no array. */
const TorporArray *torpor_node_array(const TorporNode *node, const TorporUnit **unit);

/* "float64 [1000, 3]". Transfer full. */
char *torpor_shape_to_text(const char *dtype_name, guint32 rank, const guint64 *shape);

G_END_DECLS

#endif
