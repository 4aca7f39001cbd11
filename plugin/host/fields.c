/* From a type's descriptors to live_fields: nested types are followed, offsets and shapes composed.
 */
#include "host/fields.h"

#include <string.h>

#include "host/section_names.h"
#include "host/type_check.h"
#include "value/tree.h"

/* Nested types inside nested types; deeper ones are a mistake, or a type inside itself. */
#define MAX_NESTING 16

/* Where we are on the way down through nested types. */
typedef struct {
    const TorporHost *host;
    const struct torpor_population *population;
    const TorporCatalogue *catalogue;
    GPtrArray *live_fields;
    GPtrArray *codec_uses;
    GPtrArray *keys; /* of the nested fields around this one (not owned) */
    guint32 flags;
    guint64 revision;
    guint32 rank;
    guint64 shape[TORPOR_MAX_RANK];
    const char *base;
    guint64 stride;
    guint64 n_pieces; /* objects of this type in one object of the population */
    guint64 *piece_offsets;
} Level;

static char *
path_of(const Level *level, const struct torpor_field *field)
{
    g_autoptr(GString) path = g_string_new(TORPOR_SECTION_POPULATIONS "/");
    g_string_append(path, level->population->path);
    for (guint i = 0; i < level->keys->len; i++)
        torpor_path_append(path, g_ptr_array_index(level->keys, i),
                           strlen(g_ptr_array_index(level->keys, i)));
    torpor_path_append(path, field->name, strlen(field->name));
    return g_string_free(g_steal_pointer(&path), FALSE);
}

static char **
keys_of(const Level *level, const struct torpor_field *field)
{
    char **keys = g_new0(char *, level->keys->len + 2);
    for (guint i = 0; i < level->keys->len; i++)
        keys[i] = g_strdup(g_ptr_array_index(level->keys, i));
    keys[level->keys->len] = g_strdup(field->name);
    return keys;
}

static gboolean refuse(const Level *level, const struct torpor_field *field, GError **error,
                       const char *format, ...) G_GNUC_PRINTF(4, 5);

static gboolean
refuse(const Level *level, const struct torpor_field *field, GError **error, const char *format,
       ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *path = path_of(level, field);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "%s: %s", path, why);
    return FALSE;
}

/* Dimensions of the nested fields around, then the field's own. */
static gboolean
compose_shape(const Level *level, const struct torpor_field *field, guint32 *rank, guint64 *shape,
              GError **error)
{
    if (field->rank > TORPOR_MAX_RANK || level->rank + field->rank > TORPOR_MAX_RANK)
        return refuse(level, field, error, "rank %u is above %u", level->rank + field->rank,
                      TORPOR_MAX_RANK);
    memcpy(shape, level->shape, level->rank * sizeof *shape);
    memcpy(shape + level->rank, field->shape, field->rank * sizeof *shape);
    *rank = level->rank + field->rank;
    return TRUE;
}

static gboolean
is_packed(const guint64 *offsets, guint64 n, guint64 bytes)
{
    for (guint64 i = 1; i < n; i++)
        if (offsets[i] != offsets[i - 1] + bytes)
            return FALSE;
    return TRUE;
}

/* Offsets of all values of a field at `offset` in each of the level's objects, `n` in a row. */
static guint64 *
compose_offsets(const Level *level, guint64 offset, guint64 n, guint64 bytes, guint64 *n_out)
{
    guint64 total;
    if (!g_uint64_checked_mul(&total, level->n_pieces, n))
        return NULL;
    guint64 *offsets = g_try_new(guint64, MAX(total, 1));
    if (offsets == NULL)
        return NULL;
    for (guint64 i = 0; i < level->n_pieces; i++)
        for (guint64 j = 0; j < n; j++)
            offsets[i * n + j] = level->piece_offsets[i] + offset + j * bytes;
    *n_out = total;
    return offsets;
}

/* Does a value at offset, `bytes` long, stay inside the room that each object has? */
static gboolean
check_extent(const Level *level, const struct torpor_field *field, guint64 offset, guint64 bytes,
             GError **error)
{
    guint64 end;
    const struct torpor_population *population = level->population;
    gboolean is_strided = torpor_population_is_strided(population);
    guint64 last = level->n_pieces == 0 ? 0 : level->piece_offsets[level->n_pieces - 1];
    if (!g_uint64_checked_add(&end, offset, bytes) || !g_uint64_checked_add(&end, end, last) ||
        end > G_MAXSSIZE)
        return refuse(level, field, error, "offset and size are beyond the address space");
    if (!is_strided || population->count == 0)
        return TRUE;
    if (level->base == NULL)
        return refuse(level, field, error, "its memory is at NULL");
    guint64 extent;
    if (population->count > 1 && level->stride < end)
        return refuse(level, field, error,
                      "it ends at byte %" G_GUINT64_FORMAT
                      " of an object, but objects are %" G_GUINT64_FORMAT " bytes apart",
                      end, level->stride);
    if (!g_uint64_checked_mul(&extent, level->stride, population->count) || extent > G_MAXSSIZE)
        return refuse(level, field, error,
                      "%" G_GUINT64_FORMAT " objects %" G_GUINT64_FORMAT
                      " bytes apart are beyond the address space",
                      population->count, level->stride);
    return TRUE;
}

