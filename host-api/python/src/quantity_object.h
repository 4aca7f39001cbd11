/* The quantities of a decoded file as the dicts that braintools gives: mantissa, scale, base, dim,
 * factor, and `unit` where the file names it; value and `unit` for degC and the like. */
#ifndef TORPOR_PYTHON_QUANTITY_OBJECT_H
#define TORPOR_PYTHON_QUANTITY_OBJECT_H

#include "prelude.h"

#include "value/unit.h"

typedef struct {
    PyObject *names[7]; /* of the values */
    GArray *units;      /* what all quantities of one unit share */
} QuantityObjects;

gboolean quantity_objects_init(QuantityObjects *objects);
void quantity_objects_clear(QuantityObjects *objects);

/* A new dict for one quantity. */
PyObject *quantity_dict(QuantityObjects *objects, PyObject *mantissa, const TorporUnit *unit);

#endif
