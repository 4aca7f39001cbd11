#include "host/type_check.h"

#include <string.h>

#include "host/live_list.h"
#include "value/dtype.h"
#include "value/tree.h"
#include "value/unit.h"

#define KNOWN_FLAGS                                                                                \
    (TORPOR_FIELD_CONSTANT | TORPOR_FIELD_HIDDEN | TORPOR_FIELD_OPTIONAL |                         \
     TORPOR_FIELD_PARAMETER | TORPOR_FIELD_GIVEN)

/* What is being checked; for messages. */
typedef struct {
    const struct torpor_type *type;
    const struct torpor_field *field;
    const TorporRegistry *types;
} Place;

static gboolean refuse(const Place *place, GError **error, gint32 status, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* "type "t", field "f": ..." Returns FALSE. */
static gboolean
refuse(const Place *place, GError **error, gint32 status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    gboolean in_field = place->field != NULL;
    g_set_error(error, TORPOR_ERROR, status, "type \"%s\"%s%s%s: %s", place->type->name,
                in_field ? ", field \"" : "", in_field ? place->field->name : "",
                in_field ? "\"" : "", what);
    return FALSE;
}

static guint32
item_size(const struct torpor_field *field)
{
    if (field->dtype == TORPOR_DTYPE_POINTER)
        return sizeof(void *);
    const TorporDtype *dtype = torpor_dtype_by_id(field->dtype);
    return dtype == NULL ? 0 : dtype->size;
}

guint64
torpor_field_byte_length(const struct torpor_field *field)
{
    guint64 bytes = 0;
    torpor_shape_byte_length(field->rank, field->shape, item_size(field), &bytes);
    return bytes;
}

static gboolean
check_dtype(const Place *place, GError **error)
{
    const struct torpor_field *field = place->field;
    guint32 dtype = field->dtype;
    gboolean is_element = dtype >= TORPOR_DTYPE_BOOL && dtype <= TORPOR_DTYPE_BFLOAT16;
    switch (field->kind) {
    case TORPOR_FIELD_VALUE:
    case TORPOR_FIELD_RAGGED:
        return is_element || refuse(place, error, TORPOR_STATUS_INVALID,
                                    "expected a dtype from TORPOR_DTYPE_BOOL to _BFLOAT16, found "
                                    "%u",
                                    dtype);
    case TORPOR_FIELD_BLOB:
        if (dtype == TORPOR_DTYPE_UINT8 && field->rank == 0)
            return TRUE;
        return refuse(place, error, TORPOR_STATUS_INVALID,
                      "expected a blob of dtype TORPOR_DTYPE_UINT8 and rank 0, found dtype %u and "
                      "rank %u",
                      dtype, field->rank);
    case TORPOR_FIELD_REFERENCE:
        return dtype == TORPOR_DTYPE_UINT32 || dtype == TORPOR_DTYPE_UINT64 ||
               dtype == TORPOR_DTYPE_POINTER ||
               refuse(place, error, TORPOR_STATUS_INVALID,
                      "expected a reference of dtype TORPOR_DTYPE_UINT32 (8), _UINT64 (9) or "
                      "_POINTER (64), found "
                      "%u; a plain index of another dtype is a TORPOR_FIELD_VALUE",
                      dtype);
    case TORPOR_FIELD_NESTED:
        return TRUE; /* its fields have dtypes of their own */
    default:
        return refuse(place, error, TORPOR_STATUS_INVALID,
                      "expected a kind from TORPOR_FIELD_VALUE to _NESTED, found %u", field->kind);
    }
}

static gboolean
check_unit(const Place *place, GError **error)
{
    const struct torpor_field *field = place->field;
    if (field->unit == NULL)
        return TRUE;
    if (field->kind != TORPOR_FIELD_VALUE && field->kind != TORPOR_FIELD_RAGGED)
        return refuse(place, error, TORPOR_STATUS_INVALID,
                      "expected no unit on a blob, reference or nested object, found \"%.60s\"",
                      field->unit);
    g_autoptr(GError) cause = NULL;
    return torpor_unit_lookup(field->unit, &cause) != NULL ||
           refuse(place, error, TORPOR_STATUS_UNIT, "%s", cause->message);
}

static gboolean
check_target(const Place *place, GError **error)
{
    const struct torpor_field *field = place->field;
    if (field->kind != TORPOR_FIELD_REFERENCE && field->kind != TORPOR_FIELD_NESTED)
        return TRUE;
    gboolean is_nested = field->kind == TORPOR_FIELD_NESTED;
    g_autoptr(GError) cause = NULL;
    if (!torpor_name_check("target", field->target, &cause))
        return refuse(place, error, TORPOR_STATUS_INVALID, "%s; it names the %s", cause->message,
                      is_nested ? "type that is nested" : "population referred to");
    if (is_nested && torpor_registry_find(place->types, field->target) == NULL)
        return refuse(place, error, TORPOR_STATUS_NOT_FOUND,
                      "nests type \"%s\", which is not declared; declare it first", field->target);
    return TRUE;
}

/* One of the functions that an accessor may have. */
typedef struct {
    const char *name;
    gboolean is_set;
    gboolean writes; /* a CONSTANT field, which is never written back, does without */
} Slot;

static gboolean
check_slots(const Place *place, const char *accessor, const Slot *slots, gsize n_slots,
            GError **error)
{
    gboolean is_written = (place->field->flags & TORPOR_FIELD_CONSTANT) == 0;
    for (gsize i = 0; i < n_slots; i++)
        if (!slots[i].is_set && (is_written || !slots[i].writes))
            return refuse(place, error, TORPOR_STATUS_INVALID,
                          "expected its %s to have %s, found NULL%s", accessor, slots[i].name,
                          slots[i].writes ? " (only a field flagged TORPOR_FIELD_CONSTANT does "
                                            "without)"
                                          : "");
    return TRUE;
}

static gboolean
is_within(const Place *place, guint64 offset, guint64 bytes)
{
    guint64 size = place->type->object_size;
    return bytes == 0 || size == 0 || (offset <= size && bytes <= size - offset);
}

/* A ragged field that is a pointer and a length in the object. */
static gboolean
check_list(const Place *place, GError **error)
{
    const struct torpor_field *field = place->field;
    guint32 length_bytes = torpor_live_list_number_bytes(field->length_dtype);
    guint32 capacity_bytes = torpor_live_list_number_bytes(field->capacity_dtype);
    if (field->length_dtype == 0)
        return refuse(place, error, TORPOR_STATUS_INVALID,
                      "expected a ragged_accessor, or a pointer and a length in the object "
                      "(TORPOR_LIST), which a ragged or blob field needs; found NULL");
    if (length_bytes == 0 || (field->capacity_dtype != 0 && capacity_bytes == 0))
        return refuse(place, error, TORPOR_STATUS_INVALID,
                      "expected a length and a capacity that are whole numbers, found dtypes %u "
                      "and %u",
                      field->length_dtype, field->capacity_dtype);
    return (is_within(place, field->offset, sizeof(void *)) &&
            is_within(place, field->length_offset, length_bytes) &&
            is_within(place, field->capacity_offset, capacity_bytes)) ||
           refuse(place, error, TORPOR_STATUS_INVALID,
                  "expected its pointer, length and capacity to lie within the object's "
                  "%" G_GUINT64_FORMAT " bytes",
                  place->type->object_size);
}

static gboolean
check_ragged_accessor(const Place *place, GError **error)
{
    const struct torpor_ragged_accessor *accessor = place->field->ragged_accessor;
    if (place->field->accessor != NULL)
        return refuse(place, error, TORPOR_STATUS_INVALID,
                      "expected no accessor: a ragged or blob field has a ragged_accessor");
    if (accessor == NULL)
        return check_list(place, error);
    const Slot slots[] = {
        {"lengths", accessor->lengths != NULL, FALSE},
        {"gather", accessor->gather != NULL, FALSE},
        {"set_lengths", accessor->set_lengths != NULL, TRUE},
        {"scatter", accessor->scatter != NULL, TRUE},
    };
    return check_slots(place, "ragged_accessor", slots, G_N_ELEMENTS(slots), error);
}

static gboolean
check_accessor(const Place *place, GError **error)
{
    const struct torpor_field *field = place->field;
    const struct torpor_accessor *accessor = field->accessor;
    if (torpor_kind_is_ragged(field->kind))
        return check_ragged_accessor(place, error);
    if (field->ragged_accessor != NULL)
        return refuse(place, error, TORPOR_STATUS_INVALID,
                      "expected no ragged_accessor: its kind is neither ragged nor blob");
    if (accessor == NULL)
        return TRUE;
    if (field->kind == TORPOR_FIELD_NESTED)
        return refuse(place, error, TORPOR_STATUS_INVALID,
                      "expected no accessor: the fields of a nested type have their own");
    const Slot slots[] = {
        {"gather", accessor->gather != NULL, FALSE},
        {"scatter", accessor->scatter != NULL, TRUE},
    };
    return check_slots(place, "accessor", slots, G_N_ELEMENTS(slots), error);
}

/* Shape, and place in the object. Nothing here may overflow: the numbers are the host's. */
static gboolean
check_extent(const Place *place, GError **error)
{
    const struct torpor_field *field = place->field;
    if (field->rank > TORPOR_MAX_RANK)
        return refuse(place, error, TORPOR_STATUS_INVALID,
                      "expected a rank of at most %u, found %u", TORPOR_MAX_RANK, field->rank);
    guint64 n_values = 0;
    guint64 bytes = 0;
    guint64 end = 0;
    guint64 size = item_size(field);
    if (field->kind == TORPOR_FIELD_NESTED) {
        const struct torpor_type *nested = torpor_registry_find(place->types, field->target);
        size = nested->object_size;
    }
    if (!torpor_shape_byte_length(field->rank, field->shape, 1, &n_values) ||
        !g_uint64_checked_mul(&bytes, n_values, size))
        return refuse(place, error, TORPOR_STATUS_LIMIT,
                      "its shape means more bytes than a 64-bit number can count");
    guint64 object_size = place->type->object_size;
    if (torpor_field_has_accessor(field) || torpor_kind_is_ragged(field->kind) || object_size == 0)
        return TRUE;
    if (!g_uint64_checked_add(&end, field->offset, bytes) || end > object_size)
        return refuse(place, error, TORPOR_STATUS_INVALID,
                      "expected to lie within the object's %" G_GUINT64_FORMAT
                      " bytes, found offset %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT " bytes",
                      object_size, field->offset, bytes);
    return TRUE;
}

static gboolean
check_default(const Place *place, GError **error)
{
    const struct torpor_field *field = place->field;
    if (field->default_value == NULL)
        return TRUE;
    if ((field->flags & TORPOR_FIELD_OPTIONAL) == 0)
        return refuse(place, error, TORPOR_STATUS_INVALID,
                      "has a default_value that would never be used; flag it "
                      "TORPOR_FIELD_OPTIONAL, or leave the default out");
    return field->kind == TORPOR_FIELD_VALUE ||
           (field->kind == TORPOR_FIELD_REFERENCE && field->dtype != TORPOR_DTYPE_POINTER) ||
           refuse(place, error, TORPOR_STATUS_INVALID,
                  "expected a default_value on a plain value or an index only");
}

static gboolean
check_field(const Place *place, GError **error)
{
    guint32 unknown_flags = place->field->flags & ~KNOWN_FLAGS;
    if (unknown_flags != 0)
        return refuse(place, error, TORPOR_STATUS_UNSUPPORTED,
                      "flags 0x%x are not known to this version (ABI %u.%u)", unknown_flags,
                      TORPOR_ABI_MAJOR, TORPOR_ABI_MINOR);
    return check_dtype(place, error) && check_unit(place, error) && check_target(place, error) &&
           check_accessor(place, error) && check_extent(place, error) &&
           check_default(place, error);
}

static gboolean
check_fields(Place *place, GError **error)
{
    const struct torpor_type *type = place->type;
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint32 i = 0; i < type->n_fields; i++) {
        const struct torpor_field *field = &type->fields[i];
        g_autofree char *which = g_strdup_printf("type \"%s\", field %u", type->name, i);
        if (!torpor_name_check(which, field->name, error))
            return FALSE;
        place->field = field;
        if (!g_hash_table_add(names, (gpointer)field->name))
            return refuse(place, error, TORPOR_STATUS_EXISTS,
                          "expected names that are unique in their type, found it twice");
        if (!check_field(place, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
torpor_type_check(const struct torpor_type *type, const TorporRegistry *types, GError **error)
{
    if (!torpor_name_check("type", type->name, error))
        return FALSE;
    Place place = {.type = type, .types = types};
    if (type->version == 0)
        return refuse(&place, error, TORPOR_STATUS_INVALID,
                      "expected a version from 1 on, found 0");
    if (type->base != NULL && torpor_registry_find(types, type->base) == NULL)
        return refuse(&place, error, TORPOR_STATUS_NOT_FOUND,
                      "has base \"%.60s\", which is not declared; declare it first", type->base);
    return check_fields(&place, error);
}
