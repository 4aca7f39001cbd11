/* The name of a new file or folder, kept over a power failure. */
#ifndef TORPOR_FILE_DURABLE_NAME_H
#define TORPOR_FILE_DURABLE_NAME_H

#include <glib.h>

G_BEGIN_DECLS

/* Make it durable that something has this path: fsync of the folder that holds it. That of the file
 * itself keeps its bytes, but not its name. A folder that cannot be opened for reading is left to
 * the system, and so is one whose file system has no fsync of folders. threads: any. */
gboolean torpor_durable_name(const char *path, GError **error);

/* Make the folder and those above it that are missing; the names of all of them are durable. */
gboolean torpor_durable_folder(const char *path, GError **error);

G_END_DECLS

#endif
