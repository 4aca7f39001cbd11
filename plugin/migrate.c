#include "migrate.h"

#include "tree_reader.h"
#include "tree_writer.h"

static const TorporNode *
migrate_once(const struct torpor_migration *migration, const char *population_path, guint64 count,
             const TorporSnapshot *snapshot, const TorporNode *node, TorporReport *report,
             GPtrArray *trees, GError **error)
{
    TorporTree *tree = torpor_tree_new();
    g_ptr_array_add(trees, tree);
    g_autofree char *path = g_strdup_printf("populations/%s", population_path);
    g_auto(TorporTreeReader) reader = {0};
    g_auto(TorporTreeWriter) writer = {0};
    torpor_tree_reader_init(&reader, snapshot->file, node, path, report);
    torpor_tree_writer_init(&writer, tree, torpor_tree_root(tree), path);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = migration->migrate(migration->migration_data, population_path, count,
                                       &reader.slots, &writer.slots, &failure);
    if (!torpor_tree_writer_finish(&writer, status, &failure, error)) {
        g_prefix_error(error, "migration of type \"%s\" from version %u to %u: ", migration->type,
                       migration->from_version, migration->to_version);
        return NULL;
    }
    return torpor_tree_root(tree);
}

const TorporNode *
torpor_migrate(const TorporCatalogue *catalogue, const struct torpor_type *type, guint32 version,
               const char *population_path, guint64 count, const TorporSnapshot *snapshot,
               const TorporNode *node, TorporReport *report, GPtrArray *trees, GError **error)
{
    g_autofree char *path = g_strdup_printf("populations/%s", population_path);
    while (version != type->version) {
        const struct torpor_migration *migration =
            torpor_catalogue_migration(catalogue, type->name, version);
        if (migration == NULL || migration->to_version > type->version) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION,
                        "expected version %u of type \"%s\", found version %u, and no migration "
                        "leads on from there",
                        type->version, type->name, version);
            return NULL;
        }
        node =
            migrate_once(migration, population_path, count, snapshot, node, report, trees, error);
        if (node == NULL)
            return NULL;
        torpor_report_note(report, path, "migrated from version %u of type \"%s\" to %u", version,
                           type->name, migration->to_version);
        version = migration->to_version;
    }
    return node;
}
