#include "value/tree.h"

#include "base/error.h"
#include "value/key_table.h"

#include <string.h>

/* The arena: blocks that grow with the tree, filled from their start, freed together. */
#define ALIGNMENT ((gsize)16)
#define FIRST_BLOCK_BYTES ((gsize)4 << 10)
#define LAST_BLOCK_BYTES ((gsize)1 << 20)

typedef struct _Block Block;
struct _Block {
    Block *next;
    gsize size; /* of the bytes that follow the header */
    gsize used;
    gsize padding; /* keeps the bytes aligned */
};
G_STATIC_ASSERT(sizeof(Block) % ALIGNMENT == 0);

/* So many entries of a map are looked at one by one. */
#define FEW_ENTRIES 8u

struct _TorporTree {
    TorporNode *root;
    TorporKeyTable *tables;
    Block *blocks; /* the first one has room */
};

static Block *
block_new(TorporTree *tree, gsize size)
{
    Block *block = g_try_malloc(sizeof *block + size);
    if (block == NULL)
        return NULL;
    *block = (Block){.next = tree->blocks, .size = size};
    return block;
}

static gpointer
block_take(Block *block, gsize size)
{
    gpointer taken = (char *)(block + 1) + block->used;
    block->used += size;
    return taken;
}

gpointer
torpor_tree_try_alloc(TorporTree *tree, gsize size)
{
    if (size > G_MAXSIZE / 2)
        return NULL;
    size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    Block *first = tree->blocks;
    if (first != NULL && first->size - first->used >= size)
        return block_take(first, size);
    gsize usual = first == NULL ? FIRST_BLOCK_BYTES : MIN(2 * first->size, LAST_BLOCK_BYTES);
    if (first != NULL && size > usual / 2) {
        /* A block of its own, behind the one that still has room. */
        Block *own = block_new(tree, size);
        if (own == NULL)
            return NULL;
        own->next = first->next;
        first->next = own;
        return block_take(own, size);
    }
    Block *block = block_new(tree, MAX(usual, size));
    if (block == NULL)
        return NULL;
    tree->blocks = block;
    return block_take(block, size);
}

gpointer
torpor_tree_alloc(TorporTree *tree, gsize size)
{
    gpointer taken = torpor_tree_try_alloc(tree, size);
    if (taken != NULL)
        return taken;
    /* There is no memory for a block, but there may be for these few bytes. */
    Block *own = g_malloc(sizeof *own + size);
    *own = (Block){.next = tree->blocks, .size = size, .used = size};
    tree->blocks = own;
    return own + 1;
}

TorporTree *
torpor_tree_new(void)
{
    TorporTree *tree = g_new0(TorporTree, 1);
    tree->root = torpor_node_new(tree, TORPOR_NODE_MAP);
    return tree;
}

void
torpor_tree_free(TorporTree *tree)
{
    if (tree == NULL)
        return;
    for (TorporKeyTable *table = tree->tables; table != NULL; table = table->next)
        g_free(table->slots);
    for (Block *block = tree->blocks; block != NULL;) {
        Block *next = block->next;
        g_free(block);
        block = next;
    }
    g_free(tree);
}

TorporNode *
torpor_tree_root(TorporTree *tree)
{
    return tree->root;
}

void
torpor_tree_set_root(TorporTree *tree, TorporNode *root)
{
    tree->root = root;
}

