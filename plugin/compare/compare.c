#include "compare/compare.h"

#include <string.h>

#include "base/error.h"
#include "base/text_hash.h"
#include "checkpoint/layout.h"
#include "compare/compare_array.h"
#include "compare/different_rows.h"
#include "compare/side.h"
#include "host/section_names.h"
#include "msgpack/decode.h"
#include "msgpack/stored.h"
#include "value/element.h"

/* Bytes of a text or a bytes value that are compared at a time. */
#define BLOCK_BYTES ((gsize)64 << 10)

typedef struct {
    TorporTree *a_tree;
    TorporSide a;
    TorporSide b;
    const TorporCompareOptions *options;
    gboolean skips_provenance;
    TorporDifferenceFunc report;
    gpointer data;
    gint64 n_reported;
    gboolean is_stopped;
    guint64 done;
    guint64 total;
    const TorporUnit *unit;   /* of the mantissa that is being compared */
    const TorporNode *parent; /* of the node in A that is being compared */
    GString *path;
} Comparison;

/* ---- reporting ---- */

static void
report(Comparison *comparison, TorporDifference *difference)
{
    difference->path = comparison->path->str;
    difference->is_hidden = torpor_layout_is_hidden(comparison->a.layout, difference->path) ||
                            torpor_layout_is_hidden(comparison->b.layout, difference->path);
    comparison->n_reported++;
    comparison->is_stopped = !comparison->report(difference, comparison->data);
}

static void
report_texts(Comparison *comparison, TorporDifferenceKind kind, const char *a, const char *b)
{
    report(comparison, &(TorporDifference){.kind = kind, .a = a, .b = b});
}

static void
report_nodes(Comparison *comparison, TorporDifferenceKind kind, const TorporNode *a,
             const TorporNode *b)
{
    const char *path = comparison->path->str;
    g_autofree char *a_text = a != NULL ? torpor_side_node_text(&comparison->a, path, a) : NULL;
    g_autofree char *b_text = b != NULL ? torpor_side_node_text(&comparison->b, path, b) : NULL;
    report_texts(comparison, kind, a_text, b_text);
}

/* ---- numbers ---- */

static gboolean compare_nodes(Comparison *comparison, const TorporNode *a, const TorporNode *b,
                              GError **error);

static void
advance(gpointer data, guint64 bytes)
{
    Comparison *comparison = data;
    comparison->done += bytes;
    if (comparison->options->progress != NULL)
        comparison->options->progress(comparison->options->progress_data, comparison->done,
                                      comparison->total);
}

/* Report it with the rows in which these elements are. */
static void
report_rows(Comparison *comparison, const TorporColumn *a, const TorporColumn *b,
            const GArray *places, TorporDifference *difference)
{
    g_autoptr(GArray) rows =
        torpor_different_rows(&(TorporRowSource){comparison->a_tree, &comparison->a,
                                                 comparison->path->str, comparison->parent},
                              a, b, places);
    difference->rows = (const TorporDifferentRow *)rows->data;
    difference->n_rows = rows->len;
    if (difference->kind == TORPOR_DIFFERS_VALUE) {
        difference->a = difference->rows[0].a;
        difference->b = difference->rows[0].b;
    }
    report(comparison, difference);
}

static gboolean
compare_columns(Comparison *comparison, const TorporColumn *a, const TorporColumn *b,
                GError **error)
{
    TorporDifference difference = {.kind = TORPOR_DIFFERS_VALUE,
                                   .unit = comparison->unit,
                                   .is_integer = torpor_element_is_integer(a->array->dtype)};
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint64));
    if (!torpor_compare_columns(a, b, comparison->options, advance, comparison, &difference, places,
                                error))
        return FALSE;
    if (difference.n_different == 0)
        return TRUE;
    difference.first = g_array_index(places, guint64, 0);
    report_rows(comparison, a, b, places, &difference);
    return TRUE;
}

/* Do rows of the same number belong together? Not if several objects have a list of rows each, of
 * which one is longer: the rows of those behind it have other numbers then. */
static gboolean
are_rows_of_one(const Comparison *comparison)
{
    const char *path = comparison->path->str;
    const char *population = torpor_layout_population(comparison->a.layout, path);
    guint64 count;
    return population == NULL || !g_str_has_suffix(path, "/" TORPOR_KEY_VALUES) ||
           !torpor_layout_is_population(comparison->a.layout, population, &count) || count <= 1;
}

