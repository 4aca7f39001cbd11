/* Apply the host's migrations: columns of an older version of a type become those of the live one.
 */
#ifndef TORPOR_RESTORE_MIGRATE_H
#define TORPOR_RESTORE_MIGRATE_H

#include "checkpoint/checkpoint_file.h"
#include "host/catalogue.h"
#include "host/report.h"

G_BEGIN_DECLS

/* One population of a file that is being migrated. */
typedef struct {
    const TorporCatalogue *catalogue;       /* (not owned) */
    const TorporCheckpointFile *checkpoint; /* (not owned) */
    TorporReport *report;                   /* gets notes of what changed (not owned) */
    TorporTree *tree;                       /* takes what migrations make (not owned) */
    const char *population_path;            /* as the host lists it (not owned) */
    guint64 count;                          /* objects */
    gboolean has_columns;                   /* FALSE: a codec wrote the values */
    gboolean has_failed;                    /* a migration itself failed */
} TorporMigrator;

/* Follow the chain of migrations from `version` to the live version. `path` is that of `node` below
 * the population: "", or the path of a nested field. Returns the map in the live version, which is
 * `node` itself if that is its version.
 *
 * errors: TORPOR_STATUS_VERSION if the chain has a gap or the file is newer; what a migration
 * reports. */
const TorporNode *torpor_migrate(TorporMigrator *migrator, const struct torpor_type *type,
                                 guint64 version, const char *path, const TorporNode *node,
                                 GError **error);

G_END_DECLS

#endif
