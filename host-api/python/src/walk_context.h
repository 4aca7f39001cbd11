/* A walk over a value to be saved: its position, and the tree that it makes. */
#ifndef TORPOR_PYTHON_WALK_CONTEXT_H
#define TORPOR_PYTHON_WALK_CONTEXT_H

#include "built.h"

/* Nested containers of a value to be saved; the same as braintools reaches with CPython's default
 * recursion limit, so that whatever is saved can be loaded there too. */
#define TORPOR_PYTHON_MAX_DEPTH 329u

typedef struct {
    TorporTree *tree;
    Built *built;
    GHashTable *units; /* PyObject * -> TorporUnit * (NULL: needs its five values spelled out) */
    PyObject *path;    /* list of keys from the failing value up, for the error's note */
    guint depth;
    guint n_generators; /* states of random generators that enclose what is walked */
    gboolean compat;    /* as braintools, also where it is wrong */
} Walk;

/* Take over a reference for as long as the tree lives. */
void walk_keep(Walk *w, PyObject *owned);

/* One container deeper; FALSE past TORPOR_PYTHON_MAX_DEPTH. Leave with walk_leave in both cases. */
gboolean walk_enter(Walk *w);
void walk_leave(Walk *w);

/* Is this dict the state of a random generator? It has a text under the key `bit_generator`. Its
 * integers may have more than 64 bits. */
gboolean walk_is_generator(PyObject *dict);

/* Append a walked child. NULL for a child that failed: the key is noted, and the result is FALSE.
 */
gboolean walk_append(Walk *w, TorporNode *map, PyObject *key, TorporNode *child);
void walk_note_key(Walk *w, PyObject *key);

/* Add a note to the current Python error that says where in the value it happened. */
void walk_add_path_note(const Walk *w);

#endif
