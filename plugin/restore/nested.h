/* Types inside types: which ones a population's columns were made by, so that a restore notices
 * when one of them has changed. */
#ifndef TORPOR_RESTORE_NESTED_H
#define TORPOR_RESTORE_NESTED_H

#include "restore/migrate.h"

G_BEGIN_DECLS

/* The columns of a population with each nested type's in the version that is live, the innermost
 * first. Those of a type that is not declared any more stay as they are. What is made goes to
 * `trees`. Returns `node` itself where nothing changed; NULL with TORPOR_STATUS_VERSION where no
 * chain of migrations leads to the live version, _MISMATCH where the layout is not what it should
 * be, or what a migration reports. */
const TorporNode *torpor_nested_migrate(TorporMigrator *migrator, const TorporNode *entry,
                                        const TorporNode *node, GError **error);

/* Do the nested fields that the file has in `node` have the types of the live ones, and the codecs
 * (unless a migration led from one to another)? FALSE with TORPOR_STATUS_MISMATCH. */
gboolean torpor_nested_check(const TorporNode *entry, const TorporNode *node,
                             const struct torpor_type *type, const TorporCatalogue *catalogue,
                             GError **error);

G_END_DECLS

#endif