static gboolean
set_addresses(TorporLiveField *live_field, const Level *level, GError **error)
{
    const struct torpor_field *field = live_field->field;
    guint64 piece_bytes;
    if (!torpor_shape_byte_length(field->rank, field->shape, live_field->item_size, &piece_bytes))
        return refuse(level, field, error, "its shape is beyond the address space");
    guint64 offset = level->population->layout == TORPOR_LAYOUT_COLUMNS && level->keys->len == 0
                         ? 0
                         : field->offset;
    if (!check_extent(level, field, offset, piece_bytes, error))
        return FALSE;
    live_field->piece_offsets = compose_offsets(level, offset, 1, 0, &live_field->n_pieces);
    if (live_field->piece_offsets == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "%s: no memory for its layout",
                    live_field->path);
        return FALSE;
    }
    live_field->piece_bytes = piece_bytes;
    if (live_field->n_pieces > 1 &&
        is_packed(live_field->piece_offsets, live_field->n_pieces, piece_bytes)) {
        live_field->piece_bytes *= live_field->n_pieces;
        live_field->n_pieces = 1;
    }
    live_field->base = level->base;
    live_field->stride = level->stride;
    return TRUE;
}

static gboolean
check_accessor(const Level *level, const struct torpor_field *field, GError **error)
{
    return level->n_pieces <= 1 ||
           refuse(level, field, error,
                  "an accessor cannot tell the objects of a nested field apart: describe the "
                  "nested type's fields by offset, or give the whole field an accessor");
}

/* One of a list's members must lie in the room that each object has. */
static gboolean
check_member(const Level *level, const struct torpor_field *field, guint64 offset, guint64 bytes,
             GError **error)
{
    return bytes == 0 || check_extent(level, field, offset, bytes, error);
}

static gboolean
set_list(TorporLiveField *live_field, const Level *level, GError **error)
{
    const struct torpor_field *field = live_field->field;
    if (!torpor_population_has_objects(level->population) || level->n_pieces > 1)
        return refuse(level, field, error,
                      "a list by pointer and length is a member of an object: give the field a "
                      "ragged_accessor");
    if (!check_member(level, field, field->offset, sizeof(gpointer), error) ||
        !check_member(level, field, field->length_offset,
                      torpor_live_list_number_bytes(field->length_dtype), error) ||
        !check_member(level, field, field->capacity_offset,
                      torpor_live_list_number_bytes(field->capacity_dtype), error))
        return FALSE;
    guint64 start = level->n_pieces == 0 ? 0 : level->piece_offsets[0];
    live_field->list = g_new0(TorporLiveList, 1);
    live_field->list->host = level->host;
    live_field->list->population = level->population;
    live_field->list->path = live_field->path;
    live_field->list->base = level->base;
    live_field->list->stride = level->stride;
    live_field->list->row_bytes = live_field->row_bytes;
    live_field->list->pointer_place = start + field->offset;
    live_field->list->length_place = start + field->length_offset;
    live_field->list->capacity_place = start + field->capacity_offset;
    live_field->list->length_dtype = field->length_dtype;
    live_field->list->capacity_dtype = field->capacity_dtype;
    return TRUE;
}

