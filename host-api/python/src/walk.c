/* Python objects -> tree.
 *
 * braintools saves in two steps: registered types become dicts (msgpack_to_state_dict), then the
 * dicts are packed. Here the types that a checkpoint is made of go to the tree in one step; a type
 * of the user's goes through its to_state function, and the result is packed as braintools packs
 * it: exact builtin types, arrays and scalars only. */
#include "walk.h"

#include <string.h>

Hooks hooks;

/* ---- keeping, failing ---- */

void
walk_keep(Walk *w, PyObject *owned)
{
    g_ptr_array_add(w->built->kept, owned);
}

gboolean
walk_enter(Walk *w)
{
    if (++w->depth <= TORPOR_PYTHON_MAX_DEPTH)
        return TRUE;
    PyErr_SetString(PyExc_RecursionError, "maximum recursion depth exceeded in comparison");
    return FALSE;
}

void
walk_note_key(Walk *w, PyObject *key)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (w->path == NULL)
        w->path = PyList_New(0);
    if (w->path == NULL || PyList_Append(w->path, key) < 0)
        PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

gboolean
walk_append(Walk *w, TorporNode *map, PyObject *key, TorporNode *child)
{
    Py_ssize_t length = 0;
    const char *text = child == NULL ? NULL : PyUnicode_AsUTF8AndSize(key, &length);
    if (text == NULL) {
        walk_note_key(w, key);
        return FALSE;
    }
    torpor_map_append(w->tree, map, text, length, child);
    return TRUE;
}

/* ---- containers ---- */

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
walk_dict(Walk *w, PyObject *mapping)
{
    TorporNode *map = torpor_node_new(w->tree, TORPOR_NODE_MAP);
    if (PyDict_CheckExact(mapping) && walk_text_keys(w, map, mapping))
        return map;
    if (PyErr_Occurred() != NULL)
        return NULL;
    return walk_items(w, map, mapping) ? map : NULL;
}

static TorporNode *
walk_flatted(Walk *w, PyObject *flatted)
{
    PyObject *nested = PyObject_CallMethod(flatted, "to_nest", NULL);
    TorporNode *node = nested == NULL ? NULL : walk_dict(w, nested);
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

/* ---- any value ---- */

TorporNode *
walk_registered(Walk *w, PyObject *object)
{
    PyObject *state = PyObject_CallFunctionObjArgs(hooks.to_state, object, NULL);
    TorporNode *node = state == NULL ? NULL : walk_packed(w, state);
    Py_XDECREF(state);
    return node;
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

TorporNode *
walk(Walk *w, PyObject *object)
{
    int kind = kind_of(object);
    if (kind == KIND_LEAF)
        return walk_packed(w, object);
    TorporNode *node = walk_enter(w) ? walk_kind(w, object, kind) : NULL;
    w->depth--;
    return node;
}

/* ---- a whole value ---- */

/* Say where in the value it went wrong, without touching the message. */
static void
add_path_note(PyObject *path)
{
    if (path == NULL)
        return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    GString *text = g_string_new(NULL);
    for (Py_ssize_t i = PyList_Size(path) - 1; i >= 0; i--) {
        const char *key = PyUnicode_AsUTF8AndSize(PyList_GetItem(path, i), NULL);
        torpor_path_append(text, key == NULL ? "?" : key, key == NULL ? 1 : strlen(key));
        PyErr_Clear();
    }
    PyObject *done =
        PyObject_CallMethod(value, "add_note", "N",
                            PyUnicode_FromFormat("while saving the value at path '%s'", text->str));
    g_string_free(text, TRUE);
    Py_XDECREF(done);
    PyErr_Clear(); /* Python 3.10 has no notes */
    PyErr_Restore(type, value, traceback);
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
        add_path_note(w.path);
        built_free(built);
        built = NULL;
    } else {
        torpor_tree_set_root(built->tree, root);
    }
    Py_XDECREF(w.path);
    return built == NULL ? NULL : built_capsule(built);
}
