#include "restore/match.h"

#include <string.h>

#include "checkpoint/section.h"
#include "host/reference.h"
#include "host/section_names.h"
#include "host/tree_reader.h"
#include "restore/nested.h"

TorporMatch *
torpor_match_new(const TorporHost *host, const TorporCatalogue *catalogue,
                 TorporCheckpointFile *checkpoint, const TorporPopulations *populations,
                 TorporReport *report)
{
    TorporMatch *match = g_new0(TorporMatch, 1);
    match->host = host;
    match->catalogue = catalogue;
    match->checkpoint = checkpoint;
    match->populations = populations;
    match->report = report;
    match->incoming_columns = g_ptr_array_new_with_free_func(g_free);
    match->prepared = g_array_new(FALSE, TRUE, sizeof(TorporPrepared));
    match->migrated = g_ptr_array_new_with_free_func((GDestroyNotify)torpor_tree_free);
    return match;
}

void
torpor_match_free(TorporMatch *match)
{
    if (match == NULL)
        return;
    g_ptr_array_unref(match->incoming_columns);
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

/* Does this array have the field's dtype and the shape [count or 1, ...shape]? */
static gboolean
fits(const TorporLiveField *live_field, const TorporArray *array, guint64 count, GError **error)
{
    gboolean is_pointer = live_field->dtype == TORPOR_DTYPE_POINTER;
    const TorporDtype *dtype =
        torpor_dtype_by_id(is_pointer ? TORPOR_DTYPE_UINT64 : live_field->dtype);
    gboolean same_shape =
        array->rank == live_field->rank + 1 && (array->shape[0] == count || array->shape[0] == 1) &&
        (count > 0 || array->shape[0] == 0) &&
        (live_field->rank == 0 || memcmp(array->shape + 1, live_field->shape,
                                         live_field->rank * sizeof *live_field->shape) == 0);
    if (array->dtype == dtype && same_shape)
        return TRUE;
    guint64 shape[1 + TORPOR_MAX_RANK] = {count};
    memcpy(shape + 1, live_field->shape, live_field->rank * sizeof *shape);
    g_autofree char *expected = torpor_shape_to_text(dtype->name, live_field->rank + 1, shape);
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

/* Take the values from `node`. FALSE if they differ from the field. */
static gboolean
land_values(TorporIncomingColumn *incoming, const TorporNode *node, guint64 count, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    incoming->values = torpor_node_array(node, &incoming->unit);
    if (incoming->values == NULL)
        return set_kind_difference("an array", node, error);
    return fits(live_field, incoming->values, count, error) &&
           torpor_conversion_new(incoming->unit, live_field->unit, live_field->dtype,
                                 &incoming->convert, error);
}

static gboolean
land_ragged(TorporIncomingColumn *incoming, const TorporNode *node, GError **error)
{
    const TorporNode *values = torpor_map_get(node, TORPOR_KEY_VALUES);
    const TorporNode *counts = torpor_map_get(node, TORPOR_KEY_COUNTS);
    if (values == NULL || counts == NULL)
        return set_kind_difference("a map of values and counts", node, error);
    const TorporUnit *unit;
    const TorporArray *array = torpor_node_array(values, &unit);
    if (array == NULL || array->rank == 0)
        return set_kind_difference("an array of values", values, error);
    if (!land_values(incoming, values, array->shape[0], error))
        return FALSE;
    guint64 n = incoming->live_field->population->count;
    incoming->counts = torpor_node_array(counts, &unit);
    gboolean is_fit =
        incoming->counts != NULL && unit == NULL && incoming->counts->rank == 1 &&
        incoming->counts->dtype->id == TORPOR_DTYPE_UINT64 &&
        (incoming->counts->shape[0] == n || (incoming->counts->shape[0] == 1 && n > 0));
    return is_fit ||
           set_kind_difference("counts as an array of uint64, one per object", counts, error);
}

/* The file does not have this field. *is_kept: it has no default either, so the live value stays.
 */
static gboolean
land_missing(TorporMatch *match, TorporIncomingColumn *incoming, gboolean *is_kept, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    *is_kept = TRUE;
    if ((live_field->flags & TORPOR_FIELD_OPTIONAL) == 0)
        return mismatch(match, TORPOR_STATUS_MISMATCH, live_field->path, "this field", "none",
                        error);
    if (torpor_live_field_is_writable(live_field))
        incoming->default_value = live_field->field->default_value;
    *is_kept = incoming->default_value == NULL;
    torpor_report_note(match->report, live_field->path, "not in the file (optional); %s",
                       *is_kept ? "the live value is kept" : "its default value is used");
    return TRUE;
}

/* Check the population that a reference's indices count in. `entry` is that of the layout; NULL if
 * the layout has none for these columns. */
static gboolean
check_target(const TorporLiveField *live_field, const TorporNode *entry, GError **error)
{
    if (entry == NULL)
        return TRUE;
    gsize above =
        strlen(TORPOR_SECTION_POPULATIONS "/") + strlen(live_field->population->path) + strlen("/");
    const char *field = live_field->path + above;
    const TorporNode *references = torpor_map_get(entry, TORPOR_KEY_REFERENCES);
    const TorporNode *target = torpor_map_get(references, field);
    gboolean is_text =
        target != NULL && target->kind == TORPOR_NODE_TEXT && target->value.bytes.data != NULL;
    const char *found = is_text ? target->value.bytes.data : "";
    if (strcmp(found, live_field->field->target) == 0)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "expected references into population \"%s\", found \"%s\"",
                live_field->field->target, found);
    return FALSE;
}

/* The node of a field below its population. All nodes on the way are added to `seen`. */
static const TorporNode *
find_node(char **keys, const TorporNode *node, GHashTable *seen)
{
    for (char **key = keys; node != NULL && *key != NULL; key++) {
        node = torpor_map_get(node, *key);
        if (node != NULL)
            g_hash_table_add(seen, (gpointer)node);
    }
    return node;
}

static gboolean
land(TorporIncomingColumn *incoming, const TorporNode *node, const TorporNode *entry,
     GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    if (torpor_kind_is_ragged(live_field->kind))
        return land_ragged(incoming, node, error);
    return land_values(incoming, node, live_field->population->count, error) &&
           (live_field->kind != TORPOR_FIELD_REFERENCE || check_target(live_field, entry, error));
}

/* Joined: does what users set differ from what they have set now? */
static gboolean
judge_parameter(const TorporMatch *match, const TorporIncomingColumn *incoming, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    gint32 policy = match->checkpoint->parameters;
    gboolean is_live = TRUE;
    if (match->checkpoint->joined == NULL || policy == TORPOR_MISMATCH_IGNORE ||
        (live_field->flags & TORPOR_FIELD_PARAMETER) == 0 ||
        live_field->kind != TORPOR_FIELD_VALUE || incoming->values == NULL)
        return TRUE;
    if (!torpor_incoming_column_is_live(incoming, &is_live, error))
        return FALSE;
    if (!is_live && policy == TORPOR_MISMATCH_WARN)
        torpor_report_warning(match->report, live_field->path,
                              "it differs from what was built now; the run goes on with what the "
                              "checkpoint has");
    if (is_live || policy == TORPOR_MISMATCH_WARN)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_FINGERPRINT,
                "origin: %s differs from what was built now; if that is meant, give origin=warn to "
                "go on with what the checkpoint has, or start another run with another dir or "
                "resume=never",
                live_field->path + strlen(TORPOR_SECTION_POPULATIONS "/"));
    return FALSE;
}

