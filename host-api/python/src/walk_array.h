/* numpy's arrays and scalars as nodes of the tree. */
#ifndef TORPOR_PYTHON_WALK_ARRAY_H
#define TORPOR_PYTHON_WALK_ARRAY_H

#include "walk_context.h"

/* kind: TORPOR_NODE_ARRAY or _SCALAR. The tree borrows the array's memory where it can. */
TorporNode *walk_array(Walk *w, PyObject *object, TorporNodeKind kind);

#endif
