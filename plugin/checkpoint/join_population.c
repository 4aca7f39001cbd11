#include "checkpoint/join_population.h"

#include <string.h>

#include "checkpoint/joined.h"
#include "checkpoint/joined_ragged.h"
#include "checkpoint/joined_references.h"
#include "checkpoint/nested_layout.h"
#include "checkpoint/section.h"
#include "host/section_names.h"
#include "msgpack/stored.h"
#include "value/convert.h"
#include "value/tree_copy.h"

/* One population that is being joined. */
typedef struct {
    TorporPopulationRows *rows;
    GHashTable *all;         /* the rows of all populations, by path (not owned) */
    const TorporNode *entry; /* of the layout, in one of the shards */
    gsize field;             /* where in a path a field's own begins */
} Joining;

/* ---- columns ---- */

static gboolean join_maps(Joining *joining, const TorporNode **nodes, TorporNode *out,
                          GString *path, GError **error);

/* What the parts have of a column, for the tree, and its unit; all have the same. */
static gboolean
gather_column(const Joining *joining, const TorporNode **nodes, TorporColumnParts *column,
              const TorporUnit **unit, GError **error)
{
    const TorporPopulationRows *rows = joining->rows;
    guint n = rows->join->shards->n;
    const TorporArray **arrays = torpor_tree_alloc(rows->joined->tree, sizeof *arrays * n);
    gboolean is_first = TRUE;
    for (guint i = 0; i < n; i++) {
        const TorporUnit *own_unit = NULL;
        const TorporArray *array = nodes[i] == NULL ? NULL : torpor_node_array(nodes[i], &own_unit);
        arrays[i] = NULL;
        if (nodes[i] == NULL)
            continue;
        if (is_first)
            *unit = own_unit;
        is_first = FALSE;
        if (array == NULL || (*unit == NULL) != (own_unit == NULL) ||
            (*unit != NULL && !torpor_unit_equal(*unit, own_unit)))
            return torpor_population_rows_mismatch(
                rows, "a column is of another kind or unit on another rank", error);
        arrays[i] = torpor_array_copy(rows->joined->tree, array,
                                      torpor_shards_shift(rows->join->shards, i));
    }
    *column = (TorporColumnParts){.file = rows->join->shards->file,
                                  .parts = arrays,
                                  .n_parts = n,
                                  .map = rows->map,
                                  .axis = rows->axis,
                                  .part_rows = rows->part_rows,
                                  .count = rows->count};
    return TRUE;
}

static void
put_array(const Joining *joining, TorporNode *out, const char *key, gsize key_length,
          TorporArray *array, const TorporUnit *unit)
{
    TorporTree *tree = joining->rows->joined->tree;
    TorporNode *node = torpor_node_new(tree, TORPOR_NODE_ARRAY);
    node->value.array = array;
    if (unit != NULL) {
        TorporNode *quantity = torpor_node_new(tree, TORPOR_NODE_QUANTITY);
        quantity->value.quantity.unit = unit;
        quantity->value.quantity.mantissa = node;
        node = quantity;
    }
    torpor_map_append(tree, out, key, (gssize)key_length, node);
}

/* The population that the indices of this field count in; NULL: they are no indices, or the same
 * on every rank. */
static gboolean
find_target(const Joining *joining, const char *path, TorporPopulationRows **target, GError **error)
{
    const TorporNode *references = torpor_map_get(joining->entry, TORPOR_KEY_REFERENCES);
    const TorporNode *name = torpor_map_get(references, path + joining->field);
    *target = NULL;
    if (name == NULL || name->kind != TORPOR_NODE_TEXT || name->value.bytes.data == NULL)
        return TRUE;
    TorporPopulationRows *rows = g_hash_table_lookup(joining->all, name->value.bytes.data);
    if (rows == NULL)
        return torpor_population_rows_mismatch(
            joining->rows, "it refers to a population that the checkpoint does not have", error);
    if (rows->join->live != NULL && rows->live == NULL)
        return torpor_population_rows_mismatch(
            joining->rows, "it refers to a population that the host does not list", error);
    if (!torpor_population_rows_are_keyed(rows))
        return TRUE;
    if (!torpor_population_rows_find(rows, error))
        return FALSE;
    *target = rows->axis == 1 ? NULL : rows; /* with an axis all ranks have the same objects */
    return TRUE;
}

