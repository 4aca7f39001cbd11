/* The arrays of a decoded file as numpy's arrays and scalars. */
#ifndef TORPOR_PYTHON_ARRAY_OBJECT_H
#define TORPOR_PYTHON_ARRAY_OBJECT_H

#include "prelude.h"

#include "value/tree.h"

/* An array of numpy's, read-only unless `writeable`. What is still in the file is added to
 * `pending` (PendingRead) and missing until read_arrays has read it. */
PyObject *array_object(const TorporArray *array, GArray *pending, gboolean writeable);

/* A scalar of numpy's. */
PyObject *scalar_object(const TorporArray *array, GArray *pending);

/* leaf(dtype, shape, where): what stands for an array that stays in the file. where: its extents,
 * ((place, length), ...), or, if `arrays` is not NULL, its number there, where it is added. */
PyObject *outline_array(const TorporArray *array, PyObject *leaf, GPtrArray *arrays);

#endif
