/* Where a save leads: a path whose file is replaced as a whole, by one that is written beside it.
 */
#ifndef TORPOR_FILE_TARGET_H
#define TORPOR_FILE_TARGET_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    char *path;      /* as the caller gave it */
    char *name;      /* in the folder */
    char *temp_name; /* of what is written; NULL once that is in place */
    int folder;      /* descriptors */
    int file;        /* what is written */
    gboolean overwrite;
    gboolean fsync;
} TorporTarget;

/* Begin a new file beside `path`. Errors: no folder, no right to write there, the path is a
 * folder's or, without `overwrite`, a file's; then there is nothing to close. */
gboolean torpor_target_open(TorporTarget *target, const char *path, gboolean overwrite,
                            gboolean fsync, GError **error);

/* The file, which is complete, takes the place of the one at the path. With `fsync` its new name is
 * on the disk, too; the file's content is the caller's to sync before. */
gboolean torpor_target_put_in_place(TorporTarget *target, GError **error);

/* Also removes what is not in place. */
void torpor_target_close(TorporTarget *target);

G_END_DECLS

#endif
