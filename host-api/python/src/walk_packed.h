/* Values that are packed as they are: numbers, text, bytes, arrays, and the dicts and lists that
 * registered functions give. */
#ifndef TORPOR_PYTHON_WALK_PACKED_H
#define TORPOR_PYTHON_WALK_PACKED_H

#include "walk_context.h"

/* Takes what msgpack.packb(strict_types=True) takes with braintools' default=: exact builtin types,
 * arrays and scalars. */
TorporNode *walk_packed(Walk *w, PyObject *object);

/* The state that the registered function of the object's type gives, packed. */
TorporNode *walk_registered(Walk *w, PyObject *object);

#endif