/* Are these the keys by which a checkpoint of several ranks was divided? Then the host has them. */
static gboolean
is_live_key(const TorporMatch *match, const TorporLiveField *live_field)
{
    const TorporPopulation *population =
        torpor_populations_find(match->populations, live_field->population->path);
    return torpor_checkpoint_file_has_live_keys(match->checkpoint) &&
           population->key_field == live_field && live_field->rank == 0;
}

/* entry: of the layout; NULL: another version of the type was saved. */
static gboolean
match_view(TorporMatch *match, const TorporLiveField *live_field, const TorporNode *population,
           const TorporNode *entry, GHashTable *seen, GError **error)
{
    g_autofree TorporIncomingColumn *incoming = g_new0(TorporIncomingColumn, 1);
    incoming->live_field = live_field;
    incoming->file = match->checkpoint->file;
    incoming->convert = (TorporConversion){.is_identity = TRUE};
    const TorporNode *node = find_node(live_field->keys, population, seen);
    gboolean is_kept = FALSE;
    GError *difference = NULL;
    if (node != NULL)
        is_kept = !land(incoming, node, entry, &difference);
    else if (!land_missing(match, incoming, &is_kept, error))
        return FALSE;
    if (live_field->kind == TORPOR_FIELD_REFERENCE && !is_kept) {
        incoming->target = torpor_reference_target(match->populations, live_field, error);
        if (incoming->target == NULL)
            return FALSE;
    }
    gboolean is_difference = TRUE;
    if (!is_kept && !torpor_incoming_column_check(incoming, &is_difference, &difference)) {
        if (!is_difference) {
            g_propagate_error(error, difference);
            return FALSE;
        }
        is_kept = TRUE;
    }
    if (difference != NULL)
        return torpor_report_mismatch_error(match->report, live_field->path, difference, error);
    if (is_kept || !torpor_live_field_is_writable(live_field) ||
        (entry != NULL && is_live_key(match, live_field)))
        return TRUE;
    if (!judge_parameter(match, incoming, error))
        return FALSE;
    if (!incoming->convert.is_identity)
        torpor_report_conversion(match->report, live_field->path, incoming->unit, live_field->unit);
    g_ptr_array_add(match->incoming_columns, g_steal_pointer(&incoming));
    return TRUE;
}

