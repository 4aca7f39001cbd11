/* Keys and texts of a checkpoint are names and texts of the host's, which end at a NUL. What has
 * one inside would be taken for what is before it. */
#ifndef TORPOR_CHECKPOINT_PLAIN_TEXTS_H
#define TORPOR_CHECKPOINT_PLAIN_TEXTS_H

#include "value/tree.h"

G_BEGIN_DECLS

/* The same tree (transfer full), NULL if it is NULL. NULL with TORPOR_STATUS_DAMAGED, which names
 * file and place: something in it has a NUL, as in no checkpoint of Torpor's; the tree is freed.
 *
 * Longer texts stayed in the file: see torpor_text_read. */
TorporTree *torpor_plain_texts_only(TorporTree *tree, const char *file_name, GError **error);

G_END_DECLS

#endif
