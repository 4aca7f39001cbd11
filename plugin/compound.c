#include "compound.h"

#include <math.h>
#include <string.h>

#include "decode.h"
#include "error.h"

static gboolean
has_key(const TorporNode *node, const char *key)
{
    return node->key_length == strlen(key) && memcmp(node->key, key, node->key_length) == 0;
}

static gboolean
is_float64_positive(const TorporNode *node)
{
    return node->kind == TORPOR_NODE_FLOAT && isfinite(node->value.real) && node->value.real > 0;
}

/* ---- Quantities ---- */

gboolean
torpor_compound_is_mantissa(const TorporNode *node)
{
    switch (node->kind) {
    case TORPOR_NODE_INT:
    case TORPOR_NODE_UINT:
    case TORPOR_NODE_FLOAT:
    case TORPOR_NODE_COMPLEX:
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        return has_key(node, "mantissa");
    default:
        return FALSE;
    }
}

void
torpor_compound_make_quantity(TorporNode *map, const TorporUnit *unit)
{
    TorporNode *mantissa = map->value.map.first;
    mantissa->next = NULL;
    map->kind = TORPOR_NODE_QUANTITY;
    map->value.quantity.unit = unit;
    map->value.quantity.mantissa = mantissa;
}

static gboolean
is_dim(const TorporNode *node)
{
    return node->kind == TORPOR_NODE_ARRAY && node->value.array->dtype->id == TORPOR_DTYPE_INT64 &&
           node->value.array->rank == 1 && node->value.array->shape[0] == 7 &&
           node->value.array->data != NULL;
}

/* A map with these very keys in this order, and values of these kinds. Others with such keys are
 * somebody's own maps: braintools does not mark Quantities either. */
static gboolean
read_unit(const TorporNode *map, TorporUnit *unit, const TorporNode **symbol)
{
    guint64 count = map->value.map.count;
    if (count != 5 && count != 6)
        return FALSE;
    const TorporNode *mantissa = map->value.map.first;
    const TorporNode *scale = mantissa->next;
    const TorporNode *base = scale->next;
    const TorporNode *dim = base->next;
    const TorporNode *factor = dim->next;
    *symbol = factor->next;
    if (!torpor_compound_is_mantissa(mantissa) || !has_key(scale, "scale") ||
        !has_key(base, "base") || !has_key(dim, "dim") || !has_key(factor, "factor"))
        return FALSE;
    if (scale->kind != TORPOR_NODE_INT || !is_float64_positive(base) || !is_dim(dim) ||
        !is_float64_positive(factor))
        return FALSE;
    if (*symbol != NULL && (!has_key(*symbol, "unit") || (*symbol)->kind != TORPOR_NODE_TEXT ||
                            (*symbol)->value.bytes.data == NULL))
        return FALSE;
    *unit = (TorporUnit){
        .scale = scale->value.integer, .base = base->value.real, .factor = factor->value.real};
    memcpy(unit->dim, dim->value.array->data, sizeof unit->dim);
    for (gsize i = 0; i < G_N_ELEMENTS(unit->dim); i++)
        unit->dim[i] = GINT64_FROM_LE(unit->dim[i]);
    return TRUE;
}

static gboolean
recognise_quantity(TorporTree *tree, TorporNode *map, GError **error)
{
    TorporUnit unit;
    const TorporNode *symbol;
    if (!read_unit(map, &unit, &symbol))
        return TRUE;
    if (symbol != NULL)
        unit.symbol = symbol->value.bytes.data;
    TorporUnit *kept = torpor_tree_try_alloc(tree, sizeof *kept);
    if (kept == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory for a unit");
        return FALSE;
    }
    *kept = unit;
    torpor_compound_make_quantity(map, kept);
    return TRUE;
}

/* ---- arrays in chunks: {marker: true, shape: {"0": ...}, chunks: {"0": array, ...}} ---- */

static gboolean
damaged(GError **error, const char *what)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "an array in chunks %s", what);
    return FALSE;
}

/* A map with keys "0", "1", ... in order, and values of one kind. */
static gboolean
is_numbered(const TorporNode *map, TorporNodeKind kind)
{
    if (map->kind != TORPOR_NODE_MAP || map->value.map.count == 0)
        return FALSE;
    guint64 i = 0;
    for (const TorporNode *node = map->value.map.first; node != NULL; node = node->next, i++) {
        char number[24];
        g_snprintf(number, sizeof number, "%" G_GUINT64_FORMAT, i);
        if (node->kind != kind || !has_key(node, number))
            return FALSE;
    }
    return TRUE;
}

