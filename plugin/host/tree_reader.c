#include "host/tree_reader.h"

#include <string.h>

#include "host/host_array.h"
#include "host/section_names.h"
#include "msgpack/decode.h"
#include "msgpack/stored.h"
#include "value/convert.h"

/* Arrays are converted and scattered in pieces of so many bytes, a multiple of every item size. */
#define PIECE_BYTES ((guint64)64 << 10)

static const TorporNode *
find(const void *data, const char *path, GError **error)
{
    const TorporTreeReader *reader = data;
    if (path == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "%s: a path is NULL", reader->path);
        return NULL;
    }
    const TorporNode *node = torpor_node_lookup(reader->map, path, reader->children, error);
    if (node == NULL)
        g_prefix_error(error, "%s: ", reader->path);
    return node;
}

const TorporNode *
torpor_tree_reader_find(const TorporTreeReader *reader, const char *path, GError **error)
{
    return find(reader, path, error);
}

static void
set_wrong_kind(const void *data, const char *path, const TorporNode *node, const char *expected,
               GError **error)
{
    const TorporTreeReader *reader = data;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH, "%s/%s: expected %s, found %s",
                reader->path, path, expected, torpor_node_kind_name(node->kind));
}

static gint32
kind_of(const TorporNode *node)
{
    switch (node->kind) {
    case TORPOR_NODE_NIL:
        return TORPOR_KIND_NIL;
    case TORPOR_NODE_BOOL:
        return TORPOR_KIND_BOOL;
    case TORPOR_NODE_INT:
    case TORPOR_NODE_UINT:
        return TORPOR_KIND_INT;
    case TORPOR_NODE_FLOAT:
        return TORPOR_KIND_FLOAT;
    case TORPOR_NODE_TEXT:
        return TORPOR_KIND_TEXT;
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return TORPOR_KIND_BYTES;
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        return TORPOR_KIND_MAP;
    default:
        return TORPOR_KIND_ARRAY;
    }
}

static gint32
kind(void *data, const char *path, guint32 *out, struct torpor_error *error)
{
    GError *wrong = NULL;
    const TorporNode *node = find(data, path, &wrong);
    if (node != NULL)
        *out = (guint32)kind_of(node);
    return torpor_error_export(wrong, error);
}

static const TorporNode *
find_map(const void *data, const char *path, GError **error)
{
    const TorporNode *node = find(data, path, error);
    if (node == NULL || kind_of(node) == TORPOR_KIND_MAP)
        return node;
    set_wrong_kind(data, path, node, "a map", error);
    return NULL;
}

static gint32
n_keys(void *data, const char *path, guint64 *out, struct torpor_error *error)
{
    GError *wrong = NULL;
    const TorporNode *node = find_map(data, path, &wrong);
    if (node != NULL)
        *out = node->value.map.count;
    return torpor_error_export(wrong, error);
}

static gint32
key_at(void *data, const char *path, guint64 index, const char **out, struct torpor_error *error)
{
    const TorporTreeReader *reader = data;
    GError *wrong = NULL;
    const TorporNode *node = find_map(data, path, &wrong);
    if (node == NULL)
        return torpor_error_export(wrong, error);
    const TorporNode *child = torpor_children_at(reader->children, node, index);
    if (child == NULL || child->key == NULL)
        g_set_error(&wrong, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
                    "%s: there is no key %" G_GUINT64_FORMAT, path, index);
    else
        *out = child->key;
    return torpor_error_export(wrong, error);
}

static gint32
get_bool(void *data, const char *path, gint32 *out, struct torpor_error *error)
{
    GError *wrong = NULL;
    const TorporNode *node = find(data, path, &wrong);
    if (node != NULL && node->kind != TORPOR_NODE_BOOL)
        set_wrong_kind(data, path, node, "a bool", &wrong);
    else if (node != NULL)
        *out = node->value.boolean;
    return torpor_error_export(wrong, error);
}

static gint32
get_int(void *data, const char *path, gint64 *out, struct torpor_error *error)
{
    GError *wrong = NULL;
    const TorporNode *node = find(data, path, &wrong);
    if (node != NULL && node->kind != TORPOR_NODE_INT)
        set_wrong_kind(data, path, node, "an integer of 64 bits with sign", &wrong);
    else if (node != NULL)
        *out = node->value.integer;
    return torpor_error_export(wrong, error);
}

