#include "restore/match_field.h"

#include <string.h>

#include "host/reference.h"
#include "host/section_names.h"
#include "restore/incoming_ragged.h"

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
take_values(TorporIncomingColumn *incoming, const TorporNode *node, guint64 count, GError **error)
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
take_ragged(TorporIncomingColumn *incoming, const TorporNode *node, GError **error)
{
    const TorporNode *values = torpor_map_get(node, TORPOR_KEY_VALUES);
    const TorporNode *counts = torpor_map_get(node, TORPOR_KEY_COUNTS);
    if (values == NULL || counts == NULL)
        return set_kind_difference("a map of values and counts", node, error);
    const TorporUnit *unit;
    const TorporArray *array = torpor_node_array(values, &unit);
    if (array == NULL || array->rank == 0)
        return set_kind_difference("an array of values", values, error);
    if (!take_values(incoming, values, array->shape[0], error))
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
take_missing(TorporMatch *match, TorporIncomingColumn *incoming, gboolean *is_kept, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    *is_kept = TRUE;
    if ((live_field->flags & TORPOR_FIELD_OPTIONAL) == 0)
        return torpor_report_mismatch(match->report, TORPOR_STATUS_MISMATCH, live_field->path,
                                      "this field", "none", error);
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

const TorporNode *
torpor_match_find(char **keys, const TorporNode *node, GHashTable *seen)
{
    for (char **key = keys; node != NULL && *key != NULL; key++) {
        node = torpor_map_get(node, *key);
        if (node != NULL)
            g_hash_table_add(seen, (gpointer)node);
    }
    return node;
}

static gboolean
take(TorporIncomingColumn *incoming, const TorporNode *node, const TorporNode *entry,
     GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    if (torpor_kind_is_ragged(live_field->kind))
        return take_ragged(incoming, node, error);
    return take_values(incoming, node, live_field->population->count, error) &&
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

/* Prepare. *is_difference: a CONSTANT field differs, and the mismatch policy decides. */
static gboolean
check(TorporIncomingColumn *incoming, gboolean *is_difference, GError **error)
{
    const TorporLiveField *live_field = incoming->live_field;
    *is_difference = FALSE;
    return torpor_live_field_check_objects(live_field, error) &&
           (incoming->target == NULL ||
            torpor_reference_prepare(live_field, incoming->target, error)) &&
           (torpor_kind_is_ragged(live_field->kind)
                ? torpor_incoming_ragged_check(incoming, is_difference, error)
                : torpor_incoming_column_check_rows(incoming, is_difference, error));
}

gboolean
torpor_match_field(TorporMatch *match, const TorporLiveField *live_field,
                   const TorporNode *population, const TorporNode *entry, GHashTable *seen,
                   GError **error)
{
    g_autofree TorporIncomingColumn *incoming = g_new0(TorporIncomingColumn, 1);
    incoming->live_field = live_field;
    incoming->file = match->checkpoint->file;
    incoming->convert = (TorporConversion){.is_identity = TRUE};
    const TorporNode *node = torpor_match_find(live_field->keys, population, seen);
    gboolean is_kept = FALSE;
    GError *difference = NULL;
    if (node != NULL)
        is_kept = !take(incoming, node, entry, &difference);
    else if (!take_missing(match, incoming, &is_kept, error))
        return FALSE;
    if (live_field->kind == TORPOR_FIELD_REFERENCE && !is_kept) {
        incoming->target = torpor_reference_target(match->populations, live_field, error);
        if (incoming->target == NULL)
            return FALSE;
    }
    gboolean is_difference = TRUE;
    if (!is_kept && !check(incoming, &is_difference, &difference)) {
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