static gboolean
check_chunks(const TorporNode *chunks, guint64 byte_length, GError **error)
{
    const TorporDtype *dtype = chunks->value.map.first->value.array->dtype;
    const char *name = chunks->value.map.first->value.array->dtype_name;
    guint64 total = 0;
    for (const TorporNode *node = chunks->value.map.first; node != NULL; node = node->next) {
        const TorporArray *chunk = node->value.array;
        if (chunk->rank != 1)
            return damaged(error, "has a chunk of more than one dimension");
        if (chunk->dtype != dtype || strcmp(chunk->dtype_name, name) != 0)
            return damaged(error, "has chunks of different dtypes");
        total += chunk->byte_length; /* all lie in one file: no overflow */
    }
    if (total == byte_length)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                "an array in chunks has a shape of %" G_GUINT64_FORMAT
                " bytes, found chunks of %" G_GUINT64_FORMAT,
                byte_length, total);
    return FALSE;
}

/* Small arrays, and those in memory, are put together; large ones in a file get one extent per
 * chunk. */
static gboolean
join_payloads(TorporTree *tree, const TorporNode *chunks, TorporArray *array, GError **error)
{
    const TorporNode *first = chunks->value.map.first;
    gboolean in_file = first->value.array->n_extents > 0;
    gsize extent_bytes = in_file ? (gsize)chunks->value.map.count * sizeof(TorporExtent) : 0;
    gboolean copied = !in_file || array->byte_length <= TORPOR_INLINE_BYTES;
    gsize data_bytes = copied ? (gsize)array->byte_length : 0;
    guint8 *memory = torpor_tree_try_alloc(tree, extent_bytes + data_bytes);
    if (memory == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for an array in chunks of %" G_GUINT64_FORMAT " bytes",
                    array->byte_length);
        return FALSE;
    }
    TorporExtent *extent = (TorporExtent *)memory;
    guint8 *data = memory + extent_bytes;
    array->extents = in_file ? extent : NULL;
    array->n_extents = in_file ? (guint32)chunks->value.map.count : 0;
    array->data = copied ? data : NULL;
    for (const TorporNode *node = first; node != NULL; node = node->next) {
        const TorporArray *chunk = node->value.array;
        if (in_file)
            *extent++ = chunk->extents[0];
        if (copied) {
            memcpy(data, chunk->data, (gsize)chunk->byte_length);
            data += chunk->byte_length;
        }
    }
    return TRUE;
}

static gboolean
join_chunks(TorporTree *tree, TorporNode *map, GError **error)
{
    const TorporNode *shape = torpor_map_find(map, "shape", strlen("shape"));
    const TorporNode *chunks = torpor_map_find(map, "chunks", strlen("chunks"));
    if (map->value.map.count != 3 || shape == NULL || chunks == NULL)
        return damaged(error, "has other entries than shape and chunks");
    if (!is_numbered(shape, TORPOR_NODE_INT))
        return damaged(error, "has a shape that is no numbered map of integers");
    if (!is_numbered(chunks, TORPOR_NODE_ARRAY) || chunks->value.map.count > G_MAXUINT32)
        return damaged(error, "has chunks that are no numbered map of arrays");
    guint32 rank = (guint32)MIN(shape->value.map.count, 65);
    guint64 dims[64];
    if (rank > G_N_ELEMENTS(dims))
        return damaged(error, "has more than 64 dimensions");
    guint32 i = 0;
    for (const TorporNode *node = shape->value.map.first; node != NULL; node = node->next) {
        if (node->value.integer < 0)
            return damaged(error, "has a negative dimension");
        dims[i++] = (guint64)node->value.integer;
    }
    const TorporArray *chunk = chunks->value.map.first->value.array;
    guint64 byte_length;
    if (!torpor_shape_byte_length(rank, dims, chunk->dtype->size, &byte_length))
        return damaged(error, "has a shape of more than 2^64 bytes");
    if (!check_chunks(chunks, byte_length, error))
        return FALSE;
    TorporArray *array = torpor_tree_alloc(tree, sizeof *array);
    guint64 *own_shape = torpor_tree_alloc(tree, rank * sizeof *own_shape);
    memcpy(own_shape, dims, rank * sizeof *own_shape);
    *array = (TorporArray){.dtype = chunk->dtype,
                           .dtype_name = chunk->dtype_name,
                           .rank = rank,
                           .shape = own_shape,
                           .byte_length = byte_length};
    if (!join_payloads(tree, chunks, array, error))
        return FALSE;
    map->kind = TORPOR_NODE_ARRAY;
    map->value.array = array;
    return TRUE;
}

gboolean
torpor_compound_recognise(TorporTree *tree, TorporNode *map, GError **error)
{
    const TorporNode *first = map->value.map.first;
    if (first == NULL)
        return TRUE;
    if (has_key(first, TORPOR_CHUNK_MARKER))
        return join_chunks(tree, map, error);
    if (has_key(first, "mantissa"))
        return recognise_quantity(tree, map, error);
    return TRUE;
}
