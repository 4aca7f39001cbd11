/* The nodes of a decoded file as Python objects, as braintools.file.msgpack_load gives them. */
#ifndef TORPOR_PYTHON_OBJECTS_H
#define TORPOR_PYTHON_OBJECTS_H

#include "prelude.h"

#include "base/file.h"
#include "key_memo.h"
#include "quantity_object.h"
#include "value/tree.h"

typedef struct {
    const TorporFile *file;
    gboolean writeable; /* arrays */
    GArray *pending;    /* PendingRead: arrays whose values are still in the file */
    PyObject *leaf;     /* outline: (dtype, shape, where) -> object; NULL: numpy's arrays */
    GPtrArray *arrays;  /* outline: of which `where` is the number; NULL: it is the extents */
    PyObject *quantity; /* outline: (mantissa, unit text, dict) -> object; NULL: the dict */
    KeyMemo keys;
    QuantityObjects quantities;
} Objects;

/* The object of a node and all below it. A new reference. */
PyObject *object_of(Objects *objects, const TorporNode *node);

#endif
