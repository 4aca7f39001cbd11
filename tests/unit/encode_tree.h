/* Trees to encode, and what is expected of their bytes: what the tests of the encoder share. */
#ifndef TORPOR_TEST_ENCODE_TREE_H
#define TORPOR_TEST_ENCODE_TREE_H

#include <string.h>

#include "base/error.h"
#include "msgpack/decode.h"
#include "msgpack/encode.h"
#include "msgpack/trailer.h"

G_GNUC_UNUSED static const guint64 no_shape[1];
static const TorporUnit mV = {.dim = {2, 1, -3, -1}, .scale = -3, .base = 10, .factor = 1};
G_GNUC_UNUSED static const TorporUnit nS = {
    .dim = {-2, -1, 3, 2}, .scale = -9, .base = 10, .factor = 1};

static const TorporDtype *
dtype(const char *name)
{
    return torpor_dtype_by_name(name, strlen(name));
}

static GByteArray *
encode(TorporTree *tree, guint64 chunk_bytes)
{
    TorporSink *sink = torpor_memory_sink_new();
    TorporEncodeOptions options = {.chunk_bytes = chunk_bytes};
    g_autoptr(GError) error = NULL;
    gboolean encoded = torpor_encode(tree, &options, sink, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(encoded);
    return torpor_memory_sink_free(sink, TRUE);
}

static void
assert_encodes_to(TorporTree *tree, guint64 chunk_bytes, const void *bytes, gsize length)
{
    g_autoptr(GByteArray) encoded = encode(tree, chunk_bytes);
    g_assert_cmpmem(encoded->data, encoded->len, bytes, length);
}

static void
assert_is_golden(TorporTree *tree, guint64 chunk_bytes, const char *name)
{
    g_autofree char *path = g_build_filename(TORPOR_GOLDEN_DIR, "braintools", name, NULL);
    g_autofree char *golden = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &golden, &length, NULL));
    assert_encodes_to(tree, chunk_bytes, golden, length);
}

static void
assert_refused(TorporTree *tree, gboolean index, gint status, const char *message)
{
    TorporSink *sink = torpor_memory_sink_new();
    g_autoptr(TorporPlaces) places = torpor_places_new();
    TorporEncodeOptions options = {.index = index};
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_encode(tree, &options, sink, places, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    g_assert_cmpstr(error->message, ==, message);
    torpor_memory_sink_free(sink, FALSE);
}

static TorporNode *
put(TorporTree *tree, TorporNode *map, const char *key, TorporNodeKind kind)
{
    TorporNode *node = torpor_node_new(tree, kind);
    torpor_map_append(tree, map, key, -1, node);
    return node;
}

static void
put_array(TorporTree *tree, TorporNode *map, const char *key, const char *dtype_name, guint32 rank,
          const guint64 *shape, const TorporUnit *unit, const void *data)
{
    torpor_map_put_array(tree, map, key, dtype(dtype_name), rank, shape, unit)->value.array->data =
        data;
}

G_GNUC_UNUSED static void
put_quantity(TorporTree *tree, TorporNode *map, const char *key, const TorporUnit *unit,
             double value)
{
    TorporNode *quantity = put(tree, map, key, TORPOR_NODE_QUANTITY);
    quantity->value.quantity.unit = unit;
    quantity->value.quantity.mantissa = torpor_node_new(tree, TORPOR_NODE_FLOAT);
    quantity->value.quantity.mantissa->value.real = value;
}

#endif
