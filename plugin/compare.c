#include "compare.h"

#include <string.h>

#include "compare_array.h"
#include "decode.h"
#include "element.h"
#include "error.h"

typedef struct {
    const TorporFile *a_file;
    const TorporFile *b_file;
    const TorporCompareOptions *options;
    TorporDifferenceFunc report;
    gpointer data;
    gint64 n_reported;
    gboolean is_stopped;
    guint64 done;
    guint64 total;
    GString *path;
} Comparison;

/* ---- what a node is, in words ---- */

static char *
array_text(const TorporArray *array)
{
    GString *text = g_string_new(array->dtype_name);
    g_string_append(text, " [");
    for (guint32 i = 0; i < array->rank; i++)
        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i > 0 ? ", " : "", array->shape[i]);
    g_string_append_c(text, ']');
    return g_string_free(text, FALSE);
}

static char *
node_text(const TorporFile *file, const TorporNode *node)
{
    static const TorporDtype real = {.id = TORPOR_DTYPE_FLOAT64, .size = 8, .name = "float64"};
    static const TorporDtype complex = {
        .id = TORPOR_DTYPE_COMPLEX128, .size = 16, .name = "complex128"};
    switch (node->kind) {
    case TORPOR_NODE_BOOL:
        return g_strdup(node->value.boolean ? "true" : "false");
    case TORPOR_NODE_INT:
        return g_strdup_printf("%" G_GINT64_FORMAT, node->value.integer);
    case TORPOR_NODE_UINT:
        return g_strdup_printf("%" G_GUINT64_FORMAT, node->value.unsigned_integer);
    case TORPOR_NODE_FLOAT:
        return torpor_element_text(&real, &node->value.real);
    case TORPOR_NODE_COMPLEX:
        return torpor_element_text(&complex, node->value.complex);
    case TORPOR_NODE_TEXT: {
        g_autofree char *text = torpor_bytes_read(file, node, NULL);
        return g_strdup_printf("\"%.60s\"", text != NULL ? text : "");
    }
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return g_strdup_printf("%" G_GUINT64_FORMAT " bytes", node->value.bytes.length);
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        return array_text(node->value.array);
    default:
        return g_strdup(torpor_node_kind_name(node->kind));
    }
}

/* ---- reporting ---- */

static void
report(Comparison *comparison, TorporDifference *difference)
{
    difference->path = comparison->path->str;
    comparison->n_reported++;
    comparison->is_stopped = !comparison->report(difference, comparison->data);
}

static void
report_nodes(Comparison *comparison, TorporDifferenceKind kind, const TorporNode *a,
             const TorporNode *b)
{
    g_autofree char *a_text = a != NULL ? node_text(comparison->a_file, a) : NULL;
    g_autofree char *b_text = b != NULL ? node_text(comparison->b_file, b) : NULL;
    report(comparison, &(TorporDifference){.kind = kind, .a = a_text, .b = b_text});
}

/* ---- comparing ---- */

static gboolean compare_nodes(Comparison *comparison, const TorporNode *a, const TorporNode *b,
                              GError **error);

static char *
element_at(const TorporFile *file, const TorporArray *array, guint64 index)
{
    guint8 bytes[32];
    guint64 offset = index * array->dtype->size;
    if (array->dtype->size > sizeof bytes)
        return NULL;
    if (offset >= array->byte_length) /* stored once */
        offset %= array->byte_length;
    if (!torpor_array_read(file, array, offset, array->dtype->size, bytes, NULL))
        return NULL;
    return torpor_element_text(array->dtype, bytes);
}

static gboolean
compare_array_nodes(Comparison *comparison, const TorporNode *a_node, const TorporNode *b_node,
                    GError **error)
{
    const TorporArray *a = a_node->value.array, *b = b_node->value.array;
    TorporDifference difference = {.kind = TORPOR_DIFFERS_VALUE};
    if (strcmp(a->dtype_name, b->dtype_name) != 0) {
        report_nodes(comparison, TORPOR_DIFFERS_DTYPE, a_node, b_node);
        return TRUE;
    }
    if (!torpor_arrays_align(a, b)) {
        report_nodes(comparison, TORPOR_DIFFERS_SHAPE, a_node, b_node);
        return TRUE;
    }
    if (!torpor_compare_arrays(comparison->a_file, a, comparison->b_file, b, comparison->options,
                               &difference, error))
        return FALSE;
    comparison->done += a->byte_length;
    if (comparison->options->progress != NULL)
        comparison->options->progress(comparison->options->progress_data, comparison->done,
                                      comparison->total);
    if (difference.n_different == 0)
        return TRUE;
    g_autofree char *a_text = element_at(comparison->a_file, a, difference.first);
    g_autofree char *b_text = element_at(comparison->b_file, b, difference.first);
    difference.a = a_text;
    difference.b = b_text;
    report(comparison, &difference);
    return TRUE;
}

