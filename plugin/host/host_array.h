/* The ABI's struct torpor_view: memory that the host lends with dtype, shape, stride and unit. */
#ifndef TORPOR_HOST_HOST_ARRAY_H
#define TORPOR_HOST_HOST_ARRAY_H

#include "base/error.h"
#include "value/dtype.h"
#include "value/unit.h"

G_BEGIN_DECLS

/* Does the view make sense? *unit is NULL for a plain array, byte_length that of the values packed.
 * TORPOR_STATUS_INVALID, _UNIT. */
gboolean torpor_host_array_check(const struct torpor_view *view, const TorporUnit **unit,
                                 guint64 *byte_length, GError **error);

/* All values one after the other in memory? */
gboolean torpor_host_array_is_packed(const struct torpor_view *view);

/* Bytes [offset, offset + length) of the packed values of a checked view, out and back. */
void torpor_host_array_read(const struct torpor_view *view, guint64 offset, guint64 length,
                            void *out);
void torpor_host_array_write(const struct torpor_view *view, guint64 offset, guint64 length,
                             const void *from);

G_END_DECLS

#endif
