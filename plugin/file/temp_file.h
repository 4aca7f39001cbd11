/* Temp files: `.<name>.tmp-<pid>-<random>` in the folder of the file that they become. */
#ifndef TORPOR_FILE_TEMP_FILE_H
#define TORPOR_FILE_TEMP_FILE_H

#include <glib.h>

G_BEGIN_DECLS

/* A new one beside `name`, open for reading and writing, and locked (flock) as long as it is open.
 * Returns its name (transfer full) in the folder; NULL with errno. */
char *torpor_temp_file_create(int folder, const char *name, int *file);

/* Remove temp files in `folder` whose writers are dead. Returns how many. */
guint torpor_temp_file_remove_leftovers(const char *folder);

G_END_DECLS

#endif
