#include "array_object.h"

#include <string.h>

#include "hooks.h"
#include "memory.h"
#include "read_arrays.h"

/* numpy's type of a name in the file. A new reference. */
static PyArray_Descr *
descr_of(const TorporArray *array)
{
    static GHashTable *known; /* name -> PyArray_Descr *; the names are few */
    if (known == NULL)
        known = g_hash_table_new(g_str_hash, g_str_equal);
    PyArray_Descr *descr = g_hash_table_lookup(known, array->dtype_name);
    if (descr == NULL) {
        PyObject *made = PyObject_CallFunction(hooks.dtype, "s", array->dtype_name);
        if (made == NULL)
            return NULL;
        descr = (PyArray_Descr *)made;
        if (!PyArray_DescrCheck(made) || PyDataType_ELSIZE(descr) != (npy_intp)array->dtype->size) {
            PyErr_Format(PyExc_TypeError, "dtype %s is not of %u bytes here", array->dtype_name,
                         array->dtype->size);
            Py_DECREF(made);
            return NULL;
        }
        g_hash_table_insert(known, g_strdup(array->dtype_name), descr);
    }
    Py_INCREF((PyObject *)descr);
    return descr;
}

static gboolean
shape_of(const TorporArray *array, npy_intp *shape)
{
    if (array->rank > NPY_MAXDIMS) {
        PyErr_Format(PyExc_ValueError, "array of rank %u; numpy has at most %d", array->rank,
                     NPY_MAXDIMS);
        return FALSE;
    }
    for (guint32 i = 0; i < array->rank; i++) {
        if (array->shape[i] > (guint64)NPY_MAX_INTP) {
            PyErr_SetString(PyExc_ValueError, "array shape beyond what numpy can hold");
            return FALSE;
        }
        shape[i] = (npy_intp)array->shape[i];
    }
    return TRUE;
}

static gboolean
is_mapping(const TorporArray *array)
{
    return array->data == NULL && array->byte_length >= MAPPING_BYTES;
}

static void
fill(const TorporArray *array, GArray *pending, void *out)
{
    PendingRead read = {
        .array = array, .out = out, .is_mapping = is_mapping(array), .pages = PAGES_SMALL};
    if (array->data == NULL && array->byte_length > 0)
        g_array_append_val(pending, read);
    else if (array->byte_length > 0)
        memcpy(out, array->data, array->byte_length);
}

/* numpy's array without values, in memory of numpy's or, if it is large, of its own. */
static PyObject *
fresh_array(const TorporArray *array)
{
    npy_intp shape[NPY_MAXDIMS];
    PyArray_Descr *descr = shape_of(array, shape) ? descr_of(array) : NULL;
    if (descr == NULL)
        return NULL;
    guint8 *memory = NULL;
    PyObject *mapping = is_mapping(array) ? memory_new(array->byte_length, &memory) : NULL;
    if (is_mapping(array) && mapping == NULL) {
        Py_DECREF((PyObject *)descr);
        return NULL;
    }
    PyObject *object = PyArray_NewFromDescr(&PyArray_Type, descr, (int)array->rank, shape, NULL,
                                            memory, memory == NULL ? 0 : NPY_ARRAY_CARRAY, NULL);
    if (object == NULL)
        Py_XDECREF(mapping);
    else if (mapping != NULL && PyArray_SetBaseObject((PyArrayObject *)object, mapping) < 0)
        Py_CLEAR(object);
    return object;
}

PyObject *
array_object(const TorporArray *array, GArray *pending, gboolean writeable)
{
    PyObject *object = fresh_array(array);
    if (object == NULL)
        return NULL;
    PyArrayObject *made = (PyArrayObject *)object;
    if ((guint64)PyArray_NBYTES(made) != array->byte_length) {
        PyErr_SetString(PyExc_ValueError, "array of another length than its shape has");
        Py_DECREF(object);
        return NULL;
    }
    fill(array, pending, PyArray_DATA(made));
    if (!writeable)
        PyArray_CLEARFLAGS(made, NPY_ARRAY_WRITEABLE);
    return object;
}

static PyObject *
shape_object(const TorporArray *array)
{
    npy_intp sizes[NPY_MAXDIMS];
    PyObject *shape = shape_of(array, sizes) ? PyTuple_New(array->rank) : NULL;
    for (guint32 i = 0; shape != NULL && i < array->rank; i++)
        PyTuple_SetItem(shape, i, PyLong_FromSsize_t(sizes[i]));
    return shape;
}

static PyObject *
where_object(const TorporArray *array, GPtrArray *arrays)
{
    if (arrays != NULL) {
        g_ptr_array_add(arrays, (gpointer)array);
        return PyLong_FromUnsignedLong(arrays->len - 1);
    }
    PyObject *extents = PyTuple_New(array->n_extents);
    for (guint32 i = 0; extents != NULL && i < array->n_extents; i++)
        PyTuple_SetItem(extents, i,
                        Py_BuildValue("KK", (unsigned long long)array->extents[i].place,
                                      (unsigned long long)array->extents[i].length));
    return extents;
}

PyObject *
outline_array(const TorporArray *array, PyObject *leaf, GPtrArray *arrays)
{
    PyArray_Descr *descr = descr_of(array);
    PyObject *shape = descr == NULL ? NULL : shape_object(array);
    PyObject *where = shape == NULL ? NULL : where_object(array, arrays);
    PyObject *object = NULL;
    if (where != NULL && PyErr_Occurred() == NULL)
        object = PyObject_CallFunctionObjArgs(leaf, (PyObject *)descr, shape, where, NULL);
    Py_XDECREF((PyObject *)descr);
    Py_XDECREF(shape);
    Py_XDECREF(where);
    return object;
}

PyObject *
scalar_object(const TorporArray *array, GArray *pending)
{
    PyObject *object = array_object(array, pending, FALSE);
    if (object == NULL || array->rank > 0)
        return object;
    PyArrayObject *holder = (PyArrayObject *)object;
    PyObject *scalar = PyArray_ToScalar(PyArray_DATA(holder), holder);
    Py_DECREF(object);
    return scalar;
}
