/* Temp files, named `.<name>.tmp-<pid>-<random>`, in the folder of the file that they become. */
#ifndef TORPOR_FILE_TEMP_FILE_H
#define TORPOR_FILE_TEMP_FILE_H

#include <glib.h>

G_BEGIN_DECLS

/* Create one beside `name`. It is open for reading and writing, and locked (flock) as long as it is
 * open. Returns its name in the folder (transfer full); NULL with errno. */
char *torpor_temp_file_create(int folder, const char *name, int *file);

/* Remove the temp files in `folder` whose writers are dead. Returns their number. */
guint torpor_temp_file_remove_leftovers(const char *folder);
guint torpor_temp_file_remove_leftovers_in(int folder);

G_END_DECLS

#endif
