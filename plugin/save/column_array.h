/* A save: the array in the file that a field's values become. */
#ifndef TORPOR_SAVE_COLUMN_ARRAY_H
#define TORPOR_SAVE_COLUMN_ARRAY_H

#include "host/live_field.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Accessors get columns at multiples of this address, whatever the dtype. */
#define TORPOR_COLUMN_ALIGNMENT 16u

/* Memory for values of the field, by g_try_malloc. TORPOR_STATUS_NO_MEMORY names the field. */
gpointer torpor_column_memory(const TorporLiveField *live_field, guint64 bytes, GError **error);

/* Append under `key` an array [n, ...shape of the field], with the field's unit. */
TorporArray *torpor_column_array(const TorporLiveField *live_field, TorporTree *tree,
                                 TorporNode *map, const char *key, guint64 n, GError **error);

G_END_DECLS

#endif
