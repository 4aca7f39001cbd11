#include "walk.h"

#include "hooks.h"
#include "walk_packed.h"
#include "walk_quantity.h"

static TorporNode *walk(Walk *w, PyObject *object);

/* Keys become text; two with the same text are refused. */
static gboolean
check_collisions(PyObject *dict, PyObject *keys)
{
    PyObject *unique = PySet_New(keys);
    if (unique == NULL)
        return FALSE;
    gboolean collide = PySet_Size(unique) != PyList_Size(keys);
    Py_DECREF(unique);
    if (!collide)
        return TRUE;
    PyObject *unused = PyObject_CallFunctionObjArgs(hooks.collision, dict, NULL);
    Py_XDECREF(unused);
    return FALSE;
}

/* A plain dict whose keys are all text: no second container is made. FALSE without error: it has
 * other keys. */
static gboolean
walk_text_keys(Walk *w, TorporNode *map, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value))
        if (!PyUnicode_CheckExact(key))
            return FALSE;
    position = 0;
    while (PyDict_Next(dict, &position, &key, &value)) {
        Py_INCREF(key);
        Py_INCREF(value);
        gboolean walked = walk_append(w, map, key, walk(w, value));
        Py_DECREF(key);
        Py_DECREF(value);
        if (!walked)
            return FALSE;
    }
    return TRUE;
}

/* Any mapping: its own items() in its own order. */
static gboolean
walk_items(Walk *w, TorporNode *map, PyObject *mapping)
{
    PyObject *items = PyMapping_Items(mapping);
    PyObject *keys = items == NULL ? NULL : PyList_New(0);
    gboolean fine = keys != NULL;
    for (Py_ssize_t i = 0; fine && i < PyList_Size(items); i++) {
        PyObject *text = PyObject_Str(PyTuple_GetItem(PyList_GetItem(items, i), 0));
        fine = text != NULL && PyList_Append(keys, text) == 0;
        Py_XDECREF(text);
    }
    fine = fine && check_collisions(mapping, keys);
    for (Py_ssize_t i = 0; fine && i < PyList_Size(items); i++)
        fine = walk_append(w, map, PyList_GetItem(keys, i),
                           walk(w, PyTuple_GetItem(PyList_GetItem(items, i), 1)));
    Py_XDECREF(items);
    Py_XDECREF(keys);
    return fine;
}

static TorporNode *
walk_mapping(Walk *w, PyObject *mapping)
{
    TorporNode *map = torpor_node_new(w->tree, TORPOR_NODE_MAP);
    if (PyDict_CheckExact(mapping) && walk_text_keys(w, map, mapping))
        return map;
    if (PyErr_Occurred() != NULL)
        return NULL;
    return walk_items(w, map, mapping) ? map : NULL;
}

static TorporNode *
walk_dict(Walk *w, PyObject *dict)
{
    gboolean is_generator = PyDict_CheckExact(dict) && walk_is_generator(dict);
    w->n_generators += is_generator;
    TorporNode *map = walk_mapping(w, dict);
    w->n_generators -= is_generator;
    return map;
}

static TorporNode *
walk_flatted(Walk *w, PyObject *flatted)
{
    PyObject *nested = PyObject_CallMethod(flatted, "to_nest", NULL);
    TorporNode *node = nested == NULL ? NULL : walk_mapping(w, nested);
    Py_XDECREF(nested);
    return node;
}

/* Lists and tuples are maps with keys "0", "1", ... */
static TorporNode *
walk_sequence(Walk *w, PyObject *sequence)
{
    PyObject *items = PySequence_Tuple(sequence);
    TorporNode *map = items == NULL ? NULL : torpor_node_new(w->tree, TORPOR_NODE_MAP);
    for (Py_ssize_t i = 0; map != NULL && i < PyTuple_Size(items); i++) {
        TorporNode *child = walk(w, PyTuple_GetItem(items, i));
        if (child == NULL) {
            PyObject *key = PyUnicode_FromFormat("%zd", i);
            walk_note_key(w, key);
            Py_XDECREF(key);
            map = NULL;
            break;
        }
        char key[24];
        gint length = g_snprintf(key, sizeof key, "%" G_GSSIZE_FORMAT, (gssize)i);
        torpor_map_append(w->tree, map, key, length, child);
    }
    Py_XDECREF(items);
    return map;
}

static TorporNode *
walk_state(Walk *w, PyObject *state)
{
    PyObject *value = PyObject_GetAttrString(state, "value");
    TorporNode *node = value == NULL ? NULL : walk(w, value);
    Py_XDECREF(value);
    return node;
}

/* KIND_*, or -1 for a registered function, or -2 with an error. */
static int
kind_of(PyObject *object)
{
    PyObject *type = (PyObject *)Py_TYPE(object);
    PyObject *handler = PyDict_GetItemWithError(hooks.handlers, type);
    if (handler == NULL && PyErr_Occurred() == NULL) {
        PyObject *resolved = PyObject_CallFunctionObjArgs(hooks.resolve, type, NULL);
        handler = resolved;
        Py_XDECREF(resolved); /* the dict has it */
    }
    if (handler == NULL)
        return -2;
    return handler == Py_None ? -1 : (int)PyLong_AsLong(handler);
}

static TorporNode *
walk_kind(Walk *w, PyObject *object, int kind)
{
    switch (kind) {
    case KIND_DICT:
        return walk_dict(w, object);
    case KIND_FLATTED:
        return walk_flatted(w, object);
    case KIND_SEQUENCE:
        return walk_sequence(w, object);
    case KIND_QUANTITY:
        return walk_quantity(w, object);
    case KIND_STATE:
        return walk_state(w, object);
    case -1:
        return walk_registered(w, object);
    default:
        return NULL;
    }
}

static TorporNode *
walk(Walk *w, PyObject *object)
{
    int kind = kind_of(object);
    if (kind == KIND_LEAF)
        return walk_packed(w, object);
    TorporNode *node = walk_enter(w) ? walk_kind(w, object, kind) : NULL;
    walk_leave(w);
    return node;
}

PyObject *
build_value(PyObject *target, gboolean compat)
{
    Built *built = built_new();
    built->compat = compat;
    Walk w = {.tree = built->tree, .built = built, .compat = compat};
    w.units = g_hash_table_new(g_direct_hash, g_direct_equal);
    TorporNode *root = walk(&w, target);
    g_hash_table_unref(w.units);
    if (root == NULL) {
        walk_add_path_note(&w);
        built_free(built);
        built = NULL;
    } else {
        torpor_tree_set_root(built->tree, root);
    }
    Py_XDECREF(w.path);
    return built == NULL ? NULL : built_capsule(built);
}
