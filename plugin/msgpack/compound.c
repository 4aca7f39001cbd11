#include "msgpack/compound.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/text_hash.h"
#include "msgpack/format.h"
#include "msgpack/payload.h"
#include "msgpack/token.h"

static gboolean
has_key(const TorporNode *node, const char *key)
{
    return torpor_node_has_key(node, key, strlen(key));
}

static gboolean
is_positive_float(const TorporNode *node)
{
    return node->kind == TORPOR_NODE_FLOAT && isfinite(node->value.real) && node->value.real > 0;
}

/* ---- the meaning of unit texts ---- */

/* The most texts that are parsed as units, so that a hostile file cannot keep the parser busy. */
#define MAX_SYMBOLS 4096u

GHashTable *
torpor_compound_symbols_new(void)
{
    return g_hash_table_new_full(torpor_text_hash, g_str_equal, g_free, NULL);
}

/* NULL if the text is not a known unit. */
static const TorporUnit *
lookup_symbol(GHashTable *symbols, const char *symbol)
{
    gpointer unit;
    if (g_hash_table_lookup_extended(symbols, symbol, NULL, &unit))
        return unit;
    if (g_hash_table_size(symbols) >= MAX_SYMBOLS)
        return NULL;
    unit = (gpointer)torpor_unit_lookup(symbol, NULL);
    g_hash_table_insert(symbols, g_strdup(symbol), unit);
    return unit;
}

/* ---- Quantities ---- */