static gboolean
add_leaf(const Level *level, const struct torpor_field *field, GError **error)
{
    g_autoptr(TorporLiveField) live_field = g_new0(TorporLiveField, 1);
    live_field->host = level->host;
    live_field->population = level->population;
    live_field->field = field;
    live_field->path = path_of(level, field);
    live_field->keys = keys_of(level, field);
    live_field->kind = field->kind;
    live_field->flags = level->flags | field->flags;
    live_field->revision = level->revision;
    live_field->dtype = field->dtype;
    gboolean is_pointer = field->dtype == TORPOR_DTYPE_POINTER;
    const TorporDtype *dtype = torpor_dtype_by_id(field->dtype);
    gboolean is_index =
        field->dtype == TORPOR_DTYPE_UINT64 || field->dtype == TORPOR_DTYPE_UINT32 || is_pointer;
    if ((!is_pointer && dtype == NULL) || (is_pointer && field->kind != TORPOR_FIELD_REFERENCE) ||
        (field->kind == TORPOR_FIELD_REFERENCE && !is_index) ||
        (field->kind == TORPOR_FIELD_BLOB && field->dtype != TORPOR_DTYPE_UINT8))
        return refuse(level, field, error, "dtype number %u does not go with field kind %u",
                      field->dtype, field->kind);
    live_field->item_size = is_pointer ? sizeof(void *) : dtype->size;
    if (field->unit != NULL) {
        live_field->unit = torpor_unit_lookup(field->unit, error);
        if (live_field->unit == NULL) {
            g_prefix_error(error, "%s: ", live_field->path);
            return FALSE;
        }
    }
    if (!compose_shape(level, field, &live_field->rank, live_field->shape, error))
        return FALSE;
    guint64 column_bytes;
    if (!torpor_shape_byte_length(live_field->rank, live_field->shape, live_field->item_size,
                                  &live_field->row_bytes) ||
        !g_uint64_checked_mul(&column_bytes, live_field->row_bytes, level->population->count) ||
        column_bytes > G_MAXSSIZE)
        return refuse(level, field, error, "its column is beyond the address space");
    if (torpor_field_has_accessor(field)) {
        if (!check_accessor(level, field, error))
            return FALSE;
    } else if (torpor_kind_is_ragged(field->kind)) {
        if (!set_list(live_field, level, error))
            return FALSE;
    } else if (level->population->layout == TORPOR_LAYOUT_ACCESSORS) {
        return refuse(level, field, error, "layout ACCESSORS, but the field has none");
    } else if (!set_addresses(live_field, level, error)) {
        return FALSE;
    }
    g_ptr_array_add(level->live_fields, g_steal_pointer(&live_field));
    return TRUE;
}

static gboolean add_fields(Level *level, const struct torpor_type *type, GError **error);

/* The objects of a nested type that a codec serves. */
static gboolean
add_part(const Level *level, const struct torpor_field *field, const struct torpor_codec *codec,
         GError **error)
{
    const struct torpor_population *population = level->population;
    gboolean is_strided = torpor_population_is_strided(population);
    g_autofree char *path = path_of(level, field);
    if ((level->flags & TORPOR_FIELD_CONSTANT) != 0)
        return refuse(level, field, error,
                      "constant, but type \"%s\" has a codec, which would write it back: leave out "
                      "the flag, or the codec",
                      field->target);
    g_autoptr(TorporCodecUse) use = torpor_codec_use_new_nested(
        level->host, codec, population, field->target, is_strided ? level->base : NULL,
        level->stride, level->n_pieces, level->piece_offsets, error);
    if (use == NULL) {
        g_prefix_error(error, "%s: ", path);
        return FALSE;
    }
    use->keys = keys_of(level, field);
    use->flags = level->flags;
    use->path = g_steal_pointer(&path);
    use->own.path = use->path + strlen(TORPOR_SECTION_POPULATIONS "/");
    g_ptr_array_add(level->codec_uses, g_steal_pointer(&use));
    return TRUE;
}

static gboolean
add_nested(const Level *level, const struct torpor_field *field, GError **error)
{
    const struct torpor_type *type = torpor_registry_find(level->catalogue->types, field->target);
    if (type == NULL)
        return refuse(level, field, error, "nested type \"%s\" is not declared",
                      field->target == NULL ? "NULL" : field->target);
    if (type->refusal != NULL) {
        g_autofree char *path = path_of(level, field);
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_REFUSED,
                    "%s: objects of type \"%s\" cannot be saved exactly: %s", path, type->name,
                    type->refusal);
        return FALSE;
    }
    if (level->keys->len >= MAX_NESTING)
        return refuse(level, field, error, "more than %d types inside each other", MAX_NESTING);
    Level inner = *level;
    if (!compose_shape(level, field, &inner.rank, inner.shape, error))
        return FALSE;
    guint64 n_objects, bytes;
    if (!torpor_shape_byte_length(field->rank, field->shape, 1, &n_objects) ||
        !g_uint64_checked_mul(&bytes, n_objects, type->object_size))
        return refuse(level, field, error, "its shape is beyond the address space");
    if (field->rank == 0)
        n_objects = 1;
    if (n_objects > 1 && type->object_size == 0)
        return refuse(level, field, error, "several objects of type \"%s\", whose object_size is 0",
                      type->name);
    guint64 offset = level->population->layout == TORPOR_LAYOUT_COLUMNS && level->keys->len == 0
                         ? 0
                         : field->offset;
    if (!check_extent(level, field, offset, bytes, error))
        return FALSE;
    g_autofree guint64 *offsets =
        compose_offsets(level, offset, n_objects, type->object_size, &inner.n_pieces);
    if (offsets == NULL)
        return refuse(level, field, error, "no memory for its layout");
    inner.piece_offsets = offsets;
    inner.flags |= field->flags;
    const struct torpor_codec *codec = torpor_catalogue_codec(level->catalogue, type);
    if (codec != NULL)
        return add_part(&inner, field, codec, error);
    if (type->n_fields == 0)
        return refuse(
            level, field, error,
            "its type \"%s\" has neither fields nor a codec: nothing of it would be saved",
            type->name);
    g_ptr_array_add(level->keys, (gpointer)field->name);
    gboolean added = add_fields(&inner, type, error);
    g_ptr_array_set_size(level->keys, (gint)level->keys->len - 1);
    return added;
}

