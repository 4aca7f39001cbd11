#include "walk_array.h"

#include "gather.h"
#include "hooks.h"

/* Bytes that have to be gathered are read through a buffer. */
static gboolean
refuse_invalid_bools(const TorporArray *array)
{
    guint8 buffer[16 << 10];
    guint8 seen = 0;
    for (guint64 done = 0; done < array->byte_length;) {
        gsize piece = (gsize)MIN(array->byte_length - done, sizeof buffer);
        const guint8 *bytes = array->data == NULL ? buffer : (const guint8 *)array->data + done;
        if (array->data == NULL && !array->produce(array->produce_data, done, piece, buffer, NULL))
            return FALSE;
        for (gsize i = 0; i < piece; i++)
            seen |= bytes[i];
        done += piece;
    }
    if (seen <= 1)
        return TRUE;
    PyErr_SetString(PyExc_ValueError, "A bool array has bytes other than 0 and 1; make it with "
                                      "`array.view('uint8') != 0`.");
    return FALSE;
}

/* The element type of an array that is to be saved. */
static const TorporDtype *
dtype_of(Walk *w, PyArrayObject *array, const char **name)
{
    PyArray_Descr *descr = PyArray_DESCR(array);
    PyObject *text = PyObject_CallFunction(hooks.dtype_name, "OO", (PyObject *)descr,
                                           w->compat ? Py_True : Py_False);
    Py_ssize_t length;
    const char *utf8 = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &length);
    if (utf8 == NULL) {
        Py_XDECREF(text);
        return NULL;
    }
    *name = torpor_tree_strdup(w->tree, utf8, length);
    Py_DECREF(text);
    const TorporDtype *dtype = torpor_dtype_by_name(*name, length);
    if (dtype != NULL)
        return dtype;
    /* braintools saves it and cannot load it; name_to_save allows it under braintools_compat only.
     */
    TorporDtype *other = torpor_tree_alloc(w->tree, sizeof *other);
    *other = (TorporDtype){.size = (guint32)PyDataType_ELSIZE(descr), .name = *name};
    return other;
}

/* The usual types need no call into Python. */
static const TorporDtype *
usual_dtype_of(PyArrayObject *array)
{
    static const struct {
        char kind;
        guint8 size;
        guint32 id;
    } usual[] = {
        {'f', 8, TORPOR_DTYPE_FLOAT64},   {'f', 4, TORPOR_DTYPE_FLOAT32},
        {'f', 2, TORPOR_DTYPE_FLOAT16},   {'i', 8, TORPOR_DTYPE_INT64},
        {'i', 4, TORPOR_DTYPE_INT32},     {'i', 2, TORPOR_DTYPE_INT16},
        {'i', 1, TORPOR_DTYPE_INT8},      {'u', 8, TORPOR_DTYPE_UINT64},
        {'u', 4, TORPOR_DTYPE_UINT32},    {'u', 2, TORPOR_DTYPE_UINT16},
        {'u', 1, TORPOR_DTYPE_UINT8},     {'b', 1, TORPOR_DTYPE_BOOL},
        {'c', 8, TORPOR_DTYPE_COMPLEX64}, {'c', 16, TORPOR_DTYPE_COMPLEX128},
        {'f', 16, TORPOR_DTYPE_FLOAT128}, {'c', 32, TORPOR_DTYPE_COMPLEX256},
    };
    PyArray_Descr *descr = PyArray_DESCR(array);
    if (descr->type_num >= NPY_OBJECT && descr->type_num != NPY_HALF)
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(usual); i++)
        if (usual[i].kind == descr->kind && usual[i].size == (guint64)PyDataType_ELSIZE(descr))
            return torpor_dtype_by_id(usual[i].id);
    return NULL;
}

/* The bytes of a subclass that overrides tobytes (numpy.ma). NULL without error: it does not. */
static PyObject *
own_bytes_of(PyObject *array)
{
    if (PyArray_CheckExact(array))
        return NULL;
    PyObject *own = PyObject_GetAttrString((PyObject *)Py_TYPE(array), "tobytes");
    PyObject *usual = PyObject_GetAttrString((PyObject *)&PyArray_Type, "tobytes");
    PyObject *bytes = NULL;
    if (own != NULL && usual != NULL && own != usual)
        bytes = PyObject_CallMethod(array, "tobytes", "s", "C");
    Py_XDECREF(own);
    Py_XDECREF(usual);
    return bytes;
}

/* Point `out` at C-order, machine-order bytes of `object`, or let it produce them. Their owner
 * stays with the tree. */
static gboolean
borrow_payload(Walk *w, PyObject *object, TorporArray *out)
{
    PyObject *owner = own_bytes_of(object);
    if (PyErr_Occurred() != NULL)
        return FALSE;
    if (owner != NULL) {
        out->data = PyBytes_AsString(owner);
        if ((guint64)PyBytes_Size(owner) != out->byte_length) {
            PyErr_SetString(PyExc_ValueError, "tobytes() gave another length than the shape has");
            Py_DECREF(owner);
            return FALSE;
        }
    } else if (gather_array(w->tree, (PyArrayObject *)object, w->compat, out)) {
        Py_INCREF(object);
        owner = object;
    } else {
        int order = w->compat ? 0 : NPY_ARRAY_NOTSWAPPED;
        owner = PyArray_CheckFromAny(object, NULL, 0, 0,
                                     NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ENSUREARRAY | order, NULL);
        if (owner == NULL)
            return FALSE;
        out->data = PyArray_DATA((PyArrayObject *)owner);
    }
    g_ptr_array_add(w->built->arrays, out);
    g_ptr_array_add(w->built->owners, owner);
    return TRUE;
}

TorporNode *
walk_array(Walk *w, PyObject *object, TorporNodeKind kind)
{
    PyArrayObject *array = (PyArrayObject *)object;
    TorporNode *node = torpor_node_new(w->tree, kind);
    TorporArray *out = torpor_tree_alloc(w->tree, sizeof *out);
    guint32 rank = (guint32)PyArray_NDIM(array);
    guint64 *shape = torpor_tree_alloc(w->tree, MAX(rank, 1) * sizeof *shape);
    for (guint32 i = 0; i < rank; i++)
        shape[i] = (guint64)PyArray_DIM(array, (int)i);
    *out =
        (TorporArray){.rank = rank, .shape = shape, .byte_length = (guint64)PyArray_NBYTES(array)};
    out->dtype = usual_dtype_of(array);
    if (out->dtype != NULL)
        out->dtype_name = out->dtype->name;
    else
        out->dtype = dtype_of(w, array, &out->dtype_name);
    if (out->dtype == NULL || !borrow_payload(w, object, out))
        return NULL;
    if (out->dtype->id == TORPOR_DTYPE_BOOL && !w->compat && !refuse_invalid_bools(out))
        return NULL;
    node->value.array = out;
    return node;
}
