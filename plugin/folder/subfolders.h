/* What a folder of checkpoints has below it: a script of several trajectories or networks has a
 * folder of its own for each from the second on, and hosts keep how a script's runs ended. */
#ifndef TORPOR_FOLDER_SUBFOLDERS_H
#define TORPOR_FOLDER_SUBFOLDERS_H

#include <glib.h>

G_BEGIN_DECLS

/* The folder itself, then its sub-folders "run-<n>" and "network-<n>", by their numbers. Transfer
 * full: an array of paths. */
GPtrArray *torpor_folder_trajectories(const char *path, GError **error);
/* The files "<path>/ends/run-<n>-<number>.msgpack", by their numbers, without those that one of
 * them names. Transfer full: an array of paths, empty if there is no such folder. */
GPtrArray *torpor_folder_ends(const char *path, GError **error);

G_END_DECLS

#endif