/* Bytes of one object's value in memory, as a column holds it. */
static guint64
packed_stride(const Level *level, const struct torpor_field *field)
{
    guint64 bytes = 0;
    const struct torpor_type *nested = torpor_registry_find(level->catalogue->types, field->target);
    const TorporDtype *dtype = torpor_dtype_by_id(field->dtype);
    guint64 item = field->kind == TORPOR_FIELD_NESTED     ? (nested ? nested->object_size : 0)
                   : field->dtype == TORPOR_DTYPE_POINTER ? sizeof(void *)
                                                          : (dtype ? dtype->size : 0);
    if (item > G_MAXUINT32 || field->rank > TORPOR_MAX_RANK ||
        !torpor_shape_byte_length(field->rank, field->shape, (guint32)item, &bytes))
        return 0; /* add_leaf and add_nested say why */
    return bytes;
}

static gboolean
add_fields(Level *level, const struct torpor_type *type, GError **error)
{
    for (guint32 i = 0; i < type->n_fields; i++) {
        const struct torpor_field *field = &type->fields[i];
        if (level->keys->len == 0 && level->population->revisions != NULL)
            level->revision = level->population->revisions[i];
        gboolean is_column = level->population->layout == TORPOR_LAYOUT_COLUMNS &&
                             level->keys->len == 0 && !torpor_field_has_accessor(field);
        if (is_column && level->population->count > 0) {
            const struct torpor_column *column = &level->population->columns[i];
            level->base = column->data;
            level->stride = column->stride != 0 ? column->stride : packed_stride(level, field);
        }
        gboolean added = field->kind == TORPOR_FIELD_NESTED ? add_nested(level, field, error)
                                                            : add_leaf(level, field, error);
        if (!added)
            return FALSE;
    }
    return TRUE;
}

static const char *
fault_of(const struct torpor_population *population, const struct torpor_type *type)
{
    if (population->revisions != NULL && population->n_revisions != type->n_fields)
        return "revisions, but n_revisions is not the type's n_fields";
    switch (population->layout) {
    case TORPOR_LAYOUT_CONTIGUOUS:
        return population->base == NULL ? "layout CONTIGUOUS, but base is NULL" : NULL;
    case TORPOR_LAYOUT_POINTERS:
        return population->objects == NULL ? "layout POINTERS, but objects is NULL" : NULL;
    case TORPOR_LAYOUT_CALLBACK:
        return population->object_at == NULL ? "layout CALLBACK, but object_at is NULL" : NULL;
    case TORPOR_LAYOUT_COLUMNS:
        return population->columns == NULL ? "layout COLUMNS, but columns is NULL"
               : population->n_columns != type->n_fields
                   ? "layout COLUMNS, but n_columns is not the type's n_fields"
                   : NULL;
    case TORPOR_LAYOUT_ACCESSORS:
        return NULL;
    default:
        return "its layout is none of TORPOR_LAYOUT_*";
    }
}

GPtrArray *
torpor_live_fields_new(const TorporHost *host, const struct torpor_population *population,
                       const struct torpor_type *type, const TorporCatalogue *catalogue,
                       GPtrArray *codec_uses, GError **error)
{
    const char *fault = population->count == 0 ? NULL : fault_of(population, type);
    if (fault != NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "populations/%s: %s",
                    population->path, fault);
        return NULL;
    }
    g_autoptr(GPtrArray) live_fields =
        g_ptr_array_new_with_free_func((GDestroyNotify)torpor_live_field_free);
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    guint64 start = 0;
    Level level = {.host = host,
                   .population = population,
                   .catalogue = catalogue,
                   .live_fields = live_fields,
                   .codec_uses = codec_uses,
                   .keys = keys,
                   .base = population->base,
                   .stride = population->stride,
                   .n_pieces = 1,
                   .piece_offsets = &start};
    if (!add_fields(&level, type, error))
        return NULL;
    return g_steal_pointer(&live_fields);
}
