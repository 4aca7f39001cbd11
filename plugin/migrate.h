/* Columns of an older version of a type become those of the live one, by the host's migrations. */
#ifndef TORPOR_CORE_MIGRATE_H
#define TORPOR_CORE_MIGRATE_H

#include "catalogue.h"
#include "report.h"
#include "snapshot.h"

G_BEGIN_DECLS

/* Follow the chain from `version` to the live one. `node` is the population in the file. Returns
 * its columns in the live version, in trees that go to `trees`; NULL with TORPOR_STATUS_VERSION
 * where the chain has a gap, or what a migration reports. */
const TorporNode *torpor_migrate(const TorporCatalogue *catalogue, const struct torpor_type *type,
                                 guint32 version, const char *population_path, guint64 count,
                                 const TorporSnapshot *snapshot, const TorporNode *node,
                                 TorporReport *report, GPtrArray *trees, GError **error);

G_END_DECLS

#endif
