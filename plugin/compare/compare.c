#include "compare/compare.h"

#include <string.h>

#include "base/error.h"
#include "checkpoint/layout.h"
#include "compare/compare_array.h"
#include "compare/groups.h"
#include "compare/labels.h"
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

static char *
element_at(const TorporColumn *column, guint64 index)
{
    guint8 bytes[32];
    const TorporArray *array = column->array;
    guint32 size = array->dtype->size;
    guint64 offset = index * size % array->byte_length; /* in the stored row, if there is one */
    if (size > sizeof bytes || !torpor_array_read(column->file, array, offset, size, bytes, NULL))
        return g_strdup("(cannot be read)");
    return torpor_element_text(array->dtype, bytes);
}

/* The object that this row belongs to; for the values of a ragged field, by its counts. FALSE if
 * rows are not objects, or this is not known. */
static gboolean
find_object(const Comparison *comparison, guint64 row, guint64 *object)
{
    *object = row;
    if (!g_str_has_prefix(comparison->path->str, TORPOR_SECTION_POPULATIONS "/"))
        return FALSE;
    if (!g_str_has_suffix(comparison->path->str, "/" TORPOR_KEY_VALUES))
        return TRUE;
    const TorporNode *counts = torpor_map_get(comparison->parent, TORPOR_KEY_COUNTS);
    if (counts == NULL || counts->kind != TORPOR_NODE_ARRAY || counts->value.array->rank != 1 ||
        counts->value.array->dtype->id != TORPOR_DTYPE_UINT64)
        return FALSE;
    guint64 count;
    if (counts->value.array->shape[0] != 1)
        return torpor_groups_find(comparison->a.file, counts->value.array, row, object);
    if (!torpor_array_read(comparison->a.file, counts->value.array, 0, sizeof count, &count,
                           NULL) ||
        count == 0)
        return FALSE;
    *object = row / count; /* each object has this many values */
    return TRUE;
}

static void
different_row_clear(gpointer data)
{
    TorporDifferentRow *row = data;
    g_array_unref((GArray *)row->labels);
    g_free((char *)row->a);
    g_free((char *)row->b);
}

static TorporDifferentRow
different_row(const Comparison *comparison, const TorporColumn *a, const TorporColumn *b,
              guint64 place, guint64 row)
{
    TorporDifferentRow found = {.a = element_at(a, place), .b = element_at(b, place)};
    found.labels = find_object(comparison, row, &found.row)
                       ? torpor_labels_of(comparison->a_tree, comparison->a.file,
                                          comparison->a.layout, comparison->path->str, found.row)
                       : g_array_new(FALSE, FALSE, sizeof(TorporLabel));
    return found;
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
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(TorporDifferentRow));
    g_array_set_clear_func(rows, different_row_clear);
    for (guint i = 0; i < places->len; i++) {
        guint64 place = g_array_index(places, guint64, i);
        TorporDifferentRow row =
            different_row(comparison, a, b, place, place / torpor_column_row_elements(a));
        if (i == 0 || row.row != g_array_index(rows, TorporDifferentRow, rows->len - 1).row)
            g_array_append_val(rows, row);
        else
            different_row_clear(&row);
    }
    difference.rows = (const TorporDifferentRow *)rows->data;
    difference.n_rows = rows->len;
    difference.a = difference.rows[0].a;
    difference.b = difference.rows[0].b;
    difference.first = g_array_index(places, guint64, 0);
    report(comparison, &difference);
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
    else if (!torpor_columns_align(&a_column, &b_column))
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
        report_texts(comparison, TORPOR_DIFFERS_UNIT, a_text, b_text);
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
    g_autofree char *buffer = g_malloc(2 * BLOCK_BYTES);
    char *a_block = buffer, *b_block = buffer + BLOCK_BYTES;
    for (*at = 0; *at < length;) {
        gsize piece = (gsize)MIN(length - *at, BLOCK_BYTES);
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
    guint hash = 5381;
    for (guint32 i = 0; i < node->key_length; i++)
        hash = hash * 33 + (guint8)node->key[i];
    return hash;
}

static gboolean
same_key(gconstpointer a, gconstpointer b)
{
    const TorporNode *one = a, *other = b;
    return one->key_length == other->key_length &&
           memcmp(one->key, other->key, one->key_length) == 0;
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
