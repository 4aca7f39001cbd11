#include "match.h"

#include <string.h>

#include "branch.h"
#include "migrate.h"
#include "reference.h"
#include "tree_reader.h"

#define IS_RAGGED(kind) ((kind) == TORPOR_FIELD_RAGGED || (kind) == TORPOR_FIELD_BLOB)

TorporMatch *
torpor_match_new(const TorporHost *host, const TorporCatalogue *catalogue, TorporSnapshot *snapshot,
                 const TorporPopulations *populations, TorporReport *report)
{
    TorporMatch *match = g_new0(TorporMatch, 1);
    match->host = host;
    match->catalogue = catalogue;
    match->snapshot = snapshot;
    match->populations = populations;
    match->report = report;
    match->landings = g_ptr_array_new_with_free_func(g_free);
    match->prepared = g_array_new(FALSE, TRUE, sizeof(TorporPrepared));
    match->migrated = g_ptr_array_new_with_free_func((GDestroyNotify)torpor_tree_free);
    return match;
}

void
torpor_match_free(TorporMatch *match)
{
    if (match == NULL)
        return;
    g_ptr_array_unref(match->landings);
    g_array_unref(match->prepared);
    g_ptr_array_unref(match->migrated);
    g_free(match);
}

static gboolean
mismatch(TorporMatch *match, gint status, const char *path, const char *expected, const char *found,
         GError **error)
{
    return torpor_report_mismatch(match->report, status, path, expected, found, error);
}

/* ---- one field ---- */

/* Is this array [count or 1, ...shape] of the field's dtype? A difference otherwise. */
static gboolean
fits(const TorporView *view, const TorporArray *array, guint64 count, GError **error)
{
    gboolean is_pointer = view->dtype == TORPOR_DTYPE_POINTER;
    const TorporDtype *dtype = torpor_dtype_by_id(is_pointer ? TORPOR_DTYPE_UINT64 : view->dtype);
    gboolean same_shape =
        array->rank == view->rank + 1 && (array->shape[0] == count || array->shape[0] == 1) &&
        (count > 0 || array->shape[0] == 0) &&
        (view->rank == 0 ||
         memcmp(array->shape + 1, view->shape, view->rank * sizeof *view->shape) == 0);
    if (array->dtype == dtype && same_shape)
        return TRUE;
    guint64 shape[1 + TORPOR_MAX_RANK] = {count};
    memcpy(shape + 1, view->shape, view->rank * sizeof *shape);
    g_autofree char *expected = torpor_shape_to_text(dtype->name, view->rank + 1, shape);
    g_autofree char *found = torpor_shape_to_text(array->dtype_name, array->rank, array->shape);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH, "expected %s, found %s", expected,
                found);
    return FALSE;
}

static gboolean
set_kind_difference(const char *expected, const TorporNode *node, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH, "expected %s, found %s", expected,
                torpor_node_kind_name(node->kind));
    return FALSE;
}

/* Take the values from `node`. FALSE with a difference. */
static gboolean
land_values(TorporMatch *match, TorporLanding *landing, const TorporNode *node, guint64 count,
            GError **error)
{
    const TorporUnit *unit;
    const TorporView *view = landing->view;
    landing->values = torpor_node_array(node, &unit);
    if (landing->values == NULL)
        return set_kind_difference("an array", node, error);
    if (!fits(view, landing->values, count, error) ||
        !torpor_conversion_new(unit, view->unit, view->dtype, &landing->convert, error))
        return FALSE;
    if (!landing->convert.is_identity)
        torpor_report_conversion(match->report, view->path, unit, view->unit);
    return TRUE;
}

static gboolean
land_ragged(TorporMatch *match, TorporLanding *landing, const TorporNode *node, GError **error)
{
    const TorporNode *values = torpor_map_find(node, "values", strlen("values"));
    const TorporNode *counts = torpor_map_find(node, "counts", strlen("counts"));
    if (values == NULL || counts == NULL)
        return set_kind_difference("a map of values and counts", node, error);
    const TorporUnit *unit;
    const TorporArray *array = torpor_node_array(values, &unit);
    if (array == NULL || array->rank == 0)
        return set_kind_difference("an array of values", values, error);
    if (!land_values(match, landing, values, array->shape[0], error))
        return FALSE;
    guint64 n = landing->view->population->count;
    landing->counts = torpor_node_array(counts, &unit);
    gboolean is_fit = landing->counts != NULL && unit == NULL && landing->counts->rank == 1 &&
                      landing->counts->dtype->id == TORPOR_DTYPE_UINT64 &&
                      (landing->counts->shape[0] == n || (landing->counts->shape[0] == 1 && n > 0));
    return is_fit ||
           set_kind_difference("counts as an array of uint64, one per object", counts, error);
}

