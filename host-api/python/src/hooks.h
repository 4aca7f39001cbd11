/* The functions and classes of the Python half that the compiled half uses. */
#ifndef TORPOR_PYTHON_HOOKS_H
#define TORPOR_PYTHON_HOOKS_H

#include "prelude.h"

/* How a type is walked. _walk.py has the same numbers. */
enum {
    KIND_LEAF,     /* not registered, or an array: packed as it is */
    KIND_DICT,     /* dict and its subclasses */
    KIND_FLATTED,  /* brainstate's FlattedDict: .to_nest() first */
    KIND_SEQUENCE, /* list, tuple */
    KIND_QUANTITY, /* ._mantissa, ._unit */
    KIND_STATE,    /* .value */
};

typedef struct {
    PyObject *handlers;   /* dict: type -> a KIND_* number, or None for a registered to_state */
    PyObject *resolve;    /* type -> the same; fills `handlers` */
    PyObject *to_state;   /* msgpack_to_state_dict */
    PyObject *leaf;       /* any other object -> ndarray, dict, (code, bytes), or TypeError */
    PyObject *collision;  /* dict -> ValueError if two keys have equal text */
    PyObject *unit;       /* saiunit.Unit -> (scale, base, factor, dim, name or None) or None */
    PyObject *dtype_name; /* dtype -> its name in the file, or ValueError */
    PyObject *dtype;      /* name in the file -> dtype */
    PyObject *ext;        /* (code, bytes) -> object */
    PyObject *error;      /* exception class: (status, errno, text) */
} Hooks;
extern Hooks hooks;

/* Set them once, from the arguments of configure(). They stay for the life of the process. */
gboolean hooks_set(PyObject *arguments);

/* Raise hooks.error from `error`, which is freed. Gives NULL. */
PyObject *raise_core_error(GError *error);

#endif
