/* A value on its way to a file: the tree, and the Python objects whose memory the tree borrows. */
#ifndef TORPOR_PYTHON_BUILT_H
#define TORPOR_PYTHON_BUILT_H

#include "prelude.h"

#include "value/tree.h"

typedef struct {
    TorporTree *tree;
    gboolean compat;   /* as braintools, also where it is wrong */
    GPtrArray *kept;   /* PyObject *: text, bytes, units */
    GPtrArray *arrays; /* TorporArray *, in the tree */
    GPtrArray *owners; /* PyObject *: of the arrays' memory; empty once staged */
} Built;

Built *built_new(void);
void built_free(Built *built);

/* A capsule that takes `built`, on error too. */
PyObject *built_capsule(Built *built);
Built *built_get(PyObject *capsule);

#endif