static gboolean
land_missing(TorporMatch *match, TorporLanding *landing, gboolean *is_kept, GError **error)
{
    const TorporView *view = landing->view;
    *is_kept = TRUE;
    if ((view->flags & TORPOR_FIELD_OPTIONAL) == 0)
        return mismatch(match, TORPOR_STATUS_MISMATCH, view->path, "this field", "none", error);
    gboolean has_default = view->field->default_value != NULL && !IS_RAGGED(view->kind) &&
                           view->kind != TORPOR_FIELD_REFERENCE;
    *is_kept = !has_default;
    torpor_report_note(match->report, view->path, "not in the file (optional); %s",
                       has_default ? "its default value is used" : "the live value is kept");
    return TRUE;
}

/* The node of a view below its population; every node on the way is `seen`. */
static const TorporNode *
find_node(const TorporView *view, const TorporNode *node, GHashTable *seen)
{
    for (char **key = view->keys; node != NULL && *key != NULL; key++) {
        node = torpor_map_find(node, *key, strlen(*key));
        if (node != NULL)
            g_hash_table_add(seen, (gpointer)node);
    }
    return node;
}

/* One row of a nested field's default has the size of the innermost field's value. */
static gboolean
default_fits(const TorporView *view)
{
    return view->part_offsets == NULL || view->n_parts * view->part_bytes == view->part_bytes;
}

static gboolean
match_view(TorporMatch *match, const TorporView *view, const TorporNode *population,
           GHashTable *seen, GError **error)
{
    g_autofree TorporLanding *landing = g_new0(TorporLanding, 1);
    landing->view = view;
    landing->file = match->snapshot->file;
    landing->convert = (TorporConversion){.is_identity = TRUE};
    const TorporNode *node = find_node(view, population, seen);
    gboolean is_kept = FALSE;
    GError *difference = NULL;
    if (node == NULL) {
        if (!land_missing(match, landing, &is_kept, error))
            return FALSE;
        landing->default_row = default_fits(view) ? view->field->default_value : NULL;
        is_kept = is_kept || landing->default_row == NULL;
    } else {
        gboolean landed = IS_RAGGED(view->kind) ? land_ragged(match, landing, node, &difference)
                                                : land_values(match, landing, node,
                                                              view->population->count, &difference);
        is_kept = !landed;
    }
    if (view->kind == TORPOR_FIELD_REFERENCE && !is_kept) {
        landing->target = torpor_reference_target(match->populations, view, error);
        if (landing->target == NULL)
            return FALSE;
    }
    gboolean is_difference = TRUE;
    if (!is_kept && !torpor_landing_check(landing, &is_difference, &difference)) {
        if (!is_difference) {
            g_propagate_error(error, difference);
            return FALSE;
        }
        is_kept = TRUE;
    }
    if (difference != NULL)
        return torpor_report_mismatch_error(match->report, view->path, difference, error);
    if (!is_kept && torpor_view_is_writable(view))
        g_ptr_array_add(match->landings, g_steal_pointer(&landing));
    return TRUE;
}

/* What the file has and no live field took. */
static gboolean
match_rest(TorporMatch *match, const TorporNode *map, GHashTable *seen, GString *path,
           GError **error)
{
    for (const TorporNode *child = map->value.map.first; child != NULL; child = child->next) {
        gsize length = path->len;
        torpor_path_append(path, child->key, child->key_length);
        if (!g_hash_table_contains(seen, child)) {
            g_autofree char *found =
                g_strdup_printf("%s (removed field?)", torpor_node_kind_name(child->kind));
            if (!mismatch(match, TORPOR_STATUS_MISMATCH, path->str, "nothing of that name", found,
                          error))
                return FALSE;
        }
        g_string_truncate(path, length);
    }
    return TRUE;
}

/* Maps of nested fields may hold more than the live type has, too. */
static gboolean
match_nested_rest(TorporMatch *match, const TorporNode *map, const TorporPopulation *population,
                  GHashTable *seen, GString *path, GError **error)
{
    g_autoptr(GHashTable) done = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (guint i = 0; i < population->views->len; i++) {
        const TorporView *view = g_ptr_array_index(population->views, i);
        const TorporNode *node = map;
        gsize length = path->len;
        for (char **key = view->keys; key[0] != NULL && key[1] != NULL && node != NULL; key++) {
            node = torpor_map_find(node, *key, strlen(*key));
            torpor_path_append(path, *key, strlen(*key));
            gboolean is_new = node != NULL && node->kind == TORPOR_NODE_MAP &&
                              g_hash_table_add(done, (gpointer)node);
            if (is_new && !match_rest(match, node, seen, path, error))
                return FALSE;
        }
        g_string_truncate(path, length);
    }
    return match_rest(match, map, seen, path, error);
}

/* ---- one population ---- */

static gboolean
match_codec(TorporMatch *match, const TorporPopulation *population, const TorporNode *node,
            const char *path, GError **error)
{
    const struct torpor_codec *codec = population->codec;
    g_auto(TorporTreeReader) reader = {0};
    torpor_tree_reader_init(&reader, match->snapshot->file, node, path, match->report);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = codec->from_state(codec->codec_data, match->host->data, population->listed,
                                      &reader.slots, match->report->mismatch, &failure);
    if (!torpor_host_result(status, &failure, error, "%s", path))
        return FALSE;
    TorporPrepared prepared = {.codec = codec, .population = population->listed};
    g_array_append_val(match->prepared, prepared);
    return TRUE;
}

