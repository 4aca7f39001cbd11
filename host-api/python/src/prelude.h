/* Python.h and numpy's header, the same way in every file.
 *
 * What follows holds for all functions of the compiled half: they need the GIL unless they say
 * otherwise, and give NULL, FALSE or -1 with a Python error set where they fail. */
#ifndef TORPOR_PYTHON_PRELUDE_H
#define TORPOR_PYTHON_PRELUDE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL torpor_numpy_api
#ifndef TORPOR_IMPORTS_NUMPY
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>
#undef complex /* <complex.h> comes with numpy's header */

#include <glib.h>

#endif
