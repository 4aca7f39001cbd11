#include "save/column_array.h"

#include <string.h>

gpointer
torpor_column_memory(const TorporLiveField *live_field, guint64 bytes, GError **error)
{
    gpointer memory = g_try_malloc(MAX(bytes, 1));
    if (memory == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "%s: no memory for %" G_GUINT64_FORMAT " bytes", live_field->path, bytes);
    return memory;
}

TorporArray *
torpor_column_array(const TorporLiveField *live_field, TorporTree *tree, TorporNode *map,
                    const char *key, guint64 n, GError **error)
{
    guint64 shape[1 + TORPOR_MAX_RANK];
    shape[0] = n;
    memcpy(shape + 1, live_field->shape, live_field->rank * sizeof *shape);
    gboolean is_pointer = live_field->dtype == TORPOR_DTYPE_POINTER;
    const TorporDtype *dtype =
        torpor_dtype_by_id(is_pointer ? TORPOR_DTYPE_UINT64 : live_field->dtype);
    TorporNode *node =
        torpor_map_put_array(tree, map, key, dtype, 1 + live_field->rank, shape, live_field->unit);
    if (node == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "%s: %" G_GUINT64_FORMAT " values are beyond the address space",
                    live_field->path, n);
        return NULL;
    }
    return node->value.array;
}