static gboolean
match_fields(TorporMatch *match, const TorporPopulation *population, const TorporNode *node,
             const char *path, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (guint i = 0; i < population->views->len; i++)
        if (!match_view(match, g_ptr_array_index(population->views, i), node, seen, error))
            return FALSE;
    g_autoptr(GString) place = g_string_new(path);
    return match_nested_rest(match, node, population, seen, place, error);
}

/* How the file describes a population, for comparison with the live one. */
static char *
describe(const char *type, guint64 count, gboolean has_codec)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT " objects of type \"%s\"%s", count, type,
                           has_codec ? " (by a codec)" : "");
}

/* Types inside the population's type, whose fields would otherwise be taken for those of the live
 * version. Migrations are the outer type's. */
static gboolean
check_nested(TorporMatch *match, const TorporNode *entry, const char *path, GError **error)
{
    const TorporNode *nested = torpor_map_find(entry, "nested", strlen("nested"));
    if (nested == NULL || nested->kind != TORPOR_NODE_MAP)
        return TRUE;
    for (const TorporNode *child = nested->value.map.first; child != NULL; child = child->next) {
        const struct torpor_type *live = torpor_registry_find(match->catalogue->types, child->key);
        guint64 version;
        if (live == NULL || !torpor_snapshot_uint(child, "", &version) || version == live->version)
            continue;
        g_autofree char *expected =
            g_strdup_printf("version %u of the nested type \"%s\"", live->version, live->name);
        g_autofree char *found = g_strdup_printf("version %" G_GUINT64_FORMAT, version);
        if (!mismatch(match, TORPOR_STATUS_VERSION, path, expected, found, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
match_population(TorporMatch *match, const TorporPopulation *population, const TorporNode *layout,
                 GError **error)
{
    const struct torpor_population *listed = population->listed;
    g_autofree char *path = g_strdup_printf("populations/%s", listed->path);
    const TorporNode *section = torpor_snapshot_section(match->snapshot, "populations");
    const TorporNode *entry =
        layout == NULL ? NULL : torpor_map_find(layout, listed->path, strlen(listed->path));
    const TorporNode *node = section == NULL ? NULL : torpor_branch_find(section, listed->path);
    g_autofree char *expected =
        describe(population->type->name, listed->count, population->codec != NULL);
    guint64 count = 0;
    guint64 version = 0;
    const char *type = torpor_snapshot_text(match->snapshot, entry, "type");
    if (node == NULL || node->kind != TORPOR_NODE_MAP || type == NULL ||
        !torpor_snapshot_uint(entry, "count", &count) ||
        !torpor_snapshot_uint(entry, "version", &version))
        return mismatch(match, TORPOR_STATUS_MISMATCH, path, expected, "none", error);
    gboolean has_codec = torpor_map_find(entry, "codec", strlen("codec")) != NULL;
    g_autofree char *found = describe(type, count, has_codec);
    if (strcmp(expected, found) != 0)
        return mismatch(match, TORPOR_STATUS_MISMATCH, path, expected, found, error);
    if (version != population->type->version) {
        GError *gap = NULL;
        guint32 from = (guint32)MIN(version, G_MAXUINT32);
        const TorporNode *migrated =
            torpor_migrate(match->catalogue, population->type, from, listed->path, count,
                           match->snapshot, node, match->report, match->migrated, &gap);
        if (migrated == NULL && gap->code != TORPOR_STATUS_VERSION) {
            g_propagate_error(error, gap);
            return FALSE;
        }
        if (migrated == NULL && !torpor_report_mismatch_error(match->report, path, gap, error))
            return FALSE;
        node = migrated == NULL ? node : migrated;
    } else if (!check_nested(match, entry, path, error)) {
        return FALSE;
    }
    return population->codec != NULL ? match_codec(match, population, node, path, error)
                                     : match_fields(match, population, node, path, error);
}

gboolean
torpor_match_populations(TorporMatch *match, GError **error)
{
    const TorporNode *layout = torpor_snapshot_section(match->snapshot, "layout");
    for (guint i = 0; i < match->populations->in_order->len; i++)
        if (!match_population(match, g_ptr_array_index(match->populations->in_order, i), layout,
                              error))
            return FALSE;
    if (layout == NULL || layout->kind != TORPOR_NODE_MAP)
        return TRUE;
    for (const TorporNode *entry = layout->value.map.first; entry != NULL; entry = entry->next) {
        if (torpor_populations_find(match->populations, entry->key) != NULL)
            continue;
        g_autofree char *path = g_strdup_printf("populations/%s", entry->key);
        if (!mismatch(match, TORPOR_STATUS_MISMATCH, path, "no such population", "one", error))
            return FALSE;
    }
    return TRUE;
}
