#include "objects.h"

#include "array_object.h"
#include "hooks.h"
#include "msgpack/stored.h"

static PyObject *
bytes_object(const Objects *objects, const TorporNode *node)
{
    GError *error = NULL;
    const char *data = node->value.bytes.data;
    g_autofree char *read = NULL;
    if (data == NULL) {
        data = read = torpor_bytes_read(objects->file, node, &error);
        if (read == NULL)
            return raise_core_error(error);
    }
    Py_ssize_t length = (Py_ssize_t)node->value.bytes.length;
    if (node->kind == TORPOR_NODE_TEXT)
        return PyUnicode_DecodeUTF8(data, length, NULL);
    PyObject *bytes = PyBytes_FromStringAndSize(data, length);
    if (node->kind == TORPOR_NODE_BYTES || bytes == NULL)
        return bytes;
    return PyObject_CallFunction(hooks.ext, "iN", (int)node->value.bytes.ext_type, bytes);
}

static PyObject *
quantity_object(Objects *objects, const TorporNode *node)
{
    const TorporUnit *unit = node->value.quantity.unit;
    PyObject *mantissa = object_of(objects, node->value.quantity.mantissa);
    PyObject *dict = mantissa == NULL ? NULL : quantity_dict(&objects->quantities, mantissa, unit);
    PyObject *result = dict;
    if (dict != NULL && objects->quantity != NULL) {
        g_autofree char *text = torpor_unit_to_text(unit);
        result = PyObject_CallFunction(objects->quantity, "OsO", mantissa, text, dict);
        Py_DECREF(dict);
    }
    Py_XDECREF(mantissa);
    return result;
}

static PyObject *
dict_object(Objects *objects, const TorporNode *map)
{
    PyObject *dict = PyDict_New();
    for (const TorporNode *child = map->value.map.first; dict != NULL && child != NULL;
         child = child->next) {
        PyObject *key = key_memo_get(&objects->keys, child);
        PyObject *value = key == NULL ? NULL : object_of(objects, child);
        if (value == NULL || PyDict_SetItem(dict, key, value) < 0) {
            Py_DECREF(dict);
            dict = NULL;
        }
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *
list_object(Objects *objects, const TorporNode *items)
{
    PyObject *list = PyList_New(0);
    for (const TorporNode *child = items->value.map.first; list != NULL && child != NULL;
         child = child->next) {
        PyObject *value = object_of(objects, child);
        if (value == NULL || PyList_Append(list, value) < 0) {
            Py_DECREF(list);
            list = NULL;
        }
        Py_XDECREF(value);
    }
    return list;
}

static gboolean
is_in_file(const TorporArray *array)
{
    return array->data == NULL && array->byte_length > 0;
}

PyObject *
object_of(Objects *objects, const TorporNode *node)
{
    switch (node->kind) {
    case TORPOR_NODE_NIL:
        Py_RETURN_NONE;
    case TORPOR_NODE_BOOL:
        return PyBool_FromLong(node->value.boolean);
    case TORPOR_NODE_INT:
        return PyLong_FromLongLong(node->value.integer);
    case TORPOR_NODE_UINT:
        return PyLong_FromUnsignedLongLong(node->value.unsigned_integer);
    case TORPOR_NODE_FLOAT:
        return PyFloat_FromDouble(node->value.real);
    case TORPOR_NODE_COMPLEX:
        return PyComplex_FromDoubles(node->value.complex[0], node->value.complex[1]);
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return bytes_object(objects, node);
    case TORPOR_NODE_ARRAY:
        if (objects->leaf != NULL && is_in_file(node->value.array))
            return outline_array(node->value.array, objects->leaf, objects->arrays);
        return array_object(node->value.array, objects->pending, objects->writeable);
    case TORPOR_NODE_SCALAR:
        return scalar_object(node->value.array, objects->pending);
    case TORPOR_NODE_QUANTITY:
        return quantity_object(objects, node);
    case TORPOR_NODE_MAP:
        return dict_object(objects, node);
    case TORPOR_NODE_LIST:
        return list_object(objects, node);
    }
    PyErr_Format(PyExc_SystemError, "a node of unknown kind %d", (int)node->kind);
    return NULL;
}
