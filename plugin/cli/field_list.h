/* The fields of a file that people look at, in its order: leaves, ragged fields and events, each
 * with the group that it belongs to. */
#ifndef TORPOR_CLI_FIELD_LIST_H
#define TORPOR_CLI_FIELD_LIST_H

#include "cli/series.h"

G_BEGIN_DECLS

typedef struct {
    char *path;
    char *group;            /* the path of its population, or of the map that it is in */
    const TorporNode *node; /* (not owned) */
} TorporField;

/* At most `max` fields, as an array of TorporField; *n_more others are left out. Of a checkpoint
 * these are populations and trees; what hosts hide is not among them. Transfer full. */
GArray *torpor_field_list(const TorporOpened *opened, const TorporLayout *layout,
                          gboolean is_checkpoint, guint max, guint64 *n_more);

G_END_DECLS

#endif
