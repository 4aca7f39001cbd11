/* Checks and copies a struct torpor_array: memory of the host with dtype, shape and unit. */
#ifndef TORPOR_HOST_HOST_ARRAY_H
#define TORPOR_HOST_HOST_ARRAY_H

#include "base/error.h"
#include "value/dtype.h"
#include "value/unit.h"

G_BEGIN_DECLS

/* Does the array make sense? *unit is NULL for a plain array, byte_length that of the values
 * packed. TORPOR_STATUS_INVALID, _UNIT. */
gboolean torpor_host_array_check(const struct torpor_array *array, const TorporUnit **unit,
                                 guint64 *byte_length, GError **error);

/* Do all values lie one after the other in memory? */
gboolean torpor_host_array_is_packed(const struct torpor_array *array);

/* Bytes [offset, offset + length) of the packed values of a checked array, out and back. */
void torpor_host_array_read(const struct torpor_array *array, guint64 offset, guint64 length,
                            void *out);
void torpor_host_array_write(const struct torpor_array *array, guint64 offset, guint64 length,
                             const void *from);

G_END_DECLS

#endif
