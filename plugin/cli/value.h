/* Values as JSON. */
#ifndef TORPOR_CLI_VALUE_H
#define TORPOR_CLI_VALUE_H

#include "cli/numbers.h"
#include "cli/output.h"

G_BEGIN_DECLS

/* Nested lists of numbers, or one number. */
gboolean torpor_json_numbers(TorporJson *json, const char *key, const TorporNumbers *numbers,
                             GError **error);

/* Any node with all that is below it. A quantity is {"value": ..., "unit": ...}, bytes are
 * {"hex": ...}. `path` is that of the node. */
gboolean torpor_json_value(TorporJson *json, const char *key, const TorporFile *file,
                           const TorporLayout *layout, GString *path, const TorporNode *node,
                           GError **error);

G_END_DECLS

#endif