static gboolean
compare_bytes(Comparison *comparison, const TorporNode *a, const TorporNode *b, GError **error)
{
    gboolean is_equal = a->value.bytes.length == b->value.bytes.length;
    if (is_equal) {
        g_autofree char *a_bytes = torpor_bytes_read(comparison->a_file, a, error);
        if (a_bytes == NULL)
            return FALSE;
        g_autofree char *b_bytes = torpor_bytes_read(comparison->b_file, b, error);
        if (b_bytes == NULL)
            return FALSE;
        is_equal = memcmp(a_bytes, b_bytes, a->value.bytes.length) == 0;
    }
    if (!is_equal)
        report_nodes(comparison, TORPOR_DIFFERS_VALUE, a, b);
    return TRUE;
}

static gboolean
compare_numbers(Comparison *comparison, const TorporNode *a, const TorporNode *b)
{
    static const TorporDtype real = {.id = TORPOR_DTYPE_FLOAT64, .size = 8, .name = "float64"};
    static const TorporDtype complex = {
        .id = TORPOR_DTYPE_COMPLEX128, .size = 16, .name = "complex128"};
    const TorporDtype *dtype = a->kind == TORPOR_NODE_COMPLEX ? &complex : &real;
    guint64 shape = 1;
    TorporArray x = {
        .dtype = dtype, .rank = 1, .shape = &shape, .byte_length = dtype->size, .data = &a->value};
    TorporArray y = x;
    y.data = &b->value;
    TorporDifference difference = {.kind = TORPOR_DIFFERS_VALUE};
    if (!torpor_compare_arrays(NULL, &x, NULL, &y, comparison->options, &difference, NULL))
        return TRUE;
    if (difference.n_different > 0)
        report_nodes(comparison, TORPOR_DIFFERS_VALUE, a, b);
    return TRUE;
}

static gboolean
compare_quantities(Comparison *comparison, const TorporNode *a, const TorporNode *b, GError **error)
{
    const TorporUnit *a_unit = a->value.quantity.unit, *b_unit = b->value.quantity.unit;
    if (!torpor_unit_equal(a_unit, b_unit)) {
        g_autofree char *a_text = torpor_unit_to_text(a_unit);
        g_autofree char *b_text = torpor_unit_to_text(b_unit);
        report(comparison,
               &(TorporDifference){.kind = TORPOR_DIFFERS_UNIT, .a = a_text, .b = b_text});
        return TRUE;
    }
    return compare_nodes(comparison, a->value.quantity.mantissa, b->value.quantity.mantissa, error);
}

static gboolean
is_skipped(const Comparison *comparison, const TorporNode *child)
{
    return comparison->path->len == 0 && !comparison->options->with_provenance &&
           g_strcmp0(child->key, "provenance") == 0;
}

/* Children of A in order, each against the one of that key in B; then what only B has. */
static gboolean
compare_children(Comparison *comparison, const TorporNode *a, const TorporNode *b, GError **error)
{
    gsize depth = comparison->path->len;
    g_autoptr(GHashTable) b_by_key = g_hash_table_new(g_str_hash, g_str_equal);
    for (TorporNode *child = b->value.map.first; child != NULL; child = child->next)
        g_hash_table_insert(b_by_key, (gpointer)child->key, child);
    for (const TorporNode *child = a->value.map.first; child != NULL && !comparison->is_stopped;
         child = child->next) {
        TorporNode *other = g_hash_table_lookup(b_by_key, child->key);
        if (other != NULL)
            g_hash_table_remove(b_by_key, child->key);
        if (is_skipped(comparison, child))
            continue;
        torpor_path_append(comparison->path, child->key, child->key_length);
        if (other == NULL)
            report_nodes(comparison, TORPOR_DIFFERS_ONLY_IN_A, child, NULL);
        else if (!compare_nodes(comparison, child, other, error))
            return FALSE;
        g_string_truncate(comparison->path, depth);
    }
    for (const TorporNode *child = b->value.map.first; child != NULL && !comparison->is_stopped;
         child = child->next) {
        if (!g_hash_table_contains(b_by_key, child->key) || is_skipped(comparison, child))
            continue;
        torpor_path_append(comparison->path, child->key, child->key_length);
        report_nodes(comparison, TORPOR_DIFFERS_ONLY_IN_B, NULL, child);
        g_string_truncate(comparison->path, depth);
    }
    return TRUE;
}