static gint32
get_uint(void *data, const char *path, guint64 *out, struct torpor_error *error)
{
    GError *wrong = NULL;
    const TorporNode *node = find(data, path, &wrong);
    if (node == NULL)
        return torpor_error_export(wrong, error);
    if (node->kind == TORPOR_NODE_UINT)
        *out = node->value.unsigned_integer;
    else if (node->kind == TORPOR_NODE_INT && node->value.integer >= 0)
        *out = (guint64)node->value.integer;
    else
        set_wrong_kind(data, path, node, "an integer that is not negative", &wrong);
    return torpor_error_export(wrong, error);
}

static gint32
get_float(void *data, const char *path, double *out, struct torpor_error *error)
{
    GError *wrong = NULL;
    const TorporNode *node = find(data, path, &wrong);
    if (node != NULL && node->kind != TORPOR_NODE_FLOAT)
        set_wrong_kind(data, path, node, "a float", &wrong);
    else if (node != NULL)
        *out = node->value.real;
    return torpor_error_export(wrong, error);
}

/* Text or bytes, kept for the host as long as the reader lives. */
static const char *
take_bytes(void *data, const char *path, TorporNodeKind wanted, guint64 *length, GError **error)
{
    TorporTreeReader *reader = data;
    const TorporNode *node = find(data, path, error);
    if (node == NULL)
        return NULL;
    if (node->kind != wanted) {
        set_wrong_kind(data, path, node, wanted == TORPOR_NODE_TEXT ? "text" : "bytes", error);
        return NULL;
    }
    char *bytes = wanted == TORPOR_NODE_TEXT ? torpor_text_read(reader->file, node, error)
                                             : torpor_bytes_read(reader->file, node, error);
    if (bytes == NULL)
        return NULL;
    g_ptr_array_add(reader->texts, bytes);
    *length = node->value.bytes.length;
    return bytes;
}

static gint32
get_text(void *data, const char *path, const char **out, struct torpor_error *error)
{
    GError *wrong = NULL;
    guint64 length;
    const char *text = take_bytes(data, path, TORPOR_NODE_TEXT, &length, &wrong);
    if (text != NULL)
        *out = text;
    return torpor_error_export(wrong, error);
}

static gint32
get_bytes(void *data, const char *path, const void **out, guint64 *byte_length,
          struct torpor_error *error)
{
    GError *wrong = NULL;
    guint64 length;
    const void *bytes = take_bytes(data, path, TORPOR_NODE_BYTES, &length, &wrong);
    if (bytes != NULL) {
        *out = bytes;
        *byte_length = length;
    }
    return torpor_error_export(wrong, error);
}

/* An array of the reader's map, as the host sees it. */
typedef struct {
    const TorporArray *array;
    const TorporUnit *unit; /* NULL: plain numbers */
    guint64 repeats;        /* > 1: a column that is stored as its first row */
} Found;

/* A column of as many rows as there are objects may be stored as one; values of ragged fields may
 * not. */
static gboolean
is_column(const TorporTreeReader *reader, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (reader->column_count < 2 || slash == NULL || strcmp(slash, "/values") != 0)
        return reader->column_count > 1;
    g_autofree char *above = g_strndup(path, (gsize)(slash - path));
    const TorporNode *parent = torpor_node_lookup(reader->map, above, reader->children, NULL);
    return parent == NULL || torpor_map_get(parent, TORPOR_KEY_COUNTS) == NULL;
}

static gboolean
find_array(const void *data, const char *path, Found *found, GError **error)
{
    const TorporTreeReader *reader = data;
    const TorporNode *node = find(data, path, error);
    if (node == NULL)
        return FALSE;
    found->array = torpor_node_array(node, &found->unit);
    if (found->array == NULL) {
        set_wrong_kind(data, path, node, "an array", error);
        return FALSE;
    }
    gboolean is_one_row = found->array->rank > 0 && found->array->shape[0] == 1;
    found->repeats = is_one_row && is_column(reader, path) ? reader->column_count : 1;
    return TRUE;
}

/* The first dimension as the host sees it. */
static guint64
n_rows(const Found *found)
{
    return found->array->shape[0] * found->repeats;
}