const char *
torpor_tree_strdup(TorporTree *tree, const char *text, gsize length)
{
    char *copy = torpor_tree_alloc(tree, length + 1);
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

TorporNode *
torpor_node_new(TorporTree *tree, TorporNodeKind kind)
{
    TorporNode *node = torpor_tree_alloc(tree, sizeof *node);
    *node = (TorporNode){.kind = kind};
    return node;
}

void
torpor_map_append(TorporTree *tree, TorporNode *map, const char *key, gssize key_length,
                  TorporNode *child)
{
    g_return_if_fail(map->kind == TORPOR_NODE_MAP || map->kind == TORPOR_NODE_LIST);
    if (key != NULL) {
        gsize length = key_length < 0 ? strlen(key) : (gsize)key_length;
        g_return_if_fail(length <= G_MAXUINT32);
        child->key = torpor_tree_strdup(tree, key, length);
        child->key_length = (guint32)length;
    }
    if (map->value.map.last == NULL)
        map->value.map.first = child;
    else
        map->value.map.last->next = child;
    map->value.map.last = child;
    map->value.map.count++;
    if (map->value.map.keys != NULL)
        torpor_key_table_add(map->value.map.keys, map, child);
}

void
torpor_map_remove(TorporNode *map, TorporNode *entry)
{
    TorporNode *before = NULL, **link = &map->value.map.first;
    for (; *link != entry; link = &(*link)->next)
        before = *link;
    *link = entry->next;
    entry->next = NULL;
    if (map->value.map.last == entry)
        map->value.map.last = before;
    map->value.map.count--;
    if (map->value.map.keys != NULL)
        torpor_key_table_fill(map->value.map.keys, map);
}

void
torpor_map_index(TorporTree *tree, TorporNode *map)
{
    if (map->kind != TORPOR_NODE_MAP || map->value.map.keys != NULL ||
        map->value.map.count <= FEW_ENTRIES)
        return;
    TorporKeyTable *table = torpor_tree_try_alloc(tree, sizeof *table);
    if (table == NULL)
        return;
    *table = (TorporKeyTable){.next = tree->tables};
    tree->tables = map->value.map.keys = table;
    torpor_key_table_fill(table, map);
}

TorporNode *
torpor_map_find(const TorporNode *map, const char *key, gsize key_length)
{
    if (map->kind != TORPOR_NODE_MAP)
        return NULL;
    const TorporKeyTable *table = map->value.map.keys;
    if (table != NULL && table->slots != NULL)
        return torpor_key_table_find(table, key, key_length);
    for (TorporNode *child = map->value.map.first; child != NULL; child = child->next)
        if (torpor_node_has_key(child, key, key_length))
            return child;
    return NULL;
}

static const TorporNode *
find_pairwise(const TorporNode *map)
{
    const TorporNode *entry = map->value.map.first;
    while (entry != NULL && torpor_map_find(map, entry->key, entry->key_length) == entry)
        entry = entry->next;
    return entry;
}

gboolean
torpor_map_find_duplicate(const TorporNode *map, const TorporNode **duplicate, GError **error)
{
    const TorporKeyTable *table = map->value.map.keys;
    TorporKeyTable own = {.slots = NULL};
    if (map->value.map.count <= FEW_ENTRIES) {
        *duplicate = find_pairwise(map);
        return TRUE;
    }
    if (table == NULL || table->slots == NULL) {
        torpor_key_table_fill(&own, map);
        table = &own;
    }
    gboolean is_found = table->slots != NULL;
    *duplicate = table->duplicate;
    g_free(own.slots);
    if (!is_found)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory to check the keys of a map of %" G_GUINT64_FORMAT " entries",
                    map->value.map.count);
    return is_found;
}

TorporNode *
torpor_map_get(const TorporNode *map, const char *key)
{
    return map == NULL ? NULL : torpor_map_find(map, key, strlen(key));
}

static TorporNode *
put(TorporTree *tree, TorporNode *map, const char *key, TorporNodeKind kind)
{
    TorporNode *child = torpor_node_new(tree, kind);
    torpor_map_append(tree, map, key, -1, child);
    return child;
}

TorporNode *
torpor_map_put_map(TorporTree *tree, TorporNode *map, const char *key)
{
    return put(tree, map, key, TORPOR_NODE_MAP);
}

TorporNode *
torpor_map_ensure_map(TorporTree *tree, TorporNode *map, const char *key)
{
    TorporNode *child = torpor_map_find(map, key, strlen(key));
    return child != NULL ? child : torpor_map_put_map(tree, map, key);
}

TorporNode *
torpor_map_put_int(TorporTree *tree, TorporNode *map, const char *key, gint64 value)
{
    TorporNode *child = put(tree, map, key, TORPOR_NODE_INT);
    child->value.integer = value;
    return child;
}

TorporNode *
torpor_map_put_uint(TorporTree *tree, TorporNode *map, const char *key, guint64 value)
{
    if (value <= G_MAXINT64)
        return torpor_map_put_int(tree, map, key, (gint64)value);
    TorporNode *child = put(tree, map, key, TORPOR_NODE_UINT);
    child->value.unsigned_integer = value;
    return child;
}

TorporNode *
torpor_map_put_float(TorporTree *tree, TorporNode *map, const char *key, double value)
{
    TorporNode *child = put(tree, map, key, TORPOR_NODE_FLOAT);
    child->value.real = value;
    return child;
}

