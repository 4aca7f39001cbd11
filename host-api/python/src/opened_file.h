/* A file that Python holds open, as a capsule: what one call says of it and what the next reads is
 * the same file, whatever its name leads to meanwhile. */
#ifndef TORPOR_PYTHON_OPENED_FILE_H
#define TORPOR_PYTHON_OPENED_FILE_H

#include "checkpoint/whole_file.h"
#include "prelude.h"

typedef struct {
    TorporWholeFile whole; /* its tree is NULL, and its file not joined, until it is outlined */
    GPtrArray *arrays;     /* of the tree, by their numbers */
} OpenedFile;

/* A capsule, which closes the file. */
PyObject *open_file(const char *path);
/* (not owned) NULL with an exception if it is no such capsule. */
OpenedFile *opened_file(PyObject *capsule);
/* The file that was opened: a manifest, if that is what it is. (not owned) */
const TorporFile *opened_own_file(const OpenedFile *opened);

/* Its descriptor, which stays the capsule's. */
PyObject *opened_file_number(PyObject *capsule);
/* Are the values of its arrays in this file, as they are? Else read_opened_array reads them. */
gboolean opened_is_plain(const OpenedFile *opened);
/* (length when unpacked, [names of the files that it needs]); None: it is not packed. */
PyObject *describe_packing(PyObject *capsule);
/* The values of the array of this number, as bytes. */
PyObject *read_opened_array(PyObject *capsule, Py_ssize_t number);

#endif
