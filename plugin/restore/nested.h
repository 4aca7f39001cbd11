/* Migrate and check nested types: the layout says what they were when they were saved. */
#ifndef TORPOR_RESTORE_NESTED_H
#define TORPOR_RESTORE_NESTED_H

#include "restore/migrate.h"

G_BEGIN_DECLS

/* Migrate the columns of all nested types of a population, innermost first. `node` has the columns,
 * `entry` is the population's in the layout. Columns of a type that is no longer declared stay as
 * they are. Returns `node` if nothing changed, else a map in the migrator's tree.
 *
 * errors: TORPOR_STATUS_VERSION if no chain of migrations leads to the live version;
 * TORPOR_STATUS_MISMATCH if the layout is malformed; what a migration reports. */
const TorporNode *torpor_nested_migrate(TorporMigrator *migrator, const TorporNode *entry,
                                        const TorporNode *node, GError **error);

/* Check that the nested fields in `node` have the types of the live ones, and the same codecs
 * unless they were migrated. TORPOR_STATUS_MISMATCH. */
gboolean torpor_nested_check(const TorporNode *entry, const TorporNode *node,
                             const struct torpor_type *type, const TorporCatalogue *catalogue,
                             GError **error);

G_END_DECLS

#endif