TorporNode *
torpor_map_put_text(TorporTree *tree, TorporNode *map, const char *key, const char *value)
{
    TorporNode *child = put(tree, map, key, TORPOR_NODE_TEXT);
    gsize length = strlen(value);
    child->value.bytes.data = torpor_tree_strdup(tree, value, length);
    child->value.bytes.length = length;
    return child;
}

TorporNode *
torpor_map_put_array(TorporTree *tree, TorporNode *map, const char *key, const TorporDtype *dtype,
                     guint32 rank, const guint64 *shape, const TorporUnit *unit)
{
    guint64 byte_length;
    if (!torpor_shape_byte_length(rank, shape, dtype->size, &byte_length))
        return NULL;
    guint64 *own_shape = torpor_tree_alloc(tree, sizeof *own_shape * MAX(rank, 1));
    for (guint32 i = 0; i < rank; i++)
        own_shape[i] = shape[i];
    TorporArray *array = torpor_tree_alloc(tree, sizeof *array);
    *array = (TorporArray){.dtype = dtype,
                           .dtype_name = dtype->name,
                           .rank = rank,
                           .shape = own_shape,
                           .byte_length = byte_length};
    if (unit == NULL) {
        TorporNode *node = put(tree, map, key, TORPOR_NODE_ARRAY);
        node->value.array = array;
        return node;
    }
    TorporNode *mantissa = torpor_node_new(tree, TORPOR_NODE_ARRAY);
    mantissa->value.array = array;
    TorporNode *quantity = put(tree, map, key, TORPOR_NODE_QUANTITY);
    quantity->value.quantity.unit = unit;
    quantity->value.quantity.mantissa = mantissa;
    return mantissa;
}

/* The child that one key of a path, in which some characters are escaped, names. Lists are
 * numbered. */
static TorporNode *
find_child(const TorporNode *node, const char *escaped, gsize length, TorporChildren *children)
{
    if (node->kind == TORPOR_NODE_LIST) {
        g_autofree char *digits = g_strndup(escaped, length);
        guint64 wanted;
        if (!g_ascii_string_to_unsigned(digits, 10, 0, G_MAXUINT64, &wanted, NULL))
            return NULL;
        return torpor_children_at(children, node, wanted);
    }
    if (memchr(escaped, '~', length) == NULL)
        return torpor_map_find(node, escaped, length);
    g_autofree char *key = g_malloc(length + 1);
    gsize key_length = 0;
    for (gsize i = 0; i < length; i++) {
        char c = escaped[i];
        if (c == '~') {
            i++;
            if (i == length || escaped[i] < '0' || escaped[i] > '3')
                return NULL;
            if (escaped[i] == '3')
                continue;
            c = "~/\0"[escaped[i] - '0'];
        }
        key[key_length++] = c;
    }
    return torpor_map_find(node, key, key_length);
}

TorporNode *
torpor_tree_lookup(TorporTree *tree, const char *path, GError **error)
{
    return torpor_node_lookup(tree->root, path, NULL, error);
}

TorporNode *
torpor_node_lookup(const TorporNode *from, const char *path, TorporChildren *children,
                   GError **error)
{
    TorporNode *node = (TorporNode *)from;
    for (const char *key = path; *key != '\0';) {
        gsize length = (gsize)(strchrnul(key, '/') - key);
        TorporNode *child = find_child(node, key, length, children);
        if (child == NULL) {
            gsize parent = key == path ? 0 : (gsize)(key - path) - 1;
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND,
                        "there is no \"%.*s\" in \"%.*s\" (%s)", (int)length, key, (int)parent,
                        path, torpor_node_kind_name(node->kind));
            return NULL;
        }
        node = child;
        key += length;
        key += *key == '/';
    }
    return node;
}

gboolean
torpor_array_set_rows(TorporTree *tree, TorporArray *array, guint64 n, TorporProduceFunc produce,
                      gpointer produce_data)
{
    guint64 *shape = torpor_tree_alloc(tree, array->rank * sizeof *shape);
    memcpy(shape, array->shape, array->rank * sizeof *shape);
    shape[0] = n;
    guint64 byte_length;
    if (!torpor_shape_byte_length(array->rank, shape, array->dtype->size, &byte_length))
        return FALSE;
    array->shape = shape;
    array->byte_length = byte_length;
    array->row_bytes = n == 0 ? 0 : byte_length / n;
    array->data = NULL;
    array->produce = produce;
    array->produce_data = produce_data;
    return TRUE;
}