/* Columns of which one is longer, as those of events are: compared as far as both go. */
static gboolean
compare_beginnings(Comparison *comparison, const TorporColumn *a, const TorporColumn *b,
                   const char *a_text, const char *b_text, GError **error)
{
    TorporDifference difference = {.kind = TORPOR_DIFFERS_SHAPE,
                                   .unit = comparison->unit,
                                   .a = a_text,
                                   .b = b_text,
                                   .a_rows = a->rows,
                                   .b_rows = b->rows};
    guint64 shape[TORPOR_MAX_RANK];
    guint64 rows = MIN(a->rows, b->rows);
    memcpy(shape, a->array->shape, a->array->rank * sizeof *shape);
    shape[0] = rows;
    TorporArray a_part = *a->array, b_part = *b->array;
    a_part.byte_length = b_part.byte_length = (rows == a->rows ? a->array : b->array)->byte_length;
    a_part.shape = b_part.shape = shape;
    const TorporColumn a_begin = {a->file, &a_part, rows}, b_begin = {b->file, &b_part, rows};
    TorporDifference common = {.kind = TORPOR_DIFFERS_VALUE};
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint64));
    difference.are_compared = are_rows_of_one(comparison);
    if (difference.are_compared && a_part.byte_length > 0 &&
        !torpor_compare_columns(&a_begin, &b_begin, comparison->options, NULL, NULL, &common,
                                places, error))
        return FALSE;
    report_rows(comparison, &a_begin, &b_begin, places, &difference);
    return TRUE;
}

static TorporColumn
column_of(const Comparison *comparison, const TorporSide *side, const TorporArray *array)
{
    return (TorporColumn){side->file, array,
                          torpor_layout_count(side->layout, comparison->path->str, array)};
}

static gboolean
compare_arrays(Comparison *comparison, const TorporNode *a, const TorporNode *b, GError **error)
{
    TorporColumn a_column = column_of(comparison, &comparison->a, a->value.array);
    TorporColumn b_column = column_of(comparison, &comparison->b, b->value.array);
    if (strcmp(a->value.array->dtype_name, b->value.array->dtype_name) != 0)
        report_nodes(comparison, TORPOR_DIFFERS_DTYPE, a, b);
    else if (torpor_columns_align_but_for_rows(&a_column, &b_column)) {
        const char *path = comparison->path->str;
        g_autofree char *a_text = torpor_side_node_text(&comparison->a, path, a);
        g_autofree char *b_text = torpor_side_node_text(&comparison->b, path, b);
        return compare_beginnings(comparison, &a_column, &b_column, a_text, b_text, error);
    } else if (!torpor_columns_align(&a_column, &b_column))
        report_nodes(comparison, TORPOR_DIFFERS_SHAPE, a, b);
    else
        return compare_columns(comparison, &a_column, &b_column, error);
    return TRUE;
}

static gboolean
compare_numbers(Comparison *comparison, guint32 dtype, const TorporNode *a, const TorporNode *b,
                GError **error)
{
    const TorporDtype *found = torpor_dtype_by_id(dtype);
    TorporArray x = {.dtype = found, .byte_length = found->size, .data = &a->value};
    TorporArray y = x;
    y.data = &b->value;
    return compare_columns(comparison, &(TorporColumn){.array = &x}, &(TorporColumn){.array = &y},
                           error);
}

static gboolean
compare_quantities(Comparison *comparison, const TorporNode *a, const TorporNode *b, GError **error)
{
    const TorporUnit *a_unit = a->value.quantity.unit, *b_unit = b->value.quantity.unit;
    if (!torpor_unit_equal(a_unit, b_unit)) {
        g_autofree char *a_text = torpor_unit_to_text(a_unit);
        g_autofree char *b_text = torpor_unit_to_text(b_unit);
        report(comparison,
               &(TorporDifference){
                   .kind = TORPOR_DIFFERS_UNIT, .unit = a_unit, .a = a_text, .b = b_text});
        return TRUE;
    }
    comparison->unit = a_unit;
    gboolean done =
        compare_nodes(comparison, a->value.quantity.mantissa, b->value.quantity.mantissa, error);
    comparison->unit = NULL;
    return done;
}

