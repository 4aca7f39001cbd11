/* Folders of checkpoints, for torpor.latest and torpor.CheckpointManager: the library's own lock,
 * choice and retention. */
#ifndef TORPOR_PYTHON_FOLDER_H
#define TORPOR_PYTHON_FOLDER_H

#include "prelude.h"

/* A capsule that holds the folder and its lock until it is freed, or until folder_release. The
 * folder is made. */
PyObject *folder_hold(const char *path);
gboolean folder_release(PyObject *capsule);

/* (path of the newest intact checkpoint or None, a list of texts: the damaged ones passed over). */
PyObject *folder_newest(const char *path);

/* Move aside what comes after *step; all checkpoints if it is NULL. The new folder, or None. */
PyObject *folder_abandon(PyObject *capsule, const guint64 *step);

/* Remove all but the newest `keep` intact ones and those that are kept for good. A list of the
 * paths that were removed. */
PyObject *folder_prune(PyObject *capsule, guint64 keep, guint64 keep_every);

#endif
