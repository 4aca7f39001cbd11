/* All of a file as Python objects. */
#ifndef TORPOR_PYTHON_LOAD_H
#define TORPOR_PYTHON_LOAD_H

#include "prelude.h"

/* The objects of a file, as braintools.file.msgpack_load gives them. Every checksum that the file
 * has is compared. Arrays are read-only unless `writeable`. */
PyObject *load_file(const char *path, guint n_threads, gboolean writeable);

/* The same, but large arrays stay in the file: leaf(dtype, shape, ((place, length), ...)) and
 * quantity(mantissa, unit text, dict) make the objects that stand for them. Nothing is verified. */
PyObject *outline_file(const char *path, PyObject *leaf, PyObject *quantity);

#endif