/* ---- texts and bytes ---- */

/* *at is the first byte that differs; the shorter length if there is none. */
static gboolean
find_difference(Comparison *comparison, const TorporNode *a, const TorporNode *b, guint64 *at,
                GError **error)
{
    guint64 length = MIN(a->value.bytes.length, b->value.bytes.length);
    gsize block = (gsize)CLAMP(length, 1, BLOCK_BYTES); /* no NULL, even of no bytes */
    g_autofree char *buffer = g_malloc(2 * block);
    char *a_block = buffer, *b_block = buffer + block;
    for (*at = 0; *at < length;) {
        gsize piece = (gsize)MIN(length - *at, block);
        if (!torpor_side_read_bytes(&comparison->a, a, *at, piece, a_block, error) ||
            !torpor_side_read_bytes(&comparison->b, b, *at, piece, b_block, error))
            return FALSE;
        gsize same = 0;
        if (memcmp(a_block, b_block, piece) == 0)
            same = piece;
        while (same < piece && a_block[same] == b_block[same])
            same++;
        *at += same;
        if (same < piece)
            break;
    }
    return TRUE;
}

static gboolean
compare_bytes(Comparison *comparison, const TorporNode *a, const TorporNode *b, GError **error)
{
    guint64 at;
    if (a->kind == TORPOR_NODE_EXT && a->value.bytes.ext_type != b->value.bytes.ext_type) {
        g_autofree char *a_type = g_strdup_printf("extension %d", a->value.bytes.ext_type);
        g_autofree char *b_type = g_strdup_printf("extension %d", b->value.bytes.ext_type);
        report_texts(comparison, TORPOR_DIFFERS_KIND, a_type, b_type);
        return TRUE;
    }
    if (!find_difference(comparison, a, b, &at, error))
        return FALSE;
    if (at == a->value.bytes.length && at == b->value.bytes.length)
        return TRUE;
    g_autofree char *a_text = torpor_side_text_around(&comparison->a, a, at);
    g_autofree char *b_text = torpor_side_text_around(&comparison->b, b, at);
    report_texts(comparison, TORPOR_DIFFERS_VALUE, a_text, b_text);
    return TRUE;
}

/* ---- maps and lists ---- */

static guint
hash_key(gconstpointer data)
{
    const TorporNode *node = data;
    return (guint)torpor_bytes_hash(node->key, node->key_length);
}

static gboolean
same_key(gconstpointer a, gconstpointer b)
{
    const TorporNode *one = a, *other = b;
    return torpor_node_has_key(one, other->key, other->key_length);
}

static gboolean
is_skipped(const Comparison *comparison, const TorporNode *child)
{
    return comparison->skips_provenance && comparison->path->len == 0 &&
           (strcmp(child->key, TORPOR_SECTION_PROVENANCE) == 0 ||
            strcmp(child->key, TORPOR_SECTION_ORIGIN) == 0);
}

/* Compare the children of A, in order, with those of the same key in B. Then report what only B
 * has. */
static gboolean
compare_children(Comparison *comparison, const TorporNode *a, const TorporNode *b, GError **error)
{
    gsize depth = comparison->path->len;
    g_autoptr(GHashTable) only_b = g_hash_table_new(hash_key, same_key);
    for (TorporNode *child = b->value.map.first; child != NULL; child = child->next)
        g_hash_table_add(only_b, child);
    for (const TorporNode *child = a->value.map.first; child != NULL && !comparison->is_stopped;
         child = child->next) {
        TorporNode *other = g_hash_table_lookup(only_b, child);
        if (other != NULL)
            g_hash_table_remove(only_b, other);
        if (is_skipped(comparison, child))
            continue;
        torpor_path_append(comparison->path, child->key, child->key_length);
        comparison->parent = a;
        if (other == NULL)
            report_nodes(comparison, TORPOR_DIFFERS_ONLY_IN_A, child, NULL);
        else if (!compare_nodes(comparison, child, other, error))
            return FALSE;
        g_string_truncate(comparison->path, depth);
    }
    for (const TorporNode *child = b->value.map.first; child != NULL && !comparison->is_stopped;
         child = child->next) {
        if (!g_hash_table_contains(only_b, child) || is_skipped(comparison, child))
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
        torpor_path_append_child(comparison->path, x, index++);
        if (!compare_nodes(comparison, x, y, error))
            return FALSE;
        g_string_truncate(comparison->path, depth);
    }
    return TRUE;
}

