/* Columns of an older version of a type become those of the live one, by the host's migrations. */
#ifndef TORPOR_RESTORE_MIGRATE_H
#define TORPOR_RESTORE_MIGRATE_H

#include "checkpoint/checkpoint_file.h"
#include "host/catalogue.h"
#include "host/report.h"

G_BEGIN_DECLS

/* One population of a file, on its way to the live versions of its types. */
typedef struct {
    const TorporCatalogue *catalogue;       /* (not owned) */
    const TorporCheckpointFile *checkpoint; /* (not owned) */
    TorporReport *report;                   /* learns what became of each column (not owned) */
    GPtrArray *trees;                       /* take what migrations make (not owned) */
    const char *population_path;            /* as the host lists it (not owned) */
    guint64 count;                          /* objects */
    gboolean has_columns;                   /* else a codec made its values, whatever they are */
    gboolean has_failed;                    /* set: a migration itself reported the error */
} TorporMigrator;

/* Follow the chain from `version` to the live one. `path` is the place of `node` below the
 * population: "" or that of a nested field. Returns the map in the live version: `node` itself if
 * it is that already; NULL with TORPOR_STATUS_VERSION where the chain has a gap or the file is
 * newer, or what a migration reports. */
const TorporNode *torpor_migrate(TorporMigrator *migrator, const struct torpor_type *type,
                                 guint64 version, const char *path, const TorporNode *node,
                                 GError **error);

G_END_DECLS

#endif