static gboolean
compare_items(Comparison *comparison, const TorporNode *a, const TorporNode *b, GError **error)
{
    gsize depth = comparison->path->len;
    guint64 index = 0;
    if (a->value.map.count != b->value.map.count) {
        report_nodes(comparison, TORPOR_DIFFERS_SHAPE, a, b);
        return TRUE;
    }
    const TorporNode *y = b->value.map.first;
    for (const TorporNode *x = a->value.map.first; x != NULL && !comparison->is_stopped;
         x = x->next, y = y->next) {
        char key[24];
        gint length = g_snprintf(key, sizeof key, "%" G_GUINT64_FORMAT, index++);
        torpor_path_append(comparison->path, key, (gsize)length);
        if (!compare_nodes(comparison, x, y, error))
            return FALSE;
        g_string_truncate(comparison->path, depth);
    }
    return TRUE;
}

static gboolean
compare_nodes(Comparison *comparison, const TorporNode *a, const TorporNode *b, GError **error)
{
    if (a->kind != b->kind) {
        report_nodes(comparison, TORPOR_DIFFERS_KIND, a, b);
        return TRUE;
    }
    gboolean is_equal = TRUE;
    switch (a->kind) {
    case TORPOR_NODE_MAP:
        return compare_children(comparison, a, b, error);
    case TORPOR_NODE_LIST:
        return compare_items(comparison, a, b, error);
    case TORPOR_NODE_QUANTITY:
        return compare_quantities(comparison, a, b, error);
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        return compare_array_nodes(comparison, a, b, error);
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return compare_bytes(comparison, a, b, error);
    case TORPOR_NODE_FLOAT:
    case TORPOR_NODE_COMPLEX:
        return compare_numbers(comparison, a, b);
    case TORPOR_NODE_BOOL:
        is_equal = !a->value.boolean == !b->value.boolean;
        break;
    case TORPOR_NODE_INT:
        is_equal = a->value.integer == b->value.integer;
        break;
    case TORPOR_NODE_UINT:
        is_equal = a->value.unsigned_integer == b->value.unsigned_integer;
        break;
    case TORPOR_NODE_NIL:
        break;
    }
    if (!is_equal)
        report_nodes(comparison, TORPOR_DIFFERS_VALUE, a, b);
    return TRUE;
}

gint64
torpor_compare(const TorporFile *a_file, TorporTree *a, const TorporFile *b_file, TorporTree *b,
               const TorporCompareOptions *options, TorporDifferenceFunc report_func, gpointer data,
               GError **error)
{
    static const TorporCompareOptions exact = {0};
    g_autoptr(GString) path = g_string_new(NULL);
    Comparison comparison = {.a_file = a_file,
                             .b_file = b_file,
                             .options = options != NULL ? options : &exact,
                             .report = report_func,
                             .data = data,
                             .total = a_file != NULL ? a_file->length : 0,
                             .path = path};
    if (!compare_nodes(&comparison, torpor_tree_root(a), torpor_tree_root(b), error))
        return -1;
    return comparison.n_reported;
}

char *
torpor_difference_to_text(const TorporDifference *difference)
{
    static const char *const what[] = {
        [TORPOR_DIFFERS_KIND] = "kind",   [TORPOR_DIFFERS_DTYPE] = "dtype",
        [TORPOR_DIFFERS_SHAPE] = "shape", [TORPOR_DIFFERS_UNIT] = "unit",
        [TORPOR_DIFFERS_VALUE] = "value",
    };
    const char *path = difference->path[0] == '\0' ? "(root)" : difference->path;
    const char *a = difference->a != NULL ? difference->a : "?";
    const char *b = difference->b != NULL ? difference->b : "?";
    char absolute[G_ASCII_DTOSTR_BUF_SIZE], relative[G_ASCII_DTOSTR_BUF_SIZE];
    if (difference->kind == TORPOR_DIFFERS_ONLY_IN_A)
        return g_strdup_printf("%s: only in the first: %s", path, a);
    if (difference->kind == TORPOR_DIFFERS_ONLY_IN_B)
        return g_strdup_printf("%s: only in the second: %s", path, b);
    if (difference->n_elements == 0)
        return g_strdup_printf("%s: %s: %s, %s", path, what[difference->kind], a, b);
    g_ascii_formatd(absolute, sizeof absolute, "%.3g", difference->max_absolute);
    g_ascii_formatd(relative, sizeof relative, "%.3g", difference->max_relative);
    g_autofree char *ulps =
        difference->max_ulps == G_MAXUINT64
            ? g_strdup("NaN against a number")
            : g_strdup_printf("%" G_GUINT64_FORMAT " ULP", difference->max_ulps);
    return g_strdup_printf("%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                           " differ, first in row %" G_GUINT64_FORMAT
                           " (%s, %s); at most %s absolute, %s relative, %s",
                           path, difference->n_different, difference->n_elements,
                           difference->first_row, a, b, absolute, relative, ulps);
}
