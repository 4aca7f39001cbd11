#include "restore/match_population.h"

#include <string.h>

#include "checkpoint/section.h"
#include "host/section_names.h"
#include "host/tree_reader.h"
#include "restore/match_field.h"
#include "restore/nested.h"

static gboolean
mismatch(TorporMatch *match, gint status, const char *path, const char *expected, const char *found,
         GError **error)
{
    return torpor_report_mismatch(match->report, status, path, expected, found, error);
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
    const TorporNode *node = torpor_match_find(use->keys, population, seen);
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
        if (!torpor_match_field(match, g_ptr_array_index(population->live_fields, i), node, entry,
                                seen, error))
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
                               .tree = match->migrated,
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

/* The live objects stay as they are. */
static gboolean
is_of_other_ranks(const TorporMatch *match, const struct torpor_population *listed)
{
    return (listed->flags & TORPOR_POPULATION_OF_RANK) != 0 &&
           torpor_checkpoint_file_n_ranks(match->checkpoint) != torpor_host_n_ranks(match->host);
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
    if (is_of_other_ranks(match, listed))
        return TRUE;
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
