/* A target is the path that a save writes to. A new file is written beside the one that the path
 * leads to, and replaces it when it is complete. A symbolic link stays. */
#ifndef TORPOR_FILE_TARGET_H
#define TORPOR_FILE_TARGET_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    char *path;      /* as the caller gave it */
    char *name;      /* in the folder, of the file that `path` leads to */
    char *temp_name; /* of the new file; NULL once it is in place */
    int folder;      /* descriptor */
    int file;        /* descriptor of the new file */
    gboolean overwrite;
    gboolean fsync;
} TorporTarget;

/* Begin a new file beside the one that `path` leads to. folder: a descriptor; the file goes there
 * under the last part of `path`, whose rest is for messages only. AT_FDCWD: where the path leads.
 * Fails if there is no folder or no right to write there, if the path leads to a folder, a device,
 * a pipe or a socket or, without `overwrite`, to a file; there is nothing to close then. */
gboolean torpor_target_open(TorporTarget *target, int folder, const char *path, gboolean overwrite,
                            gboolean fsync, GError **error);

/* Put the complete file, which the caller has synced, in place of the one at the path. With `fsync`
 * its new name is made durable, too; if only that fails, FALSE, though the file is in place. */
gboolean torpor_target_put_in_place(TorporTarget *target, GError **error);

/* Also removes the new file if it is not in place. */
void torpor_target_close(TorporTarget *target);

G_END_DECLS

#endif
