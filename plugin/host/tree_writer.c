#include "host/tree_writer.h"

#include <string.h>

#include "host/host_array.h"
#include "host/host_table.h"
#include "host/tree_reader.h"

/* Of a key of the open map; NULL: of the map itself. Transfer full. */
static char *
path_of(const TorporTreeWriter *writer, const char *key)
{
    g_autoptr(GString) path = g_string_new(writer->path);
    for (guint i = 1; i < writer->maps->len; i++) {
        const TorporNode *map = g_ptr_array_index(writer->maps, i);
        torpor_path_append(path, map->key, map->key_length);
    }
    if (key != NULL)
        torpor_path_append(path, key, strlen(key));
    return g_string_free(g_steal_pointer(&path), FALSE);
}

static gint32 fail(TorporTreeWriter *writer, const char *key, gint code, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static gint32
fail(TorporTreeWriter *writer, const char *key, gint code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *path = path_of(writer, key);
    g_set_error(&writer->failure, TORPOR_ERROR, code, "%s: %s", path, why);
    return code;
}

static TorporNode *
open_map(const TorporTreeWriter *writer)
{
    return g_ptr_array_index(writer->maps, writer->maps->len - 1);
}

/* May a value with this key come next? Sets *map to where it goes. */
static gint32
accept_key(TorporTreeWriter *writer, const char *key, TorporNode **map)
{
    if (writer->failure != NULL)
        return writer->failure->code;
    if (key == NULL || !g_utf8_validate(key, -1, NULL))
        return fail(writer, NULL, TORPOR_STATUS_INVALID, "a key is %s",
                    key == NULL ? "NULL" : "not UTF-8");
    *map = open_map(writer);
    torpor_map_index(writer->tree, *map);
    if (torpor_map_get(*map, key) != NULL)
        return fail(writer, key, TORPOR_STATUS_EXISTS, "its map has that key already");
    return TORPOR_STATUS_OK;
}

static gint32
put_node(void *data, const char *key, TorporNodeKind kind, TorporNode **out)
{
    TorporTreeWriter *writer = data;
    TorporNode *map;
    gint32 status = accept_key(writer, key, &map);
    if (status != TORPOR_STATUS_OK)
        return status;
    *out = torpor_node_new(writer->tree, kind);
    torpor_map_append(writer->tree, map, key, -1, *out);
    return TORPOR_STATUS_OK;
}

static gint32
begin_map(void *data, const char *key)
{
    TorporTreeWriter *writer = data;
    TorporNode *map;
    gint32 status = put_node(data, key, TORPOR_NODE_MAP, &map);
    if (status == TORPOR_STATUS_OK)
        g_ptr_array_add(writer->maps, map);
    return status;
}

static gint32
end_map(void *data)
{
    TorporTreeWriter *writer = data;
    if (writer->failure != NULL)
        return writer->failure->code;
    if (writer->maps->len == 1)
        return fail(writer, NULL, TORPOR_STATUS_ORDER, "end_map without begin_map");
    g_ptr_array_set_size(writer->maps, (gint)writer->maps->len - 1);
    return TORPOR_STATUS_OK;
}

static gint32
put_nil(void *data, const char *key)
{
    TorporNode *node;
    return put_node(data, key, TORPOR_NODE_NIL, &node);
}

static gint32
put_bool(void *data, const char *key, gint32 value)
{
    TorporNode *node;
    gint32 status = put_node(data, key, TORPOR_NODE_BOOL, &node);
    if (status == TORPOR_STATUS_OK)
        node->value.boolean = value != 0;
    return status;
}

static gint32
put_int(void *data, const char *key, gint64 value)
{
    TorporNode *node;
    gint32 status = put_node(data, key, TORPOR_NODE_INT, &node);
    if (status == TORPOR_STATUS_OK)
        node->value.integer = value;
    return status;
}

static gint32
put_uint(void *data, const char *key, guint64 value)
{
    if (value <= G_MAXINT64)
        return put_int(data, key, (gint64)value);
    TorporNode *node;
    gint32 status = put_node(data, key, TORPOR_NODE_UINT, &node);
    if (status == TORPOR_STATUS_OK)
        node->value.unsigned_integer = value;
    return status;
}

static gint32
put_float(void *data, const char *key, double value)
{
    TorporNode *node;
    gint32 status = put_node(data, key, TORPOR_NODE_FLOAT, &node);
    if (status == TORPOR_STATUS_OK)
        node->value.real = value;
    return status;
}

/* Memory of the tree; NULL with a failure if there is none. */
static char *
take_memory(TorporTreeWriter *writer, const char *key, guint64 byte_length)
{
    char *memory =
        byte_length < G_MAXSSIZE ? torpor_tree_try_alloc(writer->tree, byte_length + 1) : NULL;
    if (memory == NULL)
        fail(writer, key, TORPOR_STATUS_NO_MEMORY, "no memory for %" G_GUINT64_FORMAT " bytes",
             byte_length);
    return memory;
}

static gint32
put_copied(void *data, const char *key, TorporNodeKind kind, const void *bytes, guint64 byte_length)
{
    TorporTreeWriter *writer = data;
    TorporNode *map;
    gint32 status = accept_key(writer, key, &map);
    if (status != TORPOR_STATUS_OK)
        return status;
    if (bytes == NULL && byte_length > 0)
        return fail(writer, key, TORPOR_STATUS_INVALID, "its bytes are at NULL");
    char *copy = take_memory(writer, key, byte_length);
    if (copy == NULL)
        return writer->failure->code;
    if (byte_length > 0)
        memcpy(copy, bytes, byte_length);
    copy[byte_length] = '\0';
    TorporNode *node = torpor_node_new(writer->tree, kind);
    node->value.bytes.data = copy;
    node->value.bytes.length = byte_length;
    torpor_map_append(writer->tree, map, key, -1, node);
    return TORPOR_STATUS_OK;
}

static gint32
put_text(void *data, const char *key, const char *value)
{
    TorporTreeWriter *writer = data;
    if (writer->failure != NULL)
        return writer->failure->code;
    if (value == NULL || !g_utf8_validate(value, -1, NULL))
        return fail(writer, key, TORPOR_STATUS_INVALID, "its text is %s",
                    value == NULL ? "NULL" : "not UTF-8");
    return put_copied(data, key, TORPOR_NODE_TEXT, value, strlen(value));
}

static gint32
put_bytes(void *data, const char *key, const void *bytes, guint64 byte_length)
{
    return put_copied(data, key, TORPOR_NODE_BYTES, bytes, byte_length);
}

static gint32
lend_bytes(void *data, const char *key, const void *bytes, guint64 byte_length)
{
    TorporTreeWriter *writer = data;
    if (writer->late == NULL || bytes == NULL)
        return put_bytes(data, key, bytes, byte_length);
    TorporNode *node;
    gint32 status = put_node(data, key, TORPOR_NODE_BYTES, &node);
    if (status == TORPOR_STATUS_OK) {
        node->value.bytes.data = bytes;
        node->value.bytes.length = byte_length;
    }
    return status;
}

static gint32
put_array(void *data, const char *key, const struct torpor_array *array)
{
    TorporTreeWriter *writer = data;
    TorporNode *map;
    gint32 status = accept_key(writer, key, &map);
    if (status != TORPOR_STATUS_OK)
        return status;
    g_autoptr(GError) wrong = NULL;
    guint64 byte_length;
    const TorporUnit *unit = NULL;
    if (!torpor_host_array_check(array, &unit, &byte_length, &wrong))
        return fail(writer, key, wrong->code, "%s", wrong->message);
    char *copy = take_memory(writer, key, byte_length);
    if (copy == NULL)
        return writer->failure->code;
    torpor_host_array_read(array, 0, byte_length, copy);
    TorporNode *node = torpor_map_put_array(
        writer->tree, map, key, torpor_dtype_by_id(array->dtype), array->rank, array->shape, unit);
    node->value.array->data = copy;
    return TORPOR_STATUS_OK;
}

/* Values that are asked for when they are written; lives in the tree's arena. */
typedef struct {
    gint32 (*gather)(void *gather_data, void *values, struct torpor_error *error);
    void *gather_data;
    const char *path;
} Late;

/* The array is one row: always asked for as a whole. */
static gboolean
produce_late(gpointer produce_data, G_GNUC_UNUSED guint64 offset, G_GNUC_UNUSED gsize length,
             void *out, GError **error)
{
    const Late *late = produce_data;
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = late->gather(late->gather_data, out, &failure);
    return torpor_host_result(status, &failure, error, "%s", late->path);
}

static gint32
put_late(void *data, const char *key, const struct torpor_array *array,
         gint32 (*gather)(void *gather_data, void *values, struct torpor_error *error),
         void *gather_data)
{
    TorporTreeWriter *writer = data;
    TorporNode *map;
    gint32 status = accept_key(writer, key, &map);
    if (status != TORPOR_STATUS_OK)
        return status;
    if (array == NULL || gather == NULL)
        return fail(writer, key, TORPOR_STATUS_INVALID, "array and gather must not be NULL");
    struct torpor_array checked = *array;
    checked.data = writer; /* any place: it is not looked at */
    checked.stride = 0;
    g_autoptr(GError) failure = NULL;
    guint64 byte_length;
    const TorporUnit *unit = NULL;
    if (!torpor_host_array_check(&checked, &unit, &byte_length, &failure))
        return fail(writer, key, failure->code, "%s", failure->message);
    Late *late = torpor_tree_alloc(writer->tree, sizeof *late);
    g_autofree char *path = path_of(writer, key);
    *late = (Late){gather, gather_data, torpor_tree_strdup(writer->tree, path, strlen(path))};
    char *values = NULL;
    if (writer->late == NULL || byte_length == 0) {
        values = take_memory(writer, key, byte_length);
        if (values == NULL)
            return writer->failure->code;
        if (byte_length > 0 && !produce_late(late, 0, byte_length, values, &writer->failure))
            return writer->failure->code;
    }
    TorporArray *late_array =
        torpor_map_put_array(writer->tree, map, key, torpor_dtype_by_id(array->dtype), array->rank,
                             array->shape, unit)
            ->value.array;
    late_array->data = values;
    if (values != NULL)
        return TORPOR_STATUS_OK;
    late_array->produce = produce_late;
    late_array->produce_data = late;
    late_array->row_bytes = byte_length;
    g_ptr_array_add(writer->late, late_array);
    return TORPOR_STATUS_OK;
}

static gint32
copy_node(void *data, const char *key, const void *reader_data, const char *path)
{
    TorporTreeWriter *writer = data;
    TorporNode *map;
    gint32 status = accept_key(writer, key, &map);
    if (status != TORPOR_STATUS_OK)
        return status;
    g_autoptr(GError) missing = NULL;
    const TorporNode *from = torpor_tree_reader_find(reader_data, path, &missing);
    if (from == NULL)
        return fail(writer, key, missing->code, "%s", missing->message);
    TorporNode *node = torpor_node_new(writer->tree, from->kind);
    *node = *from;
    node->next = NULL;
    torpor_map_append(writer->tree, map, key, -1, node);
    return TORPOR_STATUS_OK;
}

void
torpor_tree_writer_init(TorporTreeWriter *writer, TorporTree *tree, TorporNode *map,
                        const char *path, GPtrArray *late)
{
    *writer = (TorporTreeWriter){
        .slots = {.struct_size = sizeof writer->slots,
                  .data = writer,
                  .begin_map = begin_map,
                  .end_map = end_map,
                  .put_nil = put_nil,
                  .put_bool = put_bool,
                  .put_int = put_int,
                  .put_uint = put_uint,
                  .put_float = put_float,
                  .put_text = put_text,
                  .put_bytes = put_bytes,
                  .put_array = put_array,
                  .copy = copy_node,
                  .put_late = put_late,
                  .lend_bytes = lend_bytes},
        .tree = tree,
        .late = late,
        .path = g_strdup(path),
        .maps = g_ptr_array_new(),
    };
    g_ptr_array_add(writer->maps, map);
}

gboolean
torpor_tree_writer_finish(TorporTreeWriter *writer, gint32 status, const struct torpor_error *from,
                          GError **error)
{
    if (writer->failure == NULL && !torpor_host_result(status, from, error, "%s", writer->path))
        return FALSE;
    if (writer->failure == NULL && writer->maps->len > 1)
        fail(writer, NULL, TORPOR_STATUS_ORDER, "this map was begun, but not ended");
    if (writer->failure == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&writer->failure));
    return FALSE;
}

void
torpor_tree_writer_clear(TorporTreeWriter *writer)
{
    g_clear_pointer(&writer->path, g_free);
    g_clear_pointer(&writer->maps, g_ptr_array_unref);
    g_clear_error(&writer->failure);
}
