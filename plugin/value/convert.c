#include "value/convert.h"

#include <string.h>

static char *
unit_text(const TorporUnit *unit)
{
    g_autofree char *text = unit == NULL ? NULL : torpor_unit_to_text(unit);
    return text == NULL ? g_strdup("plain numbers") : g_strdup_printf("a quantity in %s", text);
}

gboolean
torpor_conversion_new(const TorporUnit *from, const TorporUnit *to, guint32 dtype,
                      TorporConversion *out, GError **error)
{
    *out = (TorporConversion){.is_identity = TRUE, .dtype = dtype, .multiply = 1, .divide = 1};
    if (from == to || (from != NULL && to != NULL && torpor_unit_equal(from, to)))
        return TRUE;
    g_autofree char *expected = unit_text(to);
    g_autofree char *found = unit_text(from);
    if (from == NULL || to == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT, "expected %s, found %s", expected,
                    found);
        return FALSE;
    }
    if (!torpor_unit_conversion(from, to, &out->multiply, &out->divide, error))
        return FALSE;
    out->is_identity = out->multiply == 1 && out->divide == 1;
    gboolean is_float = dtype == TORPOR_DTYPE_FLOAT32 || dtype == TORPOR_DTYPE_FLOAT64 ||
                        dtype == TORPOR_DTYPE_COMPLEX64 || dtype == TORPOR_DTYPE_COMPLEX128;
    if (!is_float && !out->is_identity) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT,
                    "expected %s, found %s: %s cannot be converted without rounding", expected,
                    found, torpor_dtype_by_id(dtype)->name);
        return FALSE;
    }
    return TRUE;
}

void
torpor_convert_values(const TorporConversion *conversion, guint64 n, void *values)
{
    if (conversion->is_identity)
        return;
    gboolean is_complex =
        conversion->dtype == TORPOR_DTYPE_COMPLEX64 || conversion->dtype == TORPOR_DTYPE_COMPLEX128;
    gboolean is_single =
        conversion->dtype == TORPOR_DTYPE_FLOAT32 || conversion->dtype == TORPOR_DTYPE_COMPLEX64;
    gsize size = is_single ? sizeof(float) : sizeof(double);
    char *place = values;
    for (guint64 i = 0; i < n * (is_complex ? 2 : 1); i++, place += size) {
        float single;
        double value;
        if (is_single)
            memcpy(&single, place, sizeof single);
        else
            memcpy(&value, place, sizeof value);
        value = (is_single ? (double)single : value) * conversion->multiply / conversion->divide;
        single = (float)value;
        memcpy(place, is_single ? (void *)&single : (void *)&value, size);
    }
}

static const TorporArray *
plain_array(const TorporNode *node)
{
    gboolean is_array = node->kind == TORPOR_NODE_ARRAY || node->kind == TORPOR_NODE_SCALAR;
    return is_array ? node->value.array : NULL;
}

const TorporArray *
torpor_node_array(const TorporNode *node, const TorporUnit **unit)
{
    *unit = NULL;
    if (node->kind == TORPOR_NODE_QUANTITY) {
        *unit = node->value.quantity.unit;
        return plain_array(node->value.quantity.mantissa);
    }
    const TorporNode *value = torpor_map_get(node, "value");
    const TorporNode *symbol = torpor_map_get(node, "unit");
    if (value == NULL || symbol == NULL || node->value.map.count != 2)
        return plain_array(node);
    const char *word = torpor_node_word(symbol);
    if (word == NULL)
        return NULL;
    *unit = torpor_unit_lookup(word, NULL);
    return *unit != NULL && (*unit)->is_offset ? plain_array(value) : NULL;
}

char *
torpor_shape_to_text(const char *dtype_name, guint32 rank, const guint64 *shape)
{
    GString *text = g_string_new(dtype_name);
    g_string_append(text, " [");
    for (guint32 i = 0; i < rank; i++)
        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i == 0 ? "" : ", ", shape[i]);
    g_string_append_c(text, ']');
    return g_string_free(text, FALSE);
}
