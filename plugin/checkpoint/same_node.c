#include "checkpoint/same_node.h"

#include <string.h>

#include "msgpack/stored.h"

#define PIECE_BYTES ((gsize)32 << 10)

static gboolean
same_arrays(const TorporFile *file, const TorporArray *one, const TorporArray *other,
            gboolean *same, GError **error)
{
    guint8 a[PIECE_BYTES], b[PIECE_BYTES];
    *same =
        one->rank == other->rank && one->byte_length == other->byte_length &&
        strcmp(one->dtype_name, other->dtype_name) == 0 &&
        (one->rank == 0 || memcmp(one->shape, other->shape, one->rank * sizeof *one->shape) == 0);
    for (guint64 at = 0; *same && at < one->byte_length; at += PIECE_BYTES) {
        gsize n = (gsize)MIN(PIECE_BYTES, one->byte_length - at);
        if (!torpor_array_read(file, one, at, n, a, error) ||
            !torpor_array_read(file, other, at, n, b, error))
            return FALSE;
        *same = memcmp(a, b, n) == 0;
    }
    return TRUE;
}

static gboolean
same_bytes(const TorporFile *file, const TorporNode *one, const TorporNode *other, gboolean *same,
           GError **error)
{
    *same = one->value.bytes.length == other->value.bytes.length &&
            one->value.bytes.ext_type == other->value.bytes.ext_type;
    if (!*same)
        return TRUE;
    g_autofree char *a = torpor_bytes_read(file, one, error);
    g_autofree char *b = a == NULL ? NULL : torpor_bytes_read(file, other, error);
    if (b == NULL)
        return FALSE;
    *same = memcmp(a, b, (gsize)one->value.bytes.length) == 0;
    return TRUE;
}

static gboolean
same_maps(const TorporFile *file, const TorporNode *one, const TorporNode *other, gboolean *same,
          GError **error)
{
    const TorporNode *b = other->value.map.first;
    *same = one->value.map.count == other->value.map.count;
    for (const TorporNode *a = one->value.map.first; *same && a != NULL; a = a->next, b = b->next) {
        *same = a->key_length == b->key_length &&
                (a->key_length == 0 || memcmp(a->key, b->key, a->key_length) == 0);
        if (*same && !torpor_node_same(file, a, b, same, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
torpor_node_same(const TorporFile *file, const TorporNode *one, const TorporNode *other,
                 gboolean *same, GError **error)
{
    *same = one->kind == other->kind;
    if (!*same)
        return TRUE;
    switch (one->kind) {
    case TORPOR_NODE_NIL:
        return TRUE;
    case TORPOR_NODE_BOOL:
        *same = one->value.boolean == other->value.boolean;
        return TRUE;
    case TORPOR_NODE_INT:
    case TORPOR_NODE_UINT:
        *same = one->value.unsigned_integer == other->value.unsigned_integer;
        return TRUE;
    case TORPOR_NODE_FLOAT:
        *same = memcmp(&one->value.real, &other->value.real, sizeof(double)) == 0;
        return TRUE;
    case TORPOR_NODE_COMPLEX:
        *same = memcmp(one->value.complex, other->value.complex, sizeof one->value.complex) == 0;
        return TRUE;
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return same_bytes(file, one, other, same, error);
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        return same_arrays(file, one->value.array, other->value.array, same, error);
    case TORPOR_NODE_QUANTITY:
        *same = torpor_unit_equal(one->value.quantity.unit, other->value.quantity.unit);
        return !*same || torpor_node_same(file, one->value.quantity.mantissa,
                                          other->value.quantity.mantissa, same, error);
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        return same_maps(file, one, other, same, error);
    }
    return TRUE;
}