static gboolean
is_number(const TorporNode *node)
{
    switch (node->kind) {
    case TORPOR_NODE_INT:
    case TORPOR_NODE_UINT:
    case TORPOR_NODE_FLOAT:
    case TORPOR_NODE_COMPLEX:
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean
torpor_compound_is_mantissa(const TorporNode *node)
{
    return is_number(node) && has_key(node, "mantissa");
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

/* Larger exponents are no unit that one can compute with; see torpor_unit_from_numbers. */
static gboolean
has_small_exponents(const TorporUnit *unit)
{
    const gint64 most = 9999;
    gboolean is_small = unit->scale >= -most && unit->scale <= most;
    for (gsize i = 0; i < G_N_ELEMENTS(unit->dim); i++)
        is_small = is_small && unit->dim[i] >= -most && unit->dim[i] <= most;
    return is_small;
}

/* A Quantity is a map with exactly these keys, in this order, and values of these kinds. braintools
 * does not mark Quantities, so a map that differs in any of this is a map of the user's. */
gboolean
torpor_compound_read_unit(const TorporNode *map, TorporUnit *unit)
{
    guint64 count = map->value.map.count;
    if (count != 5 && count != 6)
        return FALSE;
    const TorporNode *mantissa = map->value.map.first;
    const TorporNode *scale = mantissa->next;
    const TorporNode *base = scale->next;
    const TorporNode *dim = base->next;
    const TorporNode *factor = dim->next;
    const TorporNode *symbol = factor->next;
    if (!torpor_compound_is_mantissa(mantissa) || !has_key(scale, "scale") ||
        !has_key(base, "base") || !has_key(dim, "dim") || !has_key(factor, "factor"))
        return FALSE;
    if (scale->kind != TORPOR_NODE_INT || !is_positive_float(base) || !is_dim(dim) ||
        !is_positive_float(factor))
        return FALSE;
    if (symbol != NULL && (!has_key(symbol, "unit") || torpor_node_word(symbol) == NULL))
        return FALSE;
    *unit = (TorporUnit){.scale = scale->value.integer,
                         .base = base->value.real,
                         .factor = factor->value.real,
                         .symbol = symbol == NULL ? NULL : torpor_node_word(symbol)};
    memcpy(unit->dim, dim->value.array->data, sizeof unit->dim);
    for (gsize i = 0; i < G_N_ELEMENTS(unit->dim); i++)
        unit->dim[i] = GINT64_FROM_LE(unit->dim[i]);
    return has_small_exponents(unit);
}

char *
torpor_compound_contradiction(GHashTable *symbols, const TorporUnit *unit)
{
    const TorporUnit *known = unit->symbol == NULL ? NULL : lookup_symbol(symbols, unit->symbol);
    if (known == NULL || torpor_unit_nearly_equal(known, unit))
        return NULL;
    TorporUnit numbers = *unit;
    numbers.symbol = NULL;
    g_autofree char *meant = torpor_unit_to_text(&numbers);
    return g_strdup_printf("a quantity has unit \"%s\", but its numbers mean %s", unit->symbol,
                           meant);
}

static gboolean
recognise_quantity(TorporTree *tree, GHashTable *symbols, TorporNode *map, GError **error)
{
    TorporUnit unit;
    if (!torpor_compound_read_unit(map, &unit))
        return TRUE;
    g_autofree char *contradiction = torpor_compound_contradiction(symbols, &unit);
    if (contradiction != NULL) {
        torpor_damage_set(error, map->value.map.last->place, "%s", contradiction);
        return FALSE;
    }
    TorporUnit *kept = torpor_tree_try_alloc(tree, sizeof *kept);
    if (kept == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory for a unit");
        return FALSE;
    }
    *kept = unit;
    torpor_compound_make_quantity(map, kept);
    return TRUE;
}

/* {value: ..., unit: "degC"}: the unit, if it has a zero point of its own. With any other unit,
 * NULL: it is a map of the user's. */
static const TorporUnit *
offset_unit(GHashTable *symbols, const TorporNode *map)
{
    const TorporNode *symbol = map->value.map.last;
    if (map->value.map.count != 2 || !is_number(map->value.map.first) || !has_key(symbol, "unit") ||
        torpor_node_word(symbol) == NULL)
        return NULL;
    const TorporUnit *unit = lookup_symbol(symbols, symbol->value.bytes.data);
    return unit != NULL && unit->is_offset ? unit : NULL;
}

gboolean
torpor_compound_is_quantity(GHashTable *symbols, const TorporNode *map)
{
    const TorporNode *first = map->value.map.first;
    TorporUnit unit;
    return has_key(first, "mantissa")
               ? torpor_compound_read_unit(map, &unit)
               : has_key(first, "value") && offset_unit(symbols, map) != NULL;
}

/* ---- arrays in chunks: {marker: true, shape: {"0": ...}, chunks: {"0": array, ...}} ---- */

static gboolean
damaged(GError **error, const TorporNode *at, const char *what)
{
    torpor_damage_set(error, at->place, "an array in chunks %s", what);
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
        char digits[TORPOR_NUMBER_BYTES];
        if (node->kind != kind || !has_key(node, torpor_number_key(i, digits)))
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
            return damaged(error, node, "has a chunk of more than one dimension");
        if (chunk->dtype != dtype || strcmp(chunk->dtype_name, name) != 0)
            return damaged(error, node, "has chunks of different dtypes");
        total += chunk->byte_length; /* all lie in one file: no overflow */
    }
    if (total == byte_length)
        return TRUE;
    torpor_damage_set(error, chunks->place,
                      "an array in chunks has a shape of %" G_GUINT64_FORMAT
                      " bytes, found chunks of %" G_GUINT64_FORMAT,
                      byte_length, total);
    return FALSE;
}

/* Chunks of a small array, or of one in memory, are joined; a large array in a file gets the
 * extents of all its chunks, which may be in chunks themselves. */
static gboolean
join_payloads(TorporTree *tree, const TorporNode *chunks, TorporArray *array, GError **error)
{
    gsize n_extents = 0;
    for (const TorporNode *node = chunks->value.map.first; node != NULL; node = node->next)
        n_extents += node->value.array->n_extents;
    gboolean copied = n_extents == 0 || array->byte_length <= TORPOR_INLINE_BYTES;
    gsize extent_bytes = n_extents * sizeof(TorporExtent);
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
    array->extents = n_extents > 0 ? extent : NULL;
    array->n_extents = (guint32)n_extents;
    array->data = copied ? data : NULL;
    for (const TorporNode *node = chunks->value.map.first; node != NULL; node = node->next) {
        const TorporArray *chunk = node->value.array;
        for (guint32 i = 0; i < chunk->n_extents; i++)
            *extent++ = chunk->extents[i];
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
        return damaged(error, map, "has other entries than shape and chunks");
    if (!is_numbered(shape, TORPOR_NODE_INT))
        return damaged(error, map, "has a shape that is no numbered map of integers");
    if (!is_numbered(chunks, TORPOR_NODE_ARRAY) || chunks->value.map.count > G_MAXUINT32)
        return damaged(error, map, "has chunks that are no numbered map of arrays");
    guint32 rank = (guint32)MIN(shape->value.map.count, 65);
    guint64 dims[64];
    if (rank > G_N_ELEMENTS(dims))
        return damaged(error, map, "has more than 64 dimensions");
    guint32 i = 0;
    for (const TorporNode *node = shape->value.map.first; node != NULL; node = node->next) {
        if (node->value.integer < 0)
            return damaged(error, map, "has a negative dimension");
        dims[i++] = (guint64)node->value.integer;
    }
    const TorporArray *chunk = chunks->value.map.first->value.array;
    guint64 byte_length;
    if (!torpor_shape_byte_length(rank, dims, chunk->dtype->size, &byte_length))
        return damaged(error, map, "has a shape of more than 2^64 bytes");
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
torpor_compound_recognise(TorporTree *tree, GHashTable *symbols, TorporNode *map, GError **error)
{
    const TorporNode *first = map->value.map.first;
    if (first == NULL)
        return TRUE;
    if (has_key(first, TORPOR_CHUNK_MARKER))
        return join_chunks(tree, map, error);
    if (has_key(first, "mantissa"))
        return recognise_quantity(tree, symbols, map, error);
    const TorporUnit *unit = has_key(first, "value") ? offset_unit(symbols, map) : NULL;
    if (unit != NULL)
        torpor_compound_make_quantity(map, unit);
    return TRUE;
}
