/* The header of numpy's .npy files, version 1.0. */
#ifndef TORPOR_CLI_NPY_H
#define TORPOR_CLI_NPY_H

#include "cli/numbers.h"

G_BEGIN_DECLS

/* Length of each header: 64 dimensions of 20 digits fit. */
#define TORPOR_NPY_HEADER_BYTES 1536u

/* The header. Transfer full. TORPOR_STATUS_UNSUPPORTED for a dtype that numpy alone does not
 * know. */
char *torpor_npy_header(const TorporNumbers *numbers, GError **error);
/* The same for a dtype as numpy writes it, such as "<f8". */
char *torpor_npy_header_of(const char *descr, guint32 rank, const guint64 *shape);

G_END_DECLS

#endif
