/* Bytes in memory as a file that is open. */
#ifndef TORPOR_FUZZ_BYTES_FILE_H
#define TORPOR_FUZZ_BYTES_FILE_H

#include "base/file.h"

G_BEGIN_DECLS

/* One file without a name for each `number` (0 to 3), whose content is replaced. `file` is valid
 * until the next call with that number; not to be closed. */
TorporFile *fuzz_bytes_file(guint number, const void *bytes, gsize length);

G_END_DECLS

#endif
