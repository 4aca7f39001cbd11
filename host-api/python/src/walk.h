/* Python objects -> tree.
 *
 * braintools saves in two steps: registered types become dicts (msgpack_to_state_dict), then the
 * dicts are packed. Here the types that a checkpoint is made of go to the tree in one step; a type
 * of the user's goes through its to_state function, and the result is packed as braintools packs
 * it: exact builtin types, arrays and scalars only. */
#ifndef TORPOR_PYTHON_WALK_H
#define TORPOR_PYTHON_WALK_H

#include "prelude.h"

/* A capsule (built.h) of the tree of `target`. compat: braintools' behaviour also where it is wrong
 * (big-endian arrays, arrays of text). */
PyObject *build_value(PyObject *target, gboolean compat);

#endif
