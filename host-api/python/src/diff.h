/* What differs between two files, by path. */
#ifndef TORPOR_PYTHON_DIFF_H
#define TORPOR_PYTHON_DIFF_H

#include "prelude.h"

/* A list of dicts, one for each difference. A damaged file is an error. */
PyObject *diff_files(const char *a_path, const char *b_path, double rtol, double atol,
                     gboolean with_provenance, guint max_rows);

#endif
