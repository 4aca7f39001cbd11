/* Checks a type that a host declares. Errors name type, field, what was expected and found. */
#ifndef TORPOR_HOST_TYPE_CHECK_H
#define TORPOR_HOST_TYPE_CHECK_H

#include "base/registry.h"

G_BEGIN_DECLS

/* May objects have different numbers of elements? */
static inline gboolean
torpor_kind_is_ragged(guint32 kind)
{
    return kind == TORPOR_FIELD_RAGGED || kind == TORPOR_FIELD_BLOB;
}

/* Is it read and written by callbacks, not by address? */
static inline gboolean
torpor_field_has_accessor(const struct torpor_field *field)
{
    return field->accessor != NULL || field->ragged_accessor != NULL;
}

/* Values per object (product of the shape) and their bytes, of a checked VALUE, RAGGED, BLOB or
 * REFERENCE field; for RAGGED and BLOB those of one element. */
guint64 torpor_field_byte_length(const struct torpor_field *field);

/* Check a type of torpor_type_copy before it is registered: names, kinds, dtypes, shapes, units,
 * offsets, accessors. Types that it names as base or nests must be in `types` already.
 * TORPOR_STATUS_INVALID (TORPOR_STATUS_UNIT for its units, TORPOR_STATUS_EXISTS for two fields of
 * one name, TORPOR_STATUS_NOT_FOUND for types that are not declared). */
gboolean torpor_type_check(const struct torpor_type *type, const TorporRegistry *types,
                           GError **error);

G_END_DECLS

#endif
