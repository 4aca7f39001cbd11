/* Quantities: their mantissas, and units, which are read once per save. */
#ifndef TORPOR_PYTHON_WALK_QUANTITY_H
#define TORPOR_PYTHON_WALK_QUANTITY_H

#include "walk_context.h"

TorporNode *walk_quantity(Walk *w, PyObject *quantity);

#endif
