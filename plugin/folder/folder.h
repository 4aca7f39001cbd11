/* A folder of checkpoints: where it is, and its lock. */
#ifndef TORPOR_FOLDER_H
#define TORPOR_FOLDER_H

#include <glib.h>

#include "base/error.h"
#include "folder/checkpoint_list.h"

G_BEGIN_DECLS

typedef struct _TorporFolder TorporFolder;

/* Hold a folder, and its lock (`.torpor.lock`, by flock), until it is unlocked or the process ends.
 * The folder is created if need be; temp files of dead writers are removed. TORPOR_STATUS_BUSY
 * names the process and the machine that hold the lock. */
TorporFolder *torpor_folder_lock(const char *path, GError **error);
/* The same folder for another rank of the run that holds it: nothing is locked, created or removed.
 */
TorporFolder *torpor_folder_join(const char *path, GError **error);
/* A number that tells on every rank which folder it is: of its lock file. 0: there is none. */
guint64 torpor_folder_number(const TorporFolder *folder);
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

/* The checkpoints of a folder that is held, wherever its path leads; see checkpoint_list.h. */
GPtrArray *torpor_folder_list_held(const TorporFolder *folder, GError **error);
/* Remove shards whose manifest is not there: its save was interrupted. (If somebody removed it,
 * they may be needed, and stay then.) The folder is locked. Returns their number. */
guint torpor_folder_remove_orphans(const TorporFolder *folder);
/* Remove what belongs to the checkpoint of this step but does not begin with `stem`: an earlier
 * save at the same step. */
void torpor_folder_remove_other_shards(const TorporFolder *folder, guint64 step, const char *stem);

G_END_DECLS

#endif
