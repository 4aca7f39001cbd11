#include "walk_packed.h"

#include "hooks.h"
#include "walk_array.h"

/* ---- plain values ---- */

static TorporNode *walk_other(Walk *w, PyObject *object);

/* The states of random generators have integers of 128 bits, which no integer of msgpack can be. */
static TorporNode *
walk_wide_int(Walk *w, PyObject *object)
{
    if (w->n_generators > 0 && !w->compat) {
        PyErr_Clear();
        return walk_other(w, object);
    }
    PyErr_SetString(PyExc_OverflowError, "Integer value out of range");
    return NULL;
}

static TorporNode *
walk_int(Walk *w, PyObject *object)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0) {
        TorporNode *node = torpor_node_new(w->tree, TORPOR_NODE_INT);
        node->value.integer = value;
        return node;
    }
    unsigned long long above = overflow < 0 ? 0 : PyLong_AsUnsignedLongLong(object);
    if (overflow < 0 || PyErr_Occurred() != NULL)
        return walk_wide_int(w, object);
    TorporNode *node = torpor_node_new(w->tree, TORPOR_NODE_UINT);
    node->value.unsigned_integer = above;
    return node;
}

/* Short text is copied; a long one stays where it is. */
static TorporNode *
bytes_node(Walk *w, TorporNodeKind kind, PyObject *owner, const char *data, Py_ssize_t length)
{
    TorporNode *node = torpor_node_new(w->tree, kind);
    if (length <= 256) {
        data = torpor_tree_strdup(w->tree, data, length);
    } else {
        Py_INCREF(owner);
        walk_keep(w, owner);
    }
    node->value.bytes.data = data;
    node->value.bytes.length = (guint64)length;
    return node;
}

static TorporNode *
walk_text(Walk *w, PyObject *object)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(object, &length);
    return text == NULL ? NULL : bytes_node(w, TORPOR_NODE_TEXT, object, text, length);
}

/* bytes, and what can change while it is saved (bytearray, memoryview), which is copied at once. */
static TorporNode *
walk_bytes(Walk *w, PyObject *object)
{
    PyObject *bytes = PyBytes_FromObject(object);
    char *data;
    Py_ssize_t length;
    TorporNode *node = NULL;
    if (bytes != NULL && PyBytes_AsStringAndSize(bytes, &data, &length) == 0)
        node = bytes_node(w, TORPOR_NODE_BYTES, bytes, data, length);
    Py_XDECREF(bytes);
    return node;
}

static TorporNode *
walk_complex(Walk *w, PyObject *object)
{
    TorporNode *node = torpor_node_new(w->tree, TORPOR_NODE_COMPLEX);
    node->value.complex[0] = PyComplex_RealAsDouble(object);
    node->value.complex[1] = PyComplex_ImagAsDouble(object);
    return node;
}

static TorporNode *
walk_numpy_scalar(Walk *w, PyObject *object)
{
    PyObject *array = PyArray_FromScalar(object, NULL);
    TorporNode *node = array == NULL ? NULL : walk_array(w, array, TORPOR_NODE_SCALAR);
    Py_XDECREF(array);
    return node;
}

/* jax's arrays, msgpack's own types and wide integers. Anything else is a TypeError. */
static TorporNode *
walk_other(Walk *w, PyObject *object)
{
    PyObject *leaf = PyObject_CallFunctionObjArgs(hooks.leaf, object, NULL);
    TorporNode *node = NULL;
    if (leaf != NULL && PyArray_Check(leaf)) {
        node = walk_array(w, leaf, TORPOR_NODE_ARRAY);
    } else if (leaf != NULL && PyDict_CheckExact(leaf)) {
        node = walk_packed(w, leaf);
    } else if (leaf != NULL) {
        int code;
        PyObject *bytes;
        if (PyArg_ParseTuple(leaf, "iS", &code, &bytes) && (node = walk_bytes(w, bytes)) != NULL) {
            node->kind = TORPOR_NODE_EXT;
            node->value.bytes.ext_type = (gint8)code;
        }
    }
    Py_XDECREF(leaf);
    return node;
}

/* ---- what a registered function gave ---- */

/* A list in it is a real msgpack array. */
static TorporNode *
walk_packed_list(Walk *w, PyObject *list)
{
    TorporNode *node = torpor_node_new(w->tree, TORPOR_NODE_LIST);
    for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
        PyObject *item = PyList_GetItem(list, i);
        Py_INCREF(item);
        TorporNode *child = walk_packed(w, item);
        Py_DECREF(item);
        if (child == NULL)
            return NULL;
        torpor_map_append(w->tree, node, NULL, 0, child);
    }
    return node;
}

static TorporNode *
walk_packed_dict(Walk *w, PyObject *dict)
{
    TorporNode *node = torpor_node_new(w->tree, TORPOR_NODE_MAP);
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (!PyUnicode_CheckExact(key)) {
            PyErr_Format(PyExc_TypeError, "A state dict must only have string keys, got key %R",
                         key);
            return NULL;
        }
        Py_INCREF(key);
        Py_INCREF(value);
        gboolean appended = walk_append(w, node, key, walk_packed(w, value));
        Py_DECREF(key);
        Py_DECREF(value);
        if (!appended)
            return NULL;
    }
    return node;
}

static TorporNode *
walk_packed_container(Walk *w, PyObject *object)
{
    TorporNode *node = NULL;
    gboolean is_dict = PyDict_CheckExact(object);
    gboolean is_generator = is_dict && walk_is_generator(object);
    w->n_generators += is_generator;
    if (walk_enter(w))
        node = is_dict ? walk_packed_dict(w, object) : walk_packed_list(w, object);
    walk_leave(w);
    w->n_generators -= is_generator;
    return node;
}

TorporNode *
walk_packed(Walk *w, PyObject *object)
{
    TorporNode *node = NULL;
    if (object == Py_None)
        return torpor_node_new(w->tree, TORPOR_NODE_NIL);
    if (PyFloat_CheckExact(object)) {
        node = torpor_node_new(w->tree, TORPOR_NODE_FLOAT);
        node->value.real = PyFloat_AsDouble(object);
        return node;
    }
    if (PyBool_Check(object)) {
        node = torpor_node_new(w->tree, TORPOR_NODE_BOOL);
        node->value.boolean = object == Py_True;
        return node;
    }
    if (PyLong_CheckExact(object))
        return walk_int(w, object);
    if (PyUnicode_CheckExact(object))
        return walk_text(w, object);
    if (PyArray_Check(object))
        return walk_array(w, object, TORPOR_NODE_ARRAY);
    if (PyArray_IsScalar(object, Generic))
        return walk_numpy_scalar(w, object);
    if (PyDict_CheckExact(object) || PyList_CheckExact(object))
        return walk_packed_container(w, object);
    if (PyBytes_CheckExact(object) || PyByteArray_CheckExact(object) || PyMemoryView_Check(object))
        return walk_bytes(w, object);
    if (PyComplex_Check(object))
        return walk_complex(w, object);
    return walk_other(w, object);
}

TorporNode *
walk_registered(Walk *w, PyObject *object)
{
    PyObject *state = PyObject_CallFunctionObjArgs(hooks.to_state, object, NULL);
    TorporNode *node = state == NULL ? NULL : walk_packed(w, state);
    Py_XDECREF(state);
    return node;
}
