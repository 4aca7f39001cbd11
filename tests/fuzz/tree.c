/* Tree -> bytes -> tree: the input is a recipe for a tree. What can be encoded decodes, and the
 * tree that was decoded has the same bytes. With an index, the places are those of the leaves. */
#include <string.h>

#include "check.h"
#include "limits.h"
#include "msgpack/decode.h"
#include "msgpack/encode.h"
#include "seal.h"
#include "target.h"

#define MAX_NODES 2000
#define CHUNK_BYTES 64

typedef struct {
    const uint8_t *bytes;
    size_t length;
    guint n_nodes;
    gboolean has_list;
    gboolean has_large_array; /* larger than CHUNK_BYTES */
    TorporTree *tree;
} Recipe;

static guint
next(Recipe *recipe)
{
    if (recipe->length == 0)
        return 0;
    recipe->length--;
    return *recipe->bytes++;
}

/* So many bytes of the recipe; what is missing is zero. */
static const char *
next_bytes(Recipe *recipe, gsize wanted)
{
    char *bytes = torpor_tree_alloc(recipe->tree, wanted + 1);
    gsize length = MIN(wanted, recipe->length);
    memset(bytes, 0, wanted + 1);
    memcpy(bytes, recipe->bytes, length);
    recipe->bytes += length;
    recipe->length -= length;
    return bytes;
}

static TorporArray *
next_array(Recipe *recipe, gboolean is_scalar)
{
    TorporArray *array = torpor_tree_alloc(recipe->tree, sizeof *array);
    guint64 *shape = torpor_tree_alloc(recipe->tree, 4 * sizeof *shape);
    guint dtype = next(recipe);
    array[0] = (TorporArray){.rank = is_scalar ? 0 : next(recipe) % 5, .shape = shape};
    array->dtype = torpor_dtype_by_id(1 + dtype % 15);
    array->dtype_name = array->dtype->name;
    for (guint i = 0; i < array->rank; i++)
        shape[i] = next(recipe) % (i == 0 ? 64 : 4);
    g_assert(torpor_shape_byte_length(array->rank, shape, array->dtype->size, &array->byte_length));
    array->data = next_bytes(recipe, (gsize)array->byte_length);
    recipe->has_large_array |= array->byte_length > CHUNK_BYTES;
    return array;
}

static TorporNode *next_node(Recipe *recipe);

static TorporNode *
next_quantity(Recipe *recipe)
{
    static const char *const symbols[] = {"mV", "nS", "1", "uA/cm2", "degC", "min"};
    TorporNode *node = torpor_node_new(recipe->tree, TORPOR_NODE_QUANTITY);
    guint symbol = next(recipe) % (G_N_ELEMENTS(symbols) + 1);
    node->value.quantity.unit =
        symbol < G_N_ELEMENTS(symbols)
            ? torpor_unit_lookup(symbols[symbol], NULL)
            : torpor_unit_from_numbers((const gint64[7]){1, 0, -2}, -3, 10.0, 1.0, NULL);
    g_assert(node->value.quantity.unit != NULL);
    TorporNode *mantissa = torpor_node_new(recipe->tree, TORPOR_NODE_FLOAT);
    node->value.quantity.mantissa = mantissa;
    switch (next(recipe) % 3) {
    case 0:
        memcpy(&mantissa->value.real, next_bytes(recipe, 8), 8);
        break;
    case 1:
        mantissa->kind = TORPOR_NODE_ARRAY;
        mantissa->value.array = next_array(recipe, FALSE);
        break;
    default:
        mantissa->kind = TORPOR_NODE_SCALAR;
        mantissa->value.array = next_array(recipe, TRUE);
    }
    return node;
}

static TorporNode *
next_map(Recipe *recipe, TorporNodeKind kind)
{
    static const char *const keys[] = {"mantissa", "scale", "base",  "dim",    "factor",
                                       "unit",     "value", "shape", "chunks", "trailer",
                                       "ranges",   "paths", "places"};
    TorporNode *map = torpor_node_new(recipe->tree, kind);
    recipe->has_list |= kind == TORPOR_NODE_LIST;
    for (guint n = next(recipe) % 9; n > 0 && recipe->length > 0; n--) {
        guint which = next(recipe);
        const char *key = keys[which % G_N_ELEMENTS(keys)];
        gssize key_length = -1;
        if (which >= 64) {
            key_length = which % 5;
            key = next_bytes(recipe, (gsize)key_length);
        }
        torpor_map_append(recipe->tree, map, kind == TORPOR_NODE_LIST ? NULL : key, key_length,
                          next_node(recipe));
    }
    return map;
}