static gboolean
is_integer(const TorporNode *node)
{
    return node->kind == TORPOR_NODE_INT || node->kind == TORPOR_NODE_UINT;
}

static gboolean
compare_nodes(Comparison *comparison, const TorporNode *a, const TorporNode *b, GError **error)
{
    if (a->kind != b->kind) {
        /* Integers from 2^63 on are of another kind in memory only. */
        gboolean are_integers = is_integer(a) && is_integer(b);
        report_nodes(comparison, are_integers ? TORPOR_DIFFERS_VALUE : TORPOR_DIFFERS_KIND, a, b);
        return TRUE;
    }
    switch (a->kind) {
    case TORPOR_NODE_MAP:
        return compare_children(comparison, a, b, error);
    case TORPOR_NODE_LIST:
        return compare_items(comparison, a, b, error);
    case TORPOR_NODE_QUANTITY:
        return compare_quantities(comparison, a, b, error);
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        return compare_arrays(comparison, a, b, error);
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return compare_bytes(comparison, a, b, error);
    case TORPOR_NODE_INT:
        return compare_numbers(comparison, TORPOR_DTYPE_INT64, a, b, error);
    case TORPOR_NODE_UINT:
        return compare_numbers(comparison, TORPOR_DTYPE_UINT64, a, b, error);
    case TORPOR_NODE_FLOAT:
        return compare_numbers(comparison, TORPOR_DTYPE_FLOAT64, a, b, error);
    case TORPOR_NODE_COMPLEX:
        return compare_numbers(comparison, TORPOR_DTYPE_COMPLEX128, a, b, error);
    case TORPOR_NODE_BOOL:
        if (!a->value.boolean != !b->value.boolean)
            report_nodes(comparison, TORPOR_DIFFERS_VALUE, a, b);
        return TRUE;
    case TORPOR_NODE_NIL:
        return TRUE;
    }
    return TRUE;
}

/* ---- two trees ---- */

static gboolean
is_checkpoint(TorporTree *tree)
{
    const TorporNode *name =
        torpor_tree_lookup(tree, TORPOR_SECTION_FORMAT "/" TORPOR_KEY_NAME, NULL);
    return name != NULL && name->kind == TORPOR_NODE_TEXT && name->value.bytes.data != NULL &&
           strcmp(name->value.bytes.data, TORPOR_CHECKPOINT_NAME) == 0;
}

static guint64
bytes_of_arrays(const TorporNode *node)
{
    guint64 bytes = 0;
    if (node->kind == TORPOR_NODE_QUANTITY)
        node = node->value.quantity.mantissa;
    if (node->kind == TORPOR_NODE_ARRAY || node->kind == TORPOR_NODE_SCALAR)
        return node->value.array->byte_length;
    if (node->kind == TORPOR_NODE_MAP || node->kind == TORPOR_NODE_LIST)
        for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next)
            bytes += bytes_of_arrays(child);
    return bytes;
}

gint64
torpor_compare(const TorporFile *a_file, TorporTree *a, const TorporFile *b_file, TorporTree *b,
               const TorporCompareOptions *options, TorporDifferenceFunc report_func, gpointer data,
               GError **error)
{
    static const TorporCompareOptions exact = {0};
    g_autoptr(GString) path = g_string_new(NULL);
    g_autoptr(TorporLayout) a_layout = torpor_layout_new(a);
    g_autoptr(TorporLayout) b_layout = torpor_layout_new(b);
    options = options != NULL ? options : &exact;
    Comparison comparison = {
        .a_tree = a,
        .a = {a_file, a_layout},
        .b = {b_file, b_layout},
        .options = options,
        .skips_provenance = !options->with_provenance && is_checkpoint(a) && is_checkpoint(b),
        .report = report_func,
        .data = data,
        .total = options->progress != NULL ? bytes_of_arrays(torpor_tree_root(a)) : 0,
        .path = path};
    if (!compare_nodes(&comparison, torpor_tree_root(a), torpor_tree_root(b), error))
        return -1;
    return comparison.n_reported;
}