static gboolean
join_column(Joining *joining, const TorporNode **nodes, const TorporNode *first, TorporNode *out,
            GString *path, GError **error)
{
    TorporColumnParts column;
    const TorporUnit *unit = NULL;
    TorporPopulationRows *target;
    if (!gather_column(joining, nodes, &column, &unit, error) ||
        !find_target(joining, path->str, &target, error))
        return FALSE;
    column.never_once = target != NULL;
    TorporTree *tree = joining->rows->joined->tree;
    TorporArray *array = torpor_joined_new(tree, &column, error);
    if (array != NULL && target != NULL)
        array = torpor_joined_references_new(tree, array, joining->rows, target, path->str, error);
    if (array == NULL) {
        g_prefix_error(error, "%s: ", path->str);
        return FALSE;
    }
    put_array(joining, out, first->key, first->key_length, array, unit);
    return TRUE;
}

/* The same entry of each of these maps. */
static const TorporNode **
children_of(const Joining *joining, const TorporNode **nodes, const char *key)
{
    guint n = joining->rows->join->shards->n;
    const TorporNode **children =
        torpor_tree_alloc(joining->rows->joined->tree, sizeof *children * n);
    for (guint i = 0; i < n; i++)
        children[i] = nodes[i] == NULL ? NULL : torpor_map_get(nodes[i], key);
    return children;
}

/* Values of all objects one after the other, and how many each has. */
static gboolean
join_ragged(Joining *joining, const TorporNode **nodes, const TorporNode *first, TorporNode *out,
            GString *path, GError **error)
{
    TorporTree *tree = joining->rows->joined->tree;
    TorporColumnParts values, counts;
    const TorporUnit *unit = NULL, *no_unit = NULL;
    if (joining->rows->axis == 1)
        return torpor_population_rows_refuse(
            joining->rows, "it has a ragged field, which cannot be divided along an axis", error);
    for (guint i = 0; i < joining->rows->join->shards->n; i++)
        if (nodes[i] != NULL && (torpor_map_get(nodes[i], TORPOR_KEY_VALUES) == NULL ||
                                 torpor_map_get(nodes[i], TORPOR_KEY_COUNTS) == NULL))
            return torpor_population_rows_mismatch(
                joining->rows, "a field is ragged on one rank and not on another", error);
    if (!gather_column(joining, children_of(joining, nodes, TORPOR_KEY_VALUES), &values, &unit,
                       error) ||
        !gather_column(joining, children_of(joining, nodes, TORPOR_KEY_COUNTS), &counts, &no_unit,
                       error))
        return FALSE;
    TorporArray *joined_values, *joined_counts;
    if (!torpor_joined_ragged_new(joining->rows, &values, &counts, &joined_values, &joined_counts,
                                  error)) {
        g_prefix_error(error, "%s: ", path->str);
        return FALSE;
    }
    TorporNode *map = torpor_node_new(tree, TORPOR_NODE_MAP);
    torpor_map_append(tree, out, first->key, first->key_length, map);
    put_array(joining, map, TORPOR_KEY_VALUES, strlen(TORPOR_KEY_VALUES), joined_values, unit);
    put_array(joining, map, TORPOR_KEY_COUNTS, strlen(TORPOR_KEY_COUNTS), joined_counts, NULL);
    return TRUE;
}

static gboolean
join_field(Joining *joining, const TorporNode **nodes, const TorporNode *first, TorporNode *out,
           GString *path, GError **error)
{
    const TorporUnit *unit;
    TorporTree *tree = joining->rows->joined->tree;
    if (torpor_node_array(first, &unit) != NULL)
        return join_column(joining, nodes, first, out, path, error);
    if (first->kind != TORPOR_NODE_MAP)
        return torpor_population_rows_refuse(joining->rows, "it has a value that is no column",
                                             error);
    if (torpor_map_get(first, TORPOR_KEY_VALUES) != NULL &&
        torpor_map_get(first, TORPOR_KEY_COUNTS) != NULL)
        return join_ragged(joining, nodes, first, out, path, error);
    TorporNode *map = torpor_node_new(tree, TORPOR_NODE_MAP);
    torpor_map_append(tree, out, first->key, first->key_length, map);
    return join_maps(joining, nodes, map, path, error);
}

/* The keys that the host wants are those that it has. */
static gboolean
put_live_keys(Joining *joining, TorporNode *out, GError **error)
{
    const TorporLiveField *field = joining->rows->live->key_field;
    const TorporDtype *dtype = torpor_dtype_by_id(field->dtype);
    gboolean is_axis = joining->rows->axis == 1;
    const guint64 shape[2] = {is_axis ? 1 : joining->rows->map->n, joining->rows->map->n};
    TorporNode *node = torpor_map_put_array(joining->rows->joined->tree, out, field->field->name,
                                            dtype, joining->rows->axis + 1, shape, NULL);
    if (is_axis && joining->rows->live->listed->count == 0)
        return TRUE;
    void *values =
        torpor_tree_try_alloc(joining->rows->joined->tree, node->value.array->byte_length + 1);
    if (values == NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory for keys");
        return FALSE;
    }
    node->value.array->data = values;
    return torpor_live_field_gather(field, 0, is_axis ? 1 : joining->rows->map->n, values, error);
}