static gint32
describe(void *data, const char *path, struct torpor_array *out, struct torpor_error *error)
{
    TorporTreeReader *reader = data;
    GError *wrong = NULL;
    Found found;
    if (!find_array(data, path, &found, &wrong))
        return torpor_error_export(wrong, error);
    if (found.array->rank > TORPOR_MAX_RANK) {
        g_set_error(&wrong, TORPOR_ERROR, TORPOR_STATUS_LIMIT, "%s/%s: rank %u is above %u",
                    reader->path, path, found.array->rank, TORPOR_MAX_RANK);
        return torpor_error_export(wrong, error);
    }
    struct torpor_array seen = {.dtype = found.array->dtype->id, .rank = found.array->rank};
    for (guint32 i = 0; i < seen.rank; i++)
        seen.shape[i] = i == 0 ? n_rows(&found) : found.array->shape[i];
    if (found.unit != NULL) {
        char *text = torpor_unit_to_text(found.unit);
        g_ptr_array_add(reader->texts, text);
        seen.unit = text;
    }
    *out = seen;
    return TORPOR_STATUS_OK;
}

/* dtype, rank and shape must be the file's. */
static gboolean
check_shape(const Found *found, const struct torpor_array *into, GError **error)
{
    const TorporArray *array = found->array;
    gboolean same = array->dtype->id == into->dtype && array->rank == into->rank;
    guint64 shape[TORPOR_MAX_RANK] = {0};
    for (guint32 i = 0; same && i < into->rank; i++) {
        shape[i] = i == 0 ? n_rows(found) : array->shape[i];
        same = shape[i] == into->shape[i];
    }
    if (same)
        return TRUE;
    g_autofree char *expected =
        torpor_shape_to_text(torpor_dtype_by_id(into->dtype)->name, into->rank, into->shape);
    g_autofree char *stored = torpor_shape_to_text(array->dtype_name, array->rank, array->shape);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH, "expected %s, found %s", expected,
                stored);
    return FALSE;
}

static gboolean
read_values(const TorporTreeReader *reader, const Found *found, const TorporConversion *convert,
            const struct torpor_array *into, GError **error)
{
    const TorporArray *array = found->array;
    if (found->repeats == 1 && convert->is_identity && torpor_host_array_is_packed(into))
        return torpor_array_read(reader->file, array, 0, array->byte_length, into->data, error);
    g_autofree char *piece = g_malloc(PIECE_BYTES);
    for (guint64 offset = 0; offset < array->byte_length; offset += PIECE_BYTES) {
        gsize length = MIN(PIECE_BYTES, array->byte_length - offset);
        if (!torpor_array_read(reader->file, array, offset, length, piece, error))
            return FALSE;
        torpor_convert_values(convert, length / array->dtype->size, piece);
        for (guint64 i = 0; i < found->repeats; i++)
            torpor_host_array_write(into, i * array->byte_length + offset, length, piece);
    }
    return TRUE;
}

static gint32
read_array(void *data, const char *path, const struct torpor_array *into,
           struct torpor_error *error)
{
    TorporTreeReader *reader = data;
    GError *wrong = NULL;
    const TorporUnit *to = NULL;
    guint64 byte_length;
    TorporConversion convert;
    Found found;
    if (!find_array(data, path, &found, &wrong))
        return torpor_error_export(wrong, error);
    gboolean fine = torpor_host_array_check(into, &to, &byte_length, &wrong) &&
                    check_shape(&found, into, &wrong) &&
                    torpor_conversion_new(found.unit, to, into->dtype, &convert, &wrong) &&
                    read_values(reader, &found, &convert, into, &wrong);
    if (!fine)
        g_prefix_error(&wrong, "%s/%s: ", reader->path, path);
    if (fine && !convert.is_identity && reader->report != NULL) {
        g_autofree char *whole = g_strdup_printf("%s/%s", reader->path, path);
        torpor_report_conversion(reader->report, whole, found.unit, to);
    }
    return torpor_error_export(wrong, error);
}

void
torpor_tree_reader_init(TorporTreeReader *reader, const TorporFile *file, const TorporNode *map,
                        const char *path, TorporReport *report)
{
    *reader = (TorporTreeReader){
        .slots = {.struct_size = sizeof reader->slots,
                  .data = reader,
                  .kind = kind,
                  .n_keys = n_keys,
                  .key_at = key_at,
                  .get_bool = get_bool,
                  .get_int = get_int,
                  .get_uint = get_uint,
                  .get_float = get_float,
                  .get_text = get_text,
                  .get_bytes = get_bytes,
                  .describe = describe,
                  .read_array = read_array},
        .file = file,
        .map = map,
        .children = torpor_children_new(),
        .path = g_strdup(path),
        .texts = g_ptr_array_new_with_free_func(g_free),
        .report = report,
    };
}

void
torpor_tree_reader_clear(TorporTreeReader *reader)
{
    g_clear_pointer(&reader->path, g_free);
    g_clear_pointer(&reader->texts, g_ptr_array_unref);
    g_clear_pointer(&reader->children, torpor_children_free);
}
