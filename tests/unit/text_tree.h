/* Trees written as text, for tests of what a file may say: statements "path=value" that ';'
 * separates. A path is as in value/tree.h; maps above it are made. A value is {} for a map, an
 * integer, 'text, ? for a text that stayed in the file, ~ for nothing, or an array: "float64(1
 * 2)mV", "uint32(2x1: 4 5)". "path!" removes what was there, and a later value takes the place of
 * an earlier one. */
#ifndef TORPOR_TEST_TEXT_TREE_H
#define TORPOR_TEST_TEXT_TREE_H

#include <string.h>

#include "base/error.h"
#include "failing.h"
#include "value/tree.h"

/* Arrays are read through this: a call of kind "produce", which can fail. */
static gboolean
text_tree_produce(gpointer data, guint64 offset, gsize length, void *out, GError **error)
{
    if (fails("produce")) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_IO, "a read was asked to fail");
        return FALSE;
    }
    memcpy(out, (const char *)data + offset, length);
    return TRUE;
}

static void
text_tree_store(const TorporDtype *dtype, const char *number, guint8 *to)
{
    gint64 integer = strtoll(number, NULL, 10);
    double real = strtod(number, NULL);
    float narrow = (float)real;
    gboolean is_double = dtype->id == TORPOR_DTYPE_FLOAT64;
    gboolean is_float = dtype->id == TORPOR_DTYPE_FLOAT32;
    const void *from = is_double  ? (const void *)&real
                       : is_float ? (const void *)&narrow
                                  : (const void *)&integer;
    memset(to, 0, dtype->size);
    memcpy(to, from, MIN(dtype->size, sizeof integer));
}

/* "float64(1 2)mV", "uint32(2x1: 4 5)"; without values, none are there, whatever the shape says. */
static void
text_tree_set_array(TorporTree *tree, TorporNode *node, const char *text)
{
    const char *open = strchr(text, '('), *close = strchr(text, ')');
    const TorporDtype *dtype = torpor_dtype_by_name(text, (gsize)(open - text));
    g_assert_nonnull(dtype);
    TorporArray *array = torpor_tree_alloc(tree, sizeof *array);
    guint64 *shape = torpor_tree_alloc(tree, 4 * sizeof *shape);
    *array = (TorporArray){.dtype = dtype,
                           .dtype_name = torpor_tree_strdup(tree, text, (gsize)(open - text)),
                           .shape = shape,
                           .produce = text_tree_produce};
    g_autofree char *inside = g_strndup(open + 1, (gsize)(close - open - 1));
    char *colon = strchr(inside, ':');
    const char *values = colon == NULL ? inside : colon + 1;
    g_auto(GStrv) words = g_strsplit_set(values, " ", -1);
    guint8 *bytes = torpor_tree_alloc(tree, dtype->size * (g_strv_length(words) + 1));
    guint64 n = 0;
    for (char **word = words; *word != NULL; word++)
        if ((*word)[0] != '\0')
            text_tree_store(dtype, *word, bytes + dtype->size * n++);
    if (colon == NULL) {
        shape[array->rank++] = n;
    } else {
        *colon = '\0';
        g_auto(GStrv) sizes = g_strsplit(inside, "x", -1);
        for (char **size = sizes; *size != NULL && (*size)[0] != '\0'; size++)
            shape[array->rank++] = g_ascii_strtoull(*size, NULL, 10);
    }
    g_assert_true(torpor_shape_byte_length(array->rank, shape, dtype->size, &array->byte_length));
    array->produce_data = bytes;
    if (array->byte_length == 0)
        array->data = "";
    node->kind = TORPOR_NODE_ARRAY;
    node->value.array = array;
    if (close[1] == '\0')
        return;
    TorporNode *mantissa = torpor_node_new(tree, TORPOR_NODE_ARRAY);
    mantissa->value.array = array;
    node->kind = TORPOR_NODE_QUANTITY;
    node->value.quantity.unit = torpor_unit_lookup(close + 1, NULL);
    node->value.quantity.mantissa = mantissa;
    g_assert_nonnull(node->value.quantity.unit);
}

static void
text_tree_set(TorporTree *tree, TorporNode *node, const char *value)
{
    memset(&node->value, 0, sizeof node->value);
    if (strcmp(value, "{}") == 0) {
        node->kind = TORPOR_NODE_MAP;
    } else if (strcmp(value, "~") == 0) {
        node->kind = TORPOR_NODE_NIL;
    } else if (strcmp(value, "?") == 0) {
        node->kind = TORPOR_NODE_TEXT;
        node->value.bytes.length = 5000;
    } else if (value[0] == '\'') {
        node->kind = TORPOR_NODE_TEXT;
        node->value.bytes.length = strlen(value + 1);
        node->value.bytes.data = torpor_tree_strdup(tree, value + 1, strlen(value + 1));
    } else if (g_ascii_isdigit(value[0]) || value[0] == '-') {
        node->kind = TORPOR_NODE_INT;
        node->value.integer = g_ascii_strtoll(value, NULL, 10);
    } else {
        text_tree_set_array(tree, node, value);
    }
}

/* A map under this key, in which ~1 is / and ~2 NUL. */
static TorporNode *
text_tree_add(TorporTree *tree, TorporNode *parent, const char *key)
{
    g_autofree char *plain = g_strdup(key);
    gsize length = 0;
    for (const char *from = key; *from != '\0'; from++)
        plain[length++] = *from == '~' ? (*++from == '1' ? '/' : '\0') : *from;
    TorporNode *node = torpor_node_new(tree, TORPOR_NODE_MAP);
    torpor_map_append(tree, parent, plain, (gssize)length, node);
    return node;
}

static void
text_tree_apply(TorporTree *tree, const char *statement)
{
    gsize length = strcspn(statement, "=!");
    g_autofree char *path = g_strndup(statement, length);
    g_auto(GStrv) keys = g_strsplit(path, "/", -1);
    TorporNode *node = torpor_tree_root(tree), *parent = NULL;
    for (char **key = keys; *key != NULL; key++) {
        parent = node;
        node = torpor_node_lookup(parent, *key, NULL, NULL);
        if (node != NULL)
            continue;
        if (parent->kind != TORPOR_NODE_MAP)
            text_tree_set(tree, parent, "{}");
        node = text_tree_add(tree, parent, *key);
    }
    if (statement[length] == '!')
        torpor_map_remove(parent, node);
    else
        text_tree_set(tree, node, statement + length + 1);
}

/* Change a tree. text: may be NULL. */
static void
text_tree_change(TorporTree *tree, const char *text)
{
    g_auto(GStrv) statements = g_strsplit(text == NULL ? "" : text, ";", -1);
    for (char **one = statements; *one != NULL; one++)
        if ((*one)[0] != '\0')
            text_tree_apply(tree, *one);
}

G_GNUC_UNUSED static TorporTree *
text_tree_new(const char *text)
{
    TorporTree *tree = torpor_tree_new();
    text_tree_change(tree, text);
    return tree;
}

#endif