static gboolean
has_other_fields(const Joining *joining, GError **error)
{
    return torpor_population_rows_mismatch(joining->rows, "its ranks have different fields", error);
}

/* The first of them that is not NULL is a map. */
static gboolean
join_maps(Joining *joining, const TorporNode **nodes, TorporNode *out, GString *path,
          GError **error)
{
    guint n = joining->rows->join->shards->n;
    guint number = 0;
    while (nodes[number] == NULL)
        number++;
    const TorporNode *first = nodes[number];
    for (guint i = number + 1; i < n; i++)
        if (nodes[i] != NULL && (nodes[i]->kind != TORPOR_NODE_MAP ||
                                 nodes[i]->value.map.count != first->value.map.count))
            return has_other_fields(joining, error);
    gsize length = path->len;
    for (const TorporNode *child = first->value.map.first; child != NULL; child = child->next) {
        const TorporNode **children =
            torpor_tree_alloc(joining->rows->joined->tree, sizeof *children * n);
        torpor_path_append(path, child->key, child->key_length);
        for (guint i = 0; i < n; i++) {
            children[i] =
                nodes[i] == NULL ? NULL : torpor_map_find(nodes[i], child->key, child->key_length);
            if (nodes[i] != NULL && children[i] == NULL)
                return has_other_fields(joining, error);
        }
        if (!join_field(joining, children, child, out, path, error))
            return FALSE;
        g_string_truncate(path, length);
    }
    return TRUE;
}

/* A codec writes all objects of its type on a rank as one map, whose meaning only it knows. */
static gboolean
check_is_divisible(const Joining *joining, GError **error)
{
    if (torpor_map_get(joining->entry, TORPOR_KEY_CODEC) != NULL)
        return torpor_population_rows_refuse(
            joining->rows, "a codec wrote it, as one value for all objects of a rank", error);
    const TorporNode *nested = torpor_nested_layout_of(joining->entry);
    for (const TorporNode *one = nested == NULL ? NULL : nested->value.map.first; one != NULL;
         one = one->next)
        if (torpor_map_get(one, TORPOR_KEY_CODEC) != NULL)
            return torpor_population_rows_refuse(
                joining->rows, "a codec wrote a part of it, as one value for all objects of a rank",
                error);
    return TRUE;
}

/* Is the column of keys of no use, since rows are numbered by themselves? */
static gboolean
drops_key(const TorporPopulationRows *rows)
{
    if (rows->key == NULL)
        return FALSE;
    /* Of live objects it is put again. */
    return rows->live != NULL || torpor_population_rows_are_numbers(rows);
}

gboolean
torpor_join_population(TorporPopulationRows *rows, GHashTable *all, TorporNode *layout,
                       TorporNode *map, GError **error)
{
    TorporTree *tree = rows->joined->tree;
    Joining joining = {
        .rows = rows, .all = all, .entry = rows->parts.entries[torpor_population_rows_first(rows)]};
    if (!torpor_population_rows_find(rows, error) || !check_is_divisible(&joining, error))
        return FALSE;
    gboolean drops = drops_key(rows);
    gboolean has_key =
        rows->live != NULL ? rows->live->key_field != NULL : !drops; /* of the shards */
    TorporNode *entry = torpor_node_copy(tree, joining.entry, 0);
    torpor_map_append(tree, layout, rows->parts.path, -1, entry);
    TorporNode *count = torpor_map_get(entry, TORPOR_KEY_COUNT);
    count->value.integer = (gint64)(rows->axis == 1 ? rows->count : rows->map->n);
    if (!has_key)
        torpor_map_remove(entry, torpor_map_get(entry, TORPOR_KEY_KEY));
    g_autoptr(GString) path = g_string_new(TORPOR_SECTION_POPULATIONS "/");
    g_string_append(path, rows->parts.path);
    joining.field = path->len + 1;
    if (!join_maps(&joining, rows->parts.nodes, map, path, error))
        return FALSE;
    if (drops)
        torpor_map_remove(map, torpor_map_get(map, rows->key));
    return rows->live == NULL || rows->live->key_field == NULL ||
           put_live_keys(&joining, map, error);
}
