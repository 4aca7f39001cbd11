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
    gboolean is_mapping; /* of its own, untouched: memory_new */
    guint pages;         /* Pages that its rest was advised to have */
} PendingRead;

/* Read them (PendingRead) together, without the GIL. With an index each array's own ranges are
 * hashed as they come; all others must have passed verify_but_arrays. */
gboolean read_arrays(const TorporFile *file, const TorporIndex *index, GArray *pending,
                     guint n_threads);

/* Are all other ranges as they were written? FALSE: torpor_file_verify says what is not. Needs no
 * GIL. */
gboolean verify_but_arrays(const TorporFile *file, const TorporIndex *index, TorporTree *tree,
                           guint n_threads);

#endif
