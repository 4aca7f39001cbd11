/* All of a file as Python objects. */
#ifndef TORPOR_PYTHON_LOAD_H
#define TORPOR_PYTHON_LOAD_H

#include "opened_file.h"
#include "prelude.h"

/* The objects of a file, as braintools.file.msgpack_load gives them; of a manifest, those of all
 * its shards. Every checksum that the files have is compared. Arrays are read-only unless
 * `writeable`. */
PyObject *load_file(const char *path, guint n_threads, gboolean writeable);

/* The same, but large arrays stay in the file: leaf(dtype, shape, where) and quantity(mantissa,
 * unit text, dict) make the objects that stand for them. where: ((place, length), ...) if
 * opened_is_plain, else the number of the array for read_opened_array. Nothing is verified. */
PyObject *outline_file(OpenedFile *opened, PyObject *leaf, PyObject *quantity);
/* The outline of what is in the file itself: of a manifest, not that of its shards. */
PyObject *outline_heading(const OpenedFile *opened, PyObject *leaf, PyObject *quantity);

#endif
