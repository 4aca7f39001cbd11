/* Copies a type that a host declares with all that it points to: the host need not keep it. */
#ifndef TORPOR_HOST_TYPE_COPY_H
#define TORPOR_HOST_TYPE_COPY_H

#include "base/error.h"

G_BEGIN_DECLS

/* The type, its fields, their accessors and all texts, in structs of this build; owned by `copies`.
 * default_value and field_data stay the host's. NULL with TORPOR_STATUS_INVALID for a struct_size
 * that no host can have meant. What the type says is not checked: see type_check.h. */
const struct torpor_type *torpor_type_copy(const struct torpor_type *from, GPtrArray *copies,
                                           GError **error);

G_END_DECLS

#endif
