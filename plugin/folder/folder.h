/* A folder of checkpoints: its lock, and its files `ckpt-<step, 16 digits>.msgpack`. */
#ifndef TORPOR_FOLDER_H
#define TORPOR_FOLDER_H

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

typedef struct _TorporFolder TorporFolder;

/* Hold a folder, and its lock (`.torpor.lock`, by flock), until it is unlocked or the process ends.
 * The folder is created if need be; temp files of dead writers are removed. TORPOR_STATUS_BUSY
 * names the process and the machine that hold the lock. */
TorporFolder *torpor_folder_lock(const char *path, GError **error);
void torpor_folder_unlock(TorporFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporFolder, torpor_folder_unlock)
/* Where the folder is, as far as is known. */
const char *torpor_folder_path(const TorporFolder *folder);
/* A descriptor of the folder: what goes by it stays in this folder, wherever that is moved. */
int torpor_folder_fd(const TorporFolder *folder);
/* Does this process hold the lock? The child of a fork does not: TORPOR_STATUS_ORDER. */
gboolean torpor_folder_check_held(const TorporFolder *folder, GError **error);

typedef enum {
    TORPOR_FOLDER_AS_BEFORE,
    TORPOR_FOLDER_MOVED,      /* torpor_folder_path says where to; reported once */
    TORPOR_FOLDER_MADE_AGAIN, /* it was removed; this is a new one at the same path */
} TorporFolderChange;

/* Look what became of the folder since the last call. If its path leads to the folder of somebody
 * else by now, that one is not touched: a folder that was moved is held where it is, and if it was
 * removed, TORPOR_STATUS_BUSY or TORPOR_STATUS_EXISTS says who is there. */
gboolean torpor_folder_follow(TorporFolder *folder, TorporFolderChange *change, GError **error);

typedef struct {
    guint64 step;
    char *path;       /* folder and name */
    const char *name; /* part of path */
} TorporCheckpoint;
void torpor_checkpoint_free(TorporCheckpoint *checkpoint);

/* "<folder>/ckpt-<step>.msgpack". Transfer full. */
char *torpor_checkpoint_path(const char *folder, guint64 step);

/* List the checkpoints of a folder by their names, newest first. Needs no lock. Transfer full: an
 * array of TorporCheckpoint, which are freed with it. */
GPtrArray *torpor_folder_list(const char *path, GError **error);
/* The same of a folder that is held, wherever its path leads. */
GPtrArray *torpor_folder_list_held(const TorporFolder *folder, GError **error);

G_END_DECLS

#endif
