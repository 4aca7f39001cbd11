/* Arrays that are not packed or are in the other byte order. They are gathered in pieces while they
 * are written, so that a save needs no memory of their size. */
#ifndef TORPOR_PYTHON_GATHER_H
#define TORPOR_PYTHON_GATHER_H

#include "prelude.h"

#include "value/tree.h"

/* Let `out` produce the bytes of `array`, in pieces, without the GIL. FALSE without error: not
 * needed, or too small to be worth it. compat: bytes in the other order are left so. */
gboolean gather_array(TorporTree *tree, PyArrayObject *array, gboolean compat, TorporArray *out);

#endif