static TorporNode *
next_node(Recipe *recipe)
{
    guint kind = next(recipe) % 14;
    TorporNode *node = torpor_node_new(recipe->tree, (TorporNodeKind)kind);
    if (++recipe->n_nodes > MAX_NODES)
        kind = node->kind = TORPOR_NODE_NIL;
    switch (kind) {
    case TORPOR_NODE_BOOL:
        node->value.boolean = next(recipe) % 2 == 1;
        break;
    case TORPOR_NODE_INT:
        memcpy(&node->value.integer, next_bytes(recipe, 8), 8);
        node->value.integer >>= next(recipe) % 64;
        break;
    case TORPOR_NODE_UINT:
        memcpy(&node->value.unsigned_integer, next_bytes(recipe, 8), 8);
        node->value.unsigned_integer |= G_GUINT64_CONSTANT(1) << 63;
        break;
    case TORPOR_NODE_FLOAT:
    case TORPOR_NODE_COMPLEX:
        memcpy(&node->value, next_bytes(recipe, 16), 16);
        break;
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        node->value.bytes.ext_type = (gint8)(kind == TORPOR_NODE_EXT ? 5 + next(recipe) % 100 : 0);
        node->value.bytes.length = next(recipe);
        node->value.bytes.data = next_bytes(recipe, (gsize)node->value.bytes.length);
        break;
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        node->value.array = next_array(recipe, kind == TORPOR_NODE_SCALAR);
        break;
    case TORPOR_NODE_QUANTITY:
        return next_quantity(recipe);
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        return next_map(recipe, (TorporNodeKind)kind);
    default:
        break;
    }
    return node;
}

/* NULL if the tree cannot be written. */
static GByteArray *
encode(TorporTree *tree, const TorporEncodeOptions *options)
{
    TorporSink *sink = torpor_memory_sink_new();
    g_autoptr(GError) error = NULL;
    gboolean encoded = torpor_encode(tree, options, sink, NULL, &error);
    g_assert(encoded == (error == NULL));
    return torpor_memory_sink_free(sink, encoded);
}

static void
check_round_trip(TorporTree *tree, const TorporEncodeOptions *options)
{
    g_autoptr(GByteArray) bytes = encode(tree, options);
    if (bytes == NULL)
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) decoded = torpor_decode_memory(bytes->data, bytes->len, "tree", &error);
    if (decoded == NULL)
        fuzz_fail("written, but not read: %s", error->message);
    g_autoptr(GByteArray) again = encode(decoded, options);
    if (again == NULL || again->len != bytes->len ||
        memcmp(again->data, bytes->data, bytes->len) != 0)
        fuzz_fail("what was decoded has other bytes");
}

/* Each path leads to the node at its place. */
static void
check_places(TorporTree *tree)
{
    g_autoptr(TorporPlaces) places = torpor_places_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) file = fuzz_encode_with_index(tree, places, &error);
    g_assert((file == NULL) == (error != NULL));
    if (file == NULL)
        return;
    g_autoptr(TorporTree) decoded = torpor_decode_memory(file->data, file->len, "file", &error);
    if (decoded == NULL)
        fuzz_fail("written with an index, but not read: %s", error->message);
    const char *path = places->paths->str;
    for (guint i = 0; i < places->places->len; i++, path += strlen(path) + 1) {
        const TorporNode *node = torpor_tree_lookup(decoded, path, &error);
        if (node == NULL || node->place != g_array_index(places->places, guint64, i))
            fuzz_fail("\"%s\" is not where the index says: %s", path,
                      node == NULL ? error->message : "another place");
    }
}

/* An option that concerns nothing in the tree gives the same bytes as none: so one input in eight
 * asks for it all the same. */
static void
check_round_trips(const Recipe *recipe, size_t length)
{
    gboolean all = length % 8 == 0;
    check_round_trip(recipe->tree, &(TorporEncodeOptions){0});
    if (recipe->has_large_array || all)
        check_round_trip(recipe->tree, &(TorporEncodeOptions){.chunk_bytes = CHUNK_BYTES});
    if (recipe->has_list || all)
        check_round_trip(recipe->tree, &(TorporEncodeOptions){.list_arrays = TRUE});
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    fuzz_limits_begin(length);
    g_autoptr(TorporTree) tree = torpor_tree_new();
    Recipe recipe = {.bytes = bytes, .length = length, .tree = tree};
    torpor_tree_set_root(tree, next_node(&recipe));
    check_round_trips(&recipe, length);
    check_places(tree);
    fuzz_limits_end();
    return 0;
}
