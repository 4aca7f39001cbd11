/* A walk over a value that is to be saved: Python objects -> tree. As in ext.h, NULL and FALSE come
 * with a Python error. */
#ifndef TORPOR_PYTHON_WALK_H
#define TORPOR_PYTHON_WALK_H

#include "ext.h"

typedef struct {
    TorporTree *tree;
    Built *built;
    GHashTable *units; /* PyObject * -> TorporUnit * (NULL: needs its five values spelled out) */
    PyObject *path;    /* list of keys from the failing value up, for the error's note */
    guint depth;
    gboolean compat;
} Walk;

/* Any object, through the registry. */
TorporNode *walk(Walk *w, PyObject *object);
/* As msgpack.packb(strict_types=True) with braintools' default= takes it: exact builtin types,
 * arrays and scalars. */
TorporNode *walk_packed(Walk *w, PyObject *object);
TorporNode *walk_quantity(Walk *w, PyObject *quantity);
/* What a registered function, or braintools' own way to spell a type out, gives. */
TorporNode *walk_registered(Walk *w, PyObject *object);
/* TORPOR_NODE_ARRAY or _SCALAR. */
TorporNode *walk_array(Walk *w, PyObject *object, TorporNodeKind kind);

/* Take over a reference for as long as the tree lives. */
void walk_keep(Walk *w, PyObject *owned);
/* One container deeper; FALSE past TORPOR_PYTHON_MAX_DEPTH. */
gboolean walk_enter(Walk *w);
void walk_note_key(Walk *w, PyObject *key);
/* Append a walked child; NULL goes on as failure, with the key noted. */
gboolean walk_append(Walk *w, TorporNode *map, PyObject *key, TorporNode *child);

/* Large arrays whose bytes do not lie in the order of the file: let `out` produce them in pieces.
 * FALSE without error: not needed, or too small to be worth it. */
gboolean gather_array(Walk *w, PyArrayObject *array, TorporArray *out);

#endif
