#include "tree_change.h"

#include <math.h>
#include <string.h>

#include "seal.h"
#include "value/key_table.h"

static const gint64 odd_integers[] = {
    0, 1, -1, 2, 3, 7, 20, 255, 65535, 65536, G_MAXINT32, G_MININT32, G_MAXINT64, G_MININT64};
static const double odd_numbers[] = {0.0, -0.0, 1.0, -1.0, 1e-308, 1e308, 0.1};

/* ---- where ---- */

static gboolean
is_map(const TorporNode *node)
{
    return node->kind == TORPOR_NODE_MAP || node->kind == TORPOR_NODE_LIST;
}

static guint64
count_nodes(const TorporNode *node)
{
    guint64 n = 1;
    if (is_map(node))
        for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next)
            n += count_nodes(child);
    return n;
}

/* The node of this number, in the order of the file, and its parent. */
static TorporNode *
find_node(TorporNode *node, TorporNode *above, guint64 *number, TorporNode **parent)
{
    if (*number == 0) {
        *parent = above;
        return node;
    }
    *number -= 1;
    if (!is_map(node))
        return NULL;
    for (TorporNode *child = node->value.map.first; child != NULL; child = child->next) {
        TorporNode *found = find_node(child, node, number, parent);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static TorporNode *
any_node(TorporTree *tree, FuzzRandom *random, TorporNode **parent)
{
    TorporNode *root = torpor_tree_root(tree);
    guint64 number = fuzz_random(random) % count_nodes(root);
    return find_node(root, NULL, &number, parent);
}

/* ---- what ---- */

static gint64
odd_integer(FuzzRandom *random)
{
    return odd_integers[fuzz_random(random) % G_N_ELEMENTS(odd_integers)];
}

static void
become_plain(TorporNode *node, FuzzRandom *random)
{
    memset(&node->value, 0, sizeof node->value);
    switch (fuzz_random(random) % 8) {
    case 0:
        node->kind = TORPOR_NODE_NIL;
        break;
    case 1:
        node->kind = TORPOR_NODE_BOOL;
        node->value.boolean = fuzz_random_boolean(random);
        break;
    case 2:
        node->kind = TORPOR_NODE_INT;
        node->value.integer = odd_integer(random);
        break;
    case 3:
        node->kind = TORPOR_NODE_FLOAT;
        node->value.real = odd_numbers[fuzz_random(random) % G_N_ELEMENTS(odd_numbers)];
        break;
    case 4:
        node->kind = TORPOR_NODE_TEXT;
        node->value.bytes.data = "static";
        node->value.bytes.length = fuzz_random(random) % 7;
        break;
    case 5:
        node->kind = TORPOR_NODE_BYTES;
        node->value.bytes.data = "a/b\0\1";
        node->value.bytes.length = fuzz_random(random) % 6;
        break;
    default:
        node->kind = TORPOR_NODE_MAP;
    }
}

static void
copy_value(TorporTree *tree, const TorporNode *from, TorporNode *to)
{
    to->kind = from->kind;
    to->value = from->value;
    if (!is_map(from))
        return;
    memset(&to->value, 0, sizeof to->value);
    for (const TorporNode *child = from->value.map.first; child != NULL; child = child->next) {
        TorporNode *copy = torpor_node_new(tree, child->kind);
        copy_value(tree, child, copy);
        torpor_map_append(tree, to, child->key, (gssize)child->key_length, copy);
    }
}

/* A value from elsewhere in the tree. */
static void
become_other(TorporTree *tree, TorporNode *node, FuzzRandom *random)
{
    TorporNode *parent;
    const TorporNode *other = any_node(tree, random, &parent);
    TorporNode *copy = torpor_node_new(tree, other->kind);
    copy_value(tree, other, copy);
    node->kind = copy->kind;
    node->value = copy->value;
}

static const char *
changed_bytes(TorporTree *tree, const char *bytes, guint64 length, guint64 *changed_length)
{
    gsize room = (gsize)length + 16;
    char *copy = torpor_tree_alloc(tree, room + 1);
    memcpy(copy, bytes, (gsize)length);
    *changed_length = LLVMFuzzerMutate((uint8_t *)copy, (gsize)length, room);
    copy[*changed_length] = '\0';
    return copy;
}

static void
change_key(TorporTree *tree, TorporNode *map, TorporNode *node, FuzzRandom *random)
{
    TorporNode *parent;
    const TorporNode *other = any_node(tree, random, &parent);
    guint64 length = other->key_length;
    if (other->key != NULL && fuzz_random_boolean(random))
        node->key = other->key;
    else
        node->key = changed_bytes(tree, node->key, node->key_length, &length);
    node->key_length = (guint32)length;
    if (map->value.map.keys != NULL)
        torpor_key_table_fill(map->value.map.keys, map);
}

/* Another shape and dtype; the bytes are as many as they ask for, and at most 4 KiB. */
static void
change_array(TorporTree *tree, TorporNode *node, FuzzRandom *random)
{
    TorporArray *array = torpor_tree_alloc(tree, sizeof *array);
    *array = *node->value.array;
    guint64 *shape = torpor_tree_alloc(tree, sizeof *shape * (array->rank + 1));
    memcpy(shape, array->shape, sizeof *shape * array->rank);
    guint what = fuzz_random(random) % 4;
    if (what == 0 && node->kind == TORPOR_NODE_ARRAY)
        shape[array->rank++] = 1;
    else if (what == 1 && array->rank > 0)
        shape[fuzz_random(random) % array->rank] = fuzz_random(random) % 22;
    else if (what == 2)
        array->dtype = torpor_dtype_by_id(1 + fuzz_random(random) % 15);
    if (array->dtype == NULL)
        return;
    if (what == 2)
        array->dtype_name = array->dtype->name;
    array->shape = shape;
    guint64 length;
    if (!torpor_shape_byte_length(array->rank, shape, array->dtype->size, &length) || length > 4096)
        return;
    char *data = torpor_tree_alloc(tree, (gsize)length + 1);
    memset(data, (int)(fuzz_random(random) % 3), (gsize)length);
    if (array->data != NULL)
        memcpy(data, array->data, (gsize)MIN(length, array->byte_length));
    if (length >= 8 && fuzz_random_boolean(random)) {
        gint64 value = odd_integer(random);
        memcpy(data + 8 * (fuzz_random(random) % (length / 8)), &value, sizeof value);
    }
    array->data = data;
    array->byte_length = length;
    node->value.array = array;
}

static void
change_value(TorporTree *tree, TorporNode *node, FuzzRandom *random)
{
    switch (node->kind) {
    case TORPOR_NODE_INT:
        node->value.integer =
            fuzz_random_boolean(random) ? odd_integer(random) : node->value.integer ^ 1;
        break;
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        if (node->value.bytes.data != NULL && node->value.bytes.length <= 4096)
            node->value.bytes.data = changed_bytes(
                tree, node->value.bytes.data, node->value.bytes.length, &node->value.bytes.length);
        break;
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        change_array(tree, node, random);
        break;
    case TORPOR_NODE_QUANTITY: {
        TorporNode *mantissa = torpor_node_new(tree, node->value.quantity.mantissa->kind);
        mantissa->value = node->value.quantity.mantissa->value;
        if (fuzz_random(random) % 3 == 0)
            node->value.quantity.unit = torpor_unit_lookup("nS", NULL);
        else if (mantissa->kind == TORPOR_NODE_ARRAY)
            change_array(tree, mantissa, random);
        node->value.quantity.mantissa = mantissa;
        break;
    }
    default:
        become_plain(node, random);
    }
}

void
fuzz_tree_change(TorporTree *tree, FuzzRandom *random)
{
    TorporNode *parent;
    TorporNode *node = any_node(tree, random, &parent);
    guint way = fuzz_random(random) % 8;
    if (parent == NULL)
        return;
    if (way == 0)
        become_plain(node, random);
    else if (way == 1)
        become_other(tree, node, random);
    else if (way == 2)
        torpor_map_remove(parent, node);
    else if (way == 3 && node->key != NULL)
        change_key(tree, parent, node, random);
    else if (way == 4) { /* to the end, or to where it does not belong */
        torpor_map_remove(parent, node);
        if (fuzz_random_boolean(random) && parent->kind == TORPOR_NODE_MAP)
            torpor_map_append(tree, parent, node->key, (gssize)node->key_length, node);
    } else {
        change_value(tree, node, random);
    }
}
