#include "restore/migrate.h"

#include <string.h>

#include "host/section_names.h"
#include "host/tree_reader.h"
#include "host/tree_writer.h"

/* ---- what became of each column ---- */

/* What a copy of a node shares with its original. NULL: it cannot be recognised. */
static gconstpointer
payload_of(const TorporNode *node)
{
    switch (node->kind) {
    case TORPOR_NODE_ARRAY:
    case TORPOR_NODE_SCALAR:
        return node->value.array;
    case TORPOR_NODE_QUANTITY:
        return node->value.quantity.mantissa;
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        return node->value.map.first;
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return node->value.bytes.data;
    default:
        return NULL;
    }
}

/* The entries on one side of a migration. */
typedef struct {
    const TorporNode *map;
    GHashTable *by_payload; /* the first entry with each payload */
} Side;

static Side
side_of(const TorporNode *map)
{
    Side side = {.map = map, .by_payload = g_hash_table_new(NULL, NULL)};
    for (TorporNode *child = map->value.map.first; child != NULL; child = child->next) {
        gconstpointer payload = payload_of(child);
        if (payload != NULL && !g_hash_table_contains(side.by_payload, payload))
            g_hash_table_insert(side.by_payload, (gpointer)payload, child);
    }
    return side;
}

static void
side_clear(Side *side)
{
    g_hash_table_unref(side->by_payload);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Side, side_clear)

static const TorporNode *
find_namesake(const Side *side, const TorporNode *node)
{
    return torpor_map_find(side->map, node->key, node->key_length);
}

/* The entry that has the same payload as `node`; the one with the same key is preferred. */
static const TorporNode *
find_same(const Side *side, const TorporNode *node)
{
    gconstpointer payload = payload_of(node);
    const TorporNode *namesake = find_namesake(side, node);
    if (payload == NULL || (namesake != NULL && payload_of(namesake) == payload))
        return namesake;
    return g_hash_table_lookup(side->by_payload, payload);
}

static void
note(TorporReport *report, const char *path, const TorporNode *node, const char *what)
{
    g_autoptr(GString) place = g_string_new(path);
    torpor_path_append(place, node->key, node->key_length);
    torpor_report_note(report, place->str, "%s", what);
}

static void
report_columns(TorporReport *report, const char *path, const Side *before, const Side *after,
               guint32 version)
{
    for (const TorporNode *node = after->map->value.map.first; node != NULL; node = node->next) {
        const TorporNode *origin = find_same(before, node);
        gboolean has_namesake = find_namesake(before, node) != NULL;
        gboolean is_moved = origin != NULL && strcmp(origin->key, node->key) != 0;
        if (origin != NULL && !is_moved)
            continue;
        g_autofree char *what =
            is_moved       ? g_strdup_printf("was %s before version %u", origin->key, version)
            : has_namesake ? g_strdup_printf("rewritten by the migration to version %u", version)
                           : g_strdup_printf("new in version %u: made by the migration", version);
        note(report, path, node, what);
    }
    for (const TorporNode *node = before->map->value.map.first; node != NULL; node = node->next) {
        gboolean is_kept = find_namesake(after, node) != NULL ||
                           (payload_of(node) != NULL && find_same(after, node) != NULL);
        g_autofree char *what = g_strdup_printf("left out by the migration to version %u", version);
        if (!is_kept)
            note(report, path, node, what);
    }
}

/* ---- one link of the chain ---- */

static const TorporNode *
migrate_once(TorporMigrator *migrator, const struct torpor_migration *migration, const char *path,
             const TorporNode *node, GError **error)
{
    TorporNode *migrated = torpor_node_new(migrator->tree, TORPOR_NODE_MAP);
    g_auto(TorporTreeReader) reader = {0};
    g_auto(TorporTreeWriter) writer = {0};
    torpor_tree_reader_init(&reader, migrator->checkpoint->file, node, path, migrator->report);
    reader.column_count = migrator->has_columns ? migrator->count : 0;
    torpor_tree_writer_init(&writer, migrator->tree, migrated, path, NULL);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status =
        migration->migrate(migration->migration_data, path + strlen(TORPOR_SECTION_POPULATIONS "/"),
                           migrator->count, &reader.slots, &writer.slots, &failure);
    if (!torpor_tree_writer_finish(&writer, status, &failure, error)) {
        migrator->has_failed = TRUE;
        g_prefix_error(error, "migration of type \"%s\" from version %u to %u: ", migration->type,
                       migration->from_version, migration->to_version);
        return NULL;
    }
    torpor_report_note(migrator->report, path, "migrated from version %u of type \"%s\" to %u",
                       migration->from_version, migration->type, migration->to_version);
    g_auto(Side) before = side_of(node), after = side_of(migrated);
    report_columns(migrator->report, path, &before, &after, migration->to_version);
    return migrated;
}

static const TorporNode *
set_gap(const struct torpor_type *type, guint64 version, GError **error)
{
    gboolean is_newer = version > type->version;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION,
                "expected version %u of type \"%s\", found version %" G_GUINT64_FORMAT "%s",
                type->version, type->name, version,
                is_newer ? ": it was saved by a newer version of this host"
                         : ", and no migration leads on from there");
    return NULL;
}

const TorporNode *
torpor_migrate(TorporMigrator *migrator, const struct torpor_type *type, guint64 version,
               const char *path, const TorporNode *node, GError **error)
{
    g_autofree char *full_path =
        g_strdup_printf(TORPOR_SECTION_POPULATIONS "/%s%s%s", migrator->population_path,
                        path[0] == '\0' ? "" : "/", path);
    while (version != type->version) {
        const struct torpor_migration *migration =
            version > type->version
                ? NULL
                : torpor_catalogue_migration(migrator->catalogue, type->name, (guint32)version);
        if (migration == NULL || migration->to_version > type->version)
            return set_gap(type, version, error);
        node = migrate_once(migrator, migration, full_path, node, error);
        if (node == NULL)
            return NULL;
        version = migration->to_version;
    }
    return node;
}
