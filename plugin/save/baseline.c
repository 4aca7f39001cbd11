#include "save/baseline.h"

#include <string.h>

#include "checkpoint/section.h"
#include "host/section_names.h"
#include "msgpack/decode.h"

struct _TorporBaseline {
    gint n_references; /* atomic */
    guint64 step;
    TorporEarlier *earlier;
    GHashTable *columns; /* path of a live field -> TorporBaselineColumn */
};

/* ---- what a save notes ---- */

static void
revision_free(gpointer data)
{
    TorporRevision *revision = data;
    g_free(revision->population);
    g_strfreev(revision->keys);
    g_free(revision);
}

GHashTable *
torpor_revisions_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, revision_free);
}

void
torpor_revisions_note(GHashTable *revisions, const TorporLiveField *live_field)
{
    if (live_field->revision == 0)
        return;
    TorporRevision *noted = g_new0(TorporRevision, 1);
    noted->revision = live_field->revision;
    noted->population = g_strdup(live_field->population->path);
    noted->keys = g_strdupv(live_field->keys);
    g_hash_table_insert(revisions, g_strdup(live_field->path), noted);
}

/* ---- what is in the file ---- */

static void
column_free(gpointer data)
{
    TorporBaselineColumn *column = data;
    g_clear_pointer(&column->blocks, g_array_unref);
    g_free(column);
}

static GArray *
blocks_of(const TorporEarlier *earlier, const TorporArray *array)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(TorporBlock));
    for (guint i = 0; i < array->n_extents; i++) {
        const TorporExtent *extent = &array->extents[i];
        g_autoptr(GArray) blocks = torpor_earlier_blocks(earlier, extent->place, extent->length);
        if (blocks == NULL)
            return NULL;
        g_array_append_vals(all, blocks->data, blocks->len);
    }
    return all->len == 0 ? NULL : g_steal_pointer(&all);
}

static const TorporArray *
array_at(const TorporNode *node)
{
    if (node != NULL && node->kind == TORPOR_NODE_QUANTITY)
        node = node->value.quantity.mantissa;
    return node != NULL && node->kind == TORPOR_NODE_ARRAY ? node->value.array : NULL;
}

/* The values of a field RAGGED, if all objects have as many, and any. */
static const TorporArray *
ragged_values(const TorporNode *map, guint64 *length)
{
    const TorporArray *counts = array_at(torpor_map_get(map, TORPOR_KEY_COUNTS));
    if (counts == NULL || counts->data == NULL || counts->byte_length != sizeof *length)
        return NULL;
    memcpy(length, counts->data, sizeof *length);
    return *length == 0 ? NULL : array_at(torpor_map_get(map, TORPOR_KEY_VALUES));
}

/* NULL: it is neither an array, nor has it lengths that are equal. */
static TorporBaselineColumn *
read_column(const TorporEarlier *earlier, const TorporNode *populations,
            const TorporRevision *noted)
{
    const TorporNode *node = torpor_section_find(populations, noted->population);
    for (char **key = noted->keys; node != NULL && *key != NULL; key++)
        node = node->kind == TORPOR_NODE_MAP ? torpor_map_get(node, *key) : NULL;
    guint64 length = 0;
    gboolean is_map = node != NULL && node->kind == TORPOR_NODE_MAP;
    const TorporArray *array = is_map ? ragged_values(node, &length) : array_at(node);
    if (array == NULL || array->rank == 0 || array->rank - 1 > TORPOR_MAX_RANK)
        return NULL;
    TorporBaselineColumn *column = g_new0(TorporBaselineColumn, 1);
    column->revision = noted->revision;
    column->dtype = array->dtype->id;
    column->rank = array->rank - 1;
    column->n_rows = array->shape[0];
    column->length = length;
    memcpy(column->shape, array->shape + 1, column->rank * sizeof *column->shape);
    column->blocks = blocks_of(earlier, array);
    return column;
}

static gboolean
read_columns(TorporBaseline *baseline, const TorporFile *file, GHashTable *revisions,
             GError **error)
{
    if (revisions == NULL || g_hash_table_size(revisions) == 0)
        return TRUE;
    g_autoptr(TorporTree) tree = torpor_decode_file(file, error);
    if (tree == NULL)
        return FALSE;
    const TorporNode *populations =
        torpor_map_get(torpor_tree_root(tree), TORPOR_SECTION_POPULATIONS);
    GHashTableIter iterator;
    gpointer name, noted;
    g_hash_table_iter_init(&iterator, revisions);
    while (g_hash_table_iter_next(&iterator, &name, &noted)) {
        TorporBaselineColumn *column = read_column(baseline->earlier, populations, noted);
        if (column != NULL)
            g_hash_table_insert(baseline->columns, g_strdup(name), column);
    }
    return TRUE;
}

/* ---- public ---- */

TorporBaseline *
torpor_baseline_new(int folder, const char *path, guint64 step, GHashTable *revisions,
                    GError **error)
{
    g_autoptr(TorporFile) file = torpor_file_open_in(folder, path, error);
    g_autoptr(TorporEarlier) earlier =
        file == NULL ? NULL : torpor_earlier_new(folder, file, error);
    if (earlier == NULL)
        return NULL;
    g_autoptr(TorporBaseline) baseline = g_new0(TorporBaseline, 1);
    baseline->n_references = 1;
    baseline->step = step;
    baseline->earlier = g_steal_pointer(&earlier);
    baseline->columns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, column_free);
    return read_columns(baseline, file, revisions, error) ? g_steal_pointer(&baseline) : NULL;
}

TorporBaseline *
torpor_baseline_ref(TorporBaseline *baseline)
{
    g_atomic_int_inc(&baseline->n_references);
    return baseline;
}

void
torpor_baseline_unref(TorporBaseline *baseline)
{
    if (baseline == NULL || !g_atomic_int_dec_and_test(&baseline->n_references))
        return;
    torpor_earlier_free(baseline->earlier);
    g_hash_table_unref(baseline->columns);
    g_free(baseline);
}

guint64
torpor_baseline_step(const TorporBaseline *baseline)
{
    return baseline->step;
}

const TorporEarlier *
torpor_baseline_earlier(const TorporBaseline *baseline)
{
    return baseline->earlier;
}

static guint32
dtype_in_file(const TorporLiveField *live_field)
{
    return live_field->dtype == TORPOR_DTYPE_POINTER ? TORPOR_DTYPE_UINT64 : live_field->dtype;
}

static gboolean
has_rows_of(const TorporBaselineColumn *column, const TorporLiveField *live_field)
{
    guint64 count = live_field->population->count;
    gboolean is_ragged = torpor_kind_is_ragged(live_field->kind);
    if (is_ragged != (column->length > 0))
        return FALSE;
    if (is_ragged)
        return column->n_rows / column->length == count && column->n_rows % column->length == 0;
    return column->n_rows == 1 || column->n_rows == count;
}

const TorporBaselineColumn *
torpor_baseline_find(const TorporBaseline *baseline, const TorporLiveField *live_field)
{
    const TorporBaselineColumn *column =
        baseline == NULL || live_field->revision == 0
            ? NULL
            : g_hash_table_lookup(baseline->columns, live_field->path);
    gboolean is_same =
        column != NULL && column->revision == live_field->revision &&
        column->dtype == dtype_in_file(live_field) && column->rank == live_field->rank &&
        memcmp(column->shape, live_field->shape, column->rank * sizeof *column->shape) == 0 &&
        has_rows_of(column, live_field);
    return is_same ? column : NULL;
}
