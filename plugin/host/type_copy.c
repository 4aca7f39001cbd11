#include "host/type_copy.h"

#include "host/abi_struct.h"

/* A copy of one struct; NULL stays NULL. */
static gboolean
copy_struct(const TorporAbiStruct *known, const void *from, GPtrArray *copies, const void **out,
            GError **error)
{
    *out = NULL;
    if (from == NULL)
        return TRUE;
    gpointer copy = g_malloc(known->size);
    g_ptr_array_add(copies, copy);
    *out = copy;
    return torpor_abi_import(known, from, copy, error);
}

static gboolean
copy_field(struct torpor_field *field, GPtrArray *copies, GError **error)
{
    const void *accessor = NULL;
    const void *ragged_accessor = NULL;
    field->name = torpor_abi_copy_text(copies, field->name);
    field->unit = torpor_abi_copy_text(copies, field->unit);
    field->doc = torpor_abi_copy_text(copies, field->doc);
    field->target = torpor_abi_copy_text(copies, field->target);
    if (!copy_struct(&torpor_abi_accessor, field->accessor, copies, &accessor, error) ||
        !copy_struct(&torpor_abi_ragged_accessor, field->ragged_accessor, copies, &ragged_accessor,
                     error)) {
        g_prefix_error(error, "field \"%s\": ", field->name == NULL ? "NULL" : field->name);
        return FALSE;
    }
    field->accessor = accessor;
    field->ragged_accessor = ragged_accessor;
    return TRUE;
}

static gboolean
copy_fields(struct torpor_type *type, GPtrArray *copies, GError **error)
{
    struct torpor_field *fields = g_try_new(struct torpor_field, MAX(type->n_fields, 1));
    if (fields == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory for %u fields",
                    type->n_fields);
        return FALSE;
    }
    g_ptr_array_add(copies, fields);
    if (type->n_fields > 0 && type->fields == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "expected %u fields, found NULL",
                    type->n_fields);
        return FALSE;
    }
    if (!torpor_abi_import_array(&torpor_abi_field, type->fields, type->n_fields, fields, error))
        return FALSE;
    type->fields = fields;
    for (guint32 i = 0; i < type->n_fields; i++)
        if (!copy_field(&fields[i], copies, error))
            return FALSE;
    return TRUE;
}

const struct torpor_type *
torpor_type_copy(const struct torpor_type *from, GPtrArray *copies, GError **error)
{
    struct torpor_type *type = g_new0(struct torpor_type, 1);
    g_ptr_array_add(copies, type);
    if (!torpor_abi_import(&torpor_abi_type, from, type, error))
        return NULL;
    type->name = torpor_abi_copy_text(copies, type->name);
    type->base = torpor_abi_copy_text(copies, type->base);
    type->doc = torpor_abi_copy_text(copies, type->doc);
    type->refusal = torpor_abi_copy_text(copies, type->refusal);
    if (copy_fields(type, copies, error))
        return type;
    g_prefix_error(error, "type \"%s\": ", type->name == NULL ? "NULL" : type->name);
    return NULL;
}
