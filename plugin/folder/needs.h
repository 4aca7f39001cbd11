/* What checkpoints need: the earlier ones of their folder that hold bytes which they refer to. One
 * of several ranks needs, and is needed, as a whole: its manifest says what all of its shards need.
 */
#ifndef TORPOR_FOLDER_NEEDS_H
#define TORPOR_FOLDER_NEEDS_H

#include "folder/checkpoint_list.h"

G_BEGIN_DECLS

/* A set of names of checkpoints. Transfer full. */
GHashTable *torpor_needs_new(void);
/* Add those that this one needs, in the folder of this descriptor. FALSE: it cannot be read now, so
 * nobody knows. */
gboolean torpor_needs_add(GHashTable *needs, int folder, const TorporCheckpoint *checkpoint,
                          GError **error);

G_END_DECLS

#endif