/* Report what the file has and no live field took. */
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

/* The maps of nested fields may also have more than the live type: check those above one field that
 * are not `done` yet. */
static gboolean
match_rest_above(TorporMatch *match, const TorporNode *node, char **keys, GHashTable *seen,
                 GHashTable *done, GString *path, GError **error)
{
    gsize length = path->len;
    for (char **key = keys; key[0] != NULL && key[1] != NULL && node != NULL; key++) {
        node = torpor_map_get(node, *key);
        torpor_path_append(path, *key, strlen(*key));
        gboolean is_new =
            node != NULL && node->kind == TORPOR_NODE_MAP && g_hash_table_add(done, (gpointer)node);
        if (is_new && !match_rest(match, node, seen, path, error))
            return FALSE;
    }
    g_string_truncate(path, length);
    return TRUE;
}

static gboolean
match_nested_rest(TorporMatch *match, const TorporNode *map, const TorporPopulation *population,
                  GHashTable *seen, GString *path, GError **error)
{
    g_autoptr(GHashTable) done = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (guint i = 0; i < population->live_fields->len; i++) {
        const TorporLiveField *live_field = g_ptr_array_index(population->live_fields, i);
        if (!match_rest_above(match, map, live_field->keys, seen, done, path, error))
            return FALSE;
    }
    for (guint i = 0; i < population->codec_uses->len; i++) {
        const TorporCodecUse *use = g_ptr_array_index(population->codec_uses, i);
        if (!match_rest_above(match, map, use->keys, seen, done, path, error))
            return FALSE;
    }
    return match_rest(match, map, seen, path, error);
}

/* ---- one population ---- */

static gboolean
match_codec(TorporMatch *match, const TorporCodecUse *use, const TorporNode *node, GError **error)
{
    const struct torpor_codec *codec = use->codec;
    g_auto(TorporTreeReader) reader = {0};
    torpor_tree_reader_init(&reader, match->checkpoint->file, node, use->path, match->report);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = codec->from_state(codec->codec_data, match->host->data, use->population,
                                      &reader.slots, match->report->mismatch, &failure);
    if (!torpor_host_result(status, &failure, error, "%s", use->path))
        return FALSE;
    TorporPrepared prepared = {.codec = codec, .population = use->population};
    g_array_append_val(match->prepared, prepared);
    return TRUE;
}

/* A nested type that has a codec. */
static gboolean
match_codec_use(TorporMatch *match, const TorporCodecUse *use, const TorporNode *population,
                GHashTable *seen, GError **error)
{
    const TorporNode *node = find_node(use->keys, population, seen);
    if (node != NULL && node->kind == TORPOR_NODE_MAP)
        return match_codec(match, use, node, error);
    if (node != NULL || (use->flags & TORPOR_FIELD_OPTIONAL) == 0)
        return mismatch(match, TORPOR_STATUS_MISMATCH, use->path, "the map of a nested type",
                        node == NULL ? "none" : torpor_node_kind_name(node->kind), error);
    torpor_report_note(match->report, use->path,
                       "not in the file (optional); the live value is kept");
    return TRUE;
}

static gboolean
match_fields(TorporMatch *match, const TorporPopulation *population, const TorporNode *node,
             const TorporNode *entry, const char *path, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (guint i = 0; i < population->live_fields->len; i++)
        if (!match_view(match, g_ptr_array_index(population->live_fields, i), node, entry, seen,
                        error))
            return FALSE;
    for (guint i = 0; i < population->codec_uses->len; i++)
        if (!match_codec_use(match, g_ptr_array_index(population->codec_uses, i), node, seen,
                             error))
            return FALSE;
    g_autoptr(GString) place = g_string_new(path);
    return match_nested_rest(match, node, population, seen, place, error);
}

/* A population, as the layout of the file describes it. */
typedef struct {
    const TorporNode *entry; /* of the layout */
    const TorporNode *node;  /* what was saved */
    const char *type;
    const char *codec; /* NULL: it was saved by its fields */
    guint64 count;
    guint64 version;
} Saved;

