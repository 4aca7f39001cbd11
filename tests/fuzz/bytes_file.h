/* Bytes in memory as a file that is open. */
#ifndef TORPOR_FUZZ_BYTES_FILE_H
#define TORPOR_FUZZ_BYTES_FILE_H

#include "base/file.h"

G_BEGIN_DECLS

/* One file for each `number` (0 to 3), whose content becomes these bytes; they are not copied.
 * Opened under its path it is this one, too. Not to be closed. */
TorporFile *fuzz_bytes_file(guint number, const void *bytes, gsize length);
/* Another path; it is not copied either. */
void fuzz_bytes_file_at(guint number, const char *path, const void *bytes, gsize length);

G_END_DECLS

#endif
