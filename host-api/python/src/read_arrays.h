/* Read the values of large arrays from a file into the memory of numpy's arrays, on several
 * threads, each byte once. With an index each byte is also compared with its checksum. */
#ifndef TORPOR_PYTHON_READ_ARRAYS_H
#define TORPOR_PYTHON_READ_ARRAYS_H

#include "prelude.h"

#include "base/file.h"
#include "file/index.h"

/* An array of a decoded file whose values go to `out`. */
typedef struct {
    const TorporArray *array;
    guint8 *out;
    gboolean is_mapping; /* from memory_new, and not yet written to */
    guint pages;         /* the Pages last advised for the rest of it */
} PendingRead;

/* Read all of `pending` (PendingRead) without the GIL. With an index the ranges that belong to one
 * array only are hashed on the way; all others must have passed verify_but_arrays. */
gboolean read_arrays(const TorporFile *file, const TorporIndex *index, GArray *pending,
                     guint n_threads);

/* Are the other ranges intact? FALSE sets no error: torpor_file_verify says which is damaged. Needs
 * no GIL. */
gboolean verify_but_arrays(const TorporFile *file, const TorporIndex *index, TorporTree *tree,
                           guint n_threads);

#endif