/* *is_saved: the file has such a population. */
static gboolean
find_saved(TorporMatch *match, const char *path, Saved *saved, gboolean *is_saved, GError **error)
{
    const TorporNode *layout =
        torpor_checkpoint_file_section(match->checkpoint, TORPOR_SECTION_LAYOUT);
    const TorporNode *section =
        torpor_checkpoint_file_section(match->checkpoint, TORPOR_SECTION_POPULATIONS);
    saved->entry = torpor_map_get(layout, path);
    saved->node = section == NULL ? NULL : torpor_section_find(section, path);
    if (!torpor_checkpoint_file_text(match->checkpoint, saved->entry, TORPOR_KEY_TYPE, &saved->type,
                                     error) ||
        !torpor_checkpoint_file_text(match->checkpoint, saved->entry, TORPOR_KEY_CODEC,
                                     &saved->codec, error))
        return FALSE;
    *is_saved = saved->node != NULL && saved->node->kind == TORPOR_NODE_MAP &&
                saved->type != NULL &&
                torpor_checkpoint_file_uint(saved->entry, TORPOR_KEY_COUNT, &saved->count) &&
                torpor_checkpoint_file_uint(saved->entry, TORPOR_KEY_VERSION, &saved->version);
    return TRUE;
}

static char *
describe(const char *type, guint64 count, const char *codec)
{
    g_autofree char *by =
        codec == NULL ? g_strdup("") : g_strdup_printf(", by the codec of \"%s\"", codec);
    return g_strdup_printf("%" G_GUINT64_FORMAT " objects of type \"%s\"%s", count, type, by);
}

/* What was saved, migrated to the live versions of its type and of the nested types. NULL with a
 * difference, or, if *has_failed, with what a migration reports. */
static const TorporNode *
migrate(TorporMatch *match, const TorporPopulation *population, const Saved *saved,
        gboolean *has_failed, GError **error)
{
    TorporMigrator migrator = {.catalogue = match->catalogue,
                               .checkpoint = match->checkpoint,
                               .report = match->report,
                               .trees = match->migrated,
                               .population_path = population->listed->path,
                               .count = saved->count,
                               .has_columns = saved->codec == NULL};
    const TorporNode *node = torpor_nested_migrate(&migrator, saved->entry, saved->node, error);
    if (node != NULL && saved->version != population->type->version)
        node = torpor_migrate(&migrator, population->type, saved->version, "", node, error);
    else if (node != NULL && saved->codec == NULL &&
             !torpor_nested_check(saved->entry, saved->node, population->type, match->catalogue,
                                  error))
        node = NULL;
    *has_failed = migrator.has_failed;
    return node;
}

static gboolean
match_population(TorporMatch *match, const TorporPopulation *population, GError **error)
{
    const struct torpor_type *type = population->type;
    const struct torpor_population *listed = population->listed;
    const char *codec = population->codec == NULL ? NULL : population->codec->type;
    g_autofree char *path = g_strdup_printf(TORPOR_SECTION_POPULATIONS "/%s", listed->path);
    Saved saved;
    gboolean is_saved;
    if (!find_saved(match, listed->path, &saved, &is_saved, error))
        return FALSE;
    gboolean is_same_version = is_saved && saved.version == type->version;
    /* A migration may lead from fields to a codec, or back. */
    gboolean compares_codecs = !is_saved || is_same_version;
    g_autofree char *expected = describe(type->name, listed->count, compares_codecs ? codec : NULL);
    g_autofree char *found =
        is_saved ? describe(saved.type, saved.count, compares_codecs ? saved.codec : NULL)
                 : g_strdup("none");
    if (strcmp(expected, found) != 0)
        return mismatch(match, TORPOR_STATUS_MISMATCH, path, expected, found, error);
    GError *difference = NULL;
    gboolean has_failed = FALSE;
    const TorporNode *node = migrate(match, population, &saved, &has_failed, &difference);
    if (has_failed) {
        g_propagate_error(error, difference);
        return FALSE;
    }
    if (node == NULL)
        return torpor_report_mismatch_error(match->report, path, difference, error);
    if (population->codec != NULL)
        return match_codec(match, g_ptr_array_index(population->codec_uses, 0), node, error);
    return match_fields(match, population, node, is_same_version ? saved.entry : NULL, path, error);
}

gboolean
torpor_match_populations(TorporMatch *match, GError **error)
{
    const TorporNode *layout =
        torpor_checkpoint_file_section(match->checkpoint, TORPOR_SECTION_LAYOUT);
    for (guint i = 0; i < match->populations->in_order->len; i++)
        if (!match_population(match, g_ptr_array_index(match->populations->in_order, i), error))
            return FALSE;
    if (layout == NULL || layout->kind != TORPOR_NODE_MAP)
        return TRUE;
    for (const TorporNode *entry = layout->value.map.first; entry != NULL; entry = entry->next) {
        if (torpor_populations_find(match->populations, entry->key) != NULL)
            continue;
        g_autofree char *path = g_strdup_printf(TORPOR_SECTION_POPULATIONS "/%s", entry->key);
        if (!mismatch(match, TORPOR_STATUS_MISMATCH, path, "no such population", "one", error))
            return FALSE;
    }
    return TRUE;
}
