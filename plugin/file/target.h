/* The path that a save writes to. A new file is written beside the one at the path, and replaces it
 * when it is complete. */
#ifndef TORPOR_FILE_TARGET_H
#define TORPOR_FILE_TARGET_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    char *path;      /* as the caller gave it */
    char *name;      /* in the folder */
    char *temp_name; /* of the new file; NULL once it is in place */
    int folder;      /* descriptor */
    int file;        /* descriptor of the new file */
    gboolean overwrite;
    gboolean fsync;
} TorporTarget;

/* Begin a new file beside `path`. folder: a descriptor; the file goes there under the last part of
 * `path`, and the rest of that is for messages only. AT_FDCWD: where the path leads. Fails if there
 * is no folder or no right to write there, if the path is that of a folder or, without `overwrite`,
 * of a file; there is nothing to close then. */
gboolean torpor_target_open(TorporTarget *target, int folder, const char *path, gboolean overwrite,
                            gboolean fsync, GError **error);

/* Put the complete file in place of the one at the path. With `fsync`, its new name is durable,
 * too; the caller syncs its content before. */
gboolean torpor_target_put_in_place(TorporTarget *target, GError **error);

/* Also removes the new file if it is not in place. */
void torpor_target_close(TorporTarget *target);

G_END_DECLS

#endif
