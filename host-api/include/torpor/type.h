/* torpor/type.h: what the objects of one kind consist of.
 *
 * SPDX-License-Identifier: MIT
 *
 * A type is declared once per session. Torpor copies it, its fields, their accessors and all texts.
 * What field_data and default_value point to is not copied: it stays valid until the session ends.
 */
#ifndef TORPOR_TYPE_H
#define TORPOR_TYPE_H

#include <torpor/field.h>

struct torpor_type {
    uint32_t struct_size;
    uint32_t version; /* from 1; raise it when fields change, and declare a migration */
    const char *name;
    const char *base; /* (optional) a type declared earlier, whose codec serves this one too unless
                         it has its own */
    const char *doc;  /* (optional) */
    const char *refusal; /* (optional) why objects of this type cannot be saved exactly: a save of
                            them fails with this reason */
    const struct torpor_field *fields;
    uint32_t n_fields;
    uint32_t reserved;
    uint64_t object_size; /* bytes of one object; 0: not known. Lets the self-check find bytes that
                             no field covers. Leave it 0 only if the object also holds what is
                             described elsewhere or need not be saved */
};
#define TORPOR_TYPE_INIT .struct_size = sizeof(struct torpor_type)

#endif /* TORPOR_TYPE_H */
