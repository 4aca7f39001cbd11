/* What there is on disk, and whether it is intact: for verify and info. */
#ifndef TORPOR_PYTHON_INSPECT_H
#define TORPOR_PYTHON_INSPECT_H

#include "opened_file.h"
#include "prelude.h"

/* (indexed, None, None), or (indexed, status, text) of what is wrong with a file. */
PyObject *check_file(const OpenedFile *opened);

/* Paths of the checkpoints of a folder, newest first. */
PyObject *list_checkpoints(const char *folder);

#endif
