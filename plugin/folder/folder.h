/* A folder of checkpoints: its lock, and the files `ckpt-<step, 16 digits>.msgpack` in it. */
#ifndef TORPOR_FOLDER_H
#define TORPOR_FOLDER_H

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

typedef struct _TorporFolder TorporFolder;

/* Create the folder if need be and hold its lock (`.torpor.lock`, flock) until unlocked or the
 * process ends; remove what dead writers left in it. TORPOR_STATUS_BUSY names the process and
 * machine that hold it. */
TorporFolder *torpor_folder_lock(const char *path, GError **error);
void torpor_folder_unlock(TorporFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporFolder, torpor_folder_unlock)
const char *torpor_folder_path(const TorporFolder *folder);
/* A process forked from the one that locked the folder does not hold it: TORPOR_STATUS_ORDER. */
gboolean torpor_folder_check_held(const TorporFolder *folder, GError **error);

typedef struct {
    guint64 step;
    char *path; /* folder and name */
} TorporCheckpoint;
void torpor_checkpoint_free(TorporCheckpoint *checkpoint);

/* "<folder>/ckpt-<step>.msgpack". Transfer full. */
char *torpor_checkpoint_path(const char *folder, guint64 step);

/* All checkpoints of a folder by name, newest first; other files are left out. Needs no lock.
 * Transfer full: TorporCheckpoint elements, freed with the array. */
GPtrArray *torpor_folder_list(const char *path, GError **error);

G_END_DECLS

#endif
