/* Tree -> Python objects: what braintools.file.msgpack_load gives, or an outline of it whose
 * arrays are still in the file. */
#include "ext.h"

#include <string.h>

#include "decode.h"
#include "memory.h"
#include "stored.h"
#include "verify.h"

#define KEY_MEMO_SIZE 1024u /* a power of two */
#define KEY_MEMO_BYTES 24u  /* longer keys are not remembered */

/* The objects of a unit's numbers, shared by all quantities that have them. */
typedef struct {
    const TorporUnit *unit;
    PyObject *values[4]; /* scale, base, dim, factor */
} UnitObjects;

typedef struct {
    TorporFile *file;
    TorporIndex *index; /* NULL: the file has none, or nothing is verified */
    PyObject *leaf;     /* outline: (dtype, shape, extents) -> object; else NULL */
    PyObject *quantity; /* outline: (mantissa, unit text, dict) -> object */
    PyObject *names[7]; /* keys of quantities */
    GArray *pending;
    GArray *units;
    PyObject *memo[KEY_MEMO_SIZE];
} Load;

static PyObject *object_of(Load *load, const TorporNode *node);

/* ---- text ---- */

static PyObject *
key_of(Load *load, const TorporNode *node)
{
    if (node->key_length > KEY_MEMO_BYTES)
        return PyUnicode_DecodeUTF8(node->key, node->key_length, NULL);
    guint32 hash = 2166136261u;
    for (guint32 i = 0; i < node->key_length; i++)
        hash = (hash ^ (guint8)node->key[i]) * 16777619u;
    PyObject **slot = &load->memo[hash & (KEY_MEMO_SIZE - 1)];
    Py_ssize_t length = 0;
    const char *known = *slot == NULL ? NULL : PyUnicode_AsUTF8AndSize(*slot, &length);
    if (known == NULL || length != (Py_ssize_t)node->key_length ||
        memcmp(known, node->key, length) != 0) {
        PyObject *made = PyUnicode_DecodeUTF8(node->key, node->key_length, NULL);
        if (made == NULL)
            return NULL;
        Py_XDECREF(*slot);
        *slot = made;
    }
    Py_INCREF(*slot);
    return *slot;
}

static PyObject *
bytes_object(Load *load, const TorporNode *node)
{
    GError *error = NULL;
    const char *data = node->value.bytes.data;
    g_autofree char *read = NULL;
    if (data == NULL) {
        data = read = torpor_bytes_read(load->file, node, &error);
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

/* ---- arrays ---- */

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
fill(Load *load, const TorporArray *array, void *out)
{
    PendingRead pending = {
        .array = array, .out = out, .is_mapping = is_mapping(array), .pages = PAGES_SMALL};
    if (array->data == NULL && array->byte_length > 0)
        g_array_append_val(load->pending, pending);
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

static PyObject *
array_object(Load *load, const TorporArray *array)
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
    fill(load, array, PyArray_DATA(made));
    PyArray_CLEARFLAGS(made, NPY_ARRAY_WRITEABLE);
    return object;
}

static PyObject *
outline_array(Load *load, const TorporArray *array)
{
    npy_intp sizes[NPY_MAXDIMS];
    PyArray_Descr *descr = shape_of(array, sizes) ? descr_of(array) : NULL;
    PyObject *shape = descr == NULL ? NULL : PyTuple_New(array->rank);
    PyObject *extents = shape == NULL ? NULL : PyTuple_New(array->n_extents);
    for (guint32 i = 0; extents != NULL && i < array->rank; i++)
        PyTuple_SetItem(shape, i, PyLong_FromSsize_t(sizes[i]));
    for (guint32 i = 0; extents != NULL && i < array->n_extents; i++)
        PyTuple_SetItem(extents, i,
                        Py_BuildValue("KK", (unsigned long long)array->extents[i].place,
                                      (unsigned long long)array->extents[i].length));
    PyObject *object = NULL;
    if (extents != NULL && PyErr_Occurred() == NULL)
        object = PyObject_CallFunctionObjArgs(load->leaf, (PyObject *)descr, shape, extents, NULL);
    Py_XDECREF((PyObject *)descr);
    Py_XDECREF(shape);
    Py_XDECREF(extents);
    return object;
}

static PyObject *
scalar_object(Load *load, const TorporArray *array)
{
    PyObject *object = array_object(load, array);
    if (object == NULL || array->rank > 0)
        return object;
    PyArrayObject *holder = (PyArrayObject *)object;
    PyObject *scalar = PyArray_ToScalar(PyArray_DATA(holder), holder);
    Py_DECREF(object);
    return scalar;
}

/* ---- quantities ---- */

static gboolean
same_numbers(const TorporUnit *a, const TorporUnit *b)
{
    return a->scale == b->scale && memcmp(a->dim, b->dim, sizeof a->dim) == 0 &&
           memcmp(&a->base, &b->base, sizeof a->base) == 0 &&
           memcmp(&a->factor, &b->factor, sizeof a->factor) == 0;
}

static PyObject *
dim_object(const TorporUnit *unit)
{
    npy_intp length = G_N_ELEMENTS(unit->dim);
    PyObject *dim = PyArray_SimpleNew(1, &length, NPY_INT64);
    if (dim == NULL)
        return NULL;
    memcpy(PyArray_DATA((PyArrayObject *)dim), unit->dim, sizeof unit->dim);
    PyArray_CLEARFLAGS((PyArrayObject *)dim, NPY_ARRAY_WRITEABLE);
    return dim;
}

static const UnitObjects *
unit_objects(Load *load, const TorporUnit *unit)
{
    for (guint i = load->units->len; i > 0; i--) {
        const UnitObjects *known = &g_array_index(load->units, UnitObjects, i - 1);
        if (known->unit == unit || same_numbers(known->unit, unit))
            return known;
    }
    UnitObjects made = {.unit = unit};
    made.values[0] = PyLong_FromLongLong(unit->scale);
    made.values[1] = PyFloat_FromDouble(unit->base);
    made.values[2] = dim_object(unit);
    made.values[3] = PyFloat_FromDouble(unit->factor);
    g_array_append_val(load->units, made);
    return PyErr_Occurred() != NULL
               ? NULL
               : &g_array_index(load->units, UnitObjects, load->units->len - 1);
}

static gboolean
set_text(PyObject *dict, PyObject *key, const char *text)
{
    PyObject *value = PyUnicode_FromString(text);
    gboolean set = value != NULL && PyDict_SetItem(dict, key, value) == 0;
    Py_XDECREF(value);
    return set;
}

/* The five values, or six where the file names the unit. */
static gboolean
set_unit_values(Load *load, PyObject *dict, PyObject *mantissa, const TorporUnit *unit)
{
    const UnitObjects *objects = unit_objects(load, unit);
    gboolean fine = objects != NULL && PyDict_SetItem(dict, load->names[0], mantissa) == 0;
    for (guint i = 0; fine && i < 4; i++)
        fine = PyDict_SetItem(dict, load->names[i + 1], objects->values[i]) == 0;
    return fine && (unit->symbol == NULL || set_text(dict, load->names[5], unit->symbol));
}

/* Numbers with a zero point of their own are what they are in the file: a value and the unit's
 * text. A scale and a factor would take them for kelvins. */
static gboolean
set_offset_values(Load *load, PyObject *dict, PyObject *value, const TorporUnit *unit)
{
    return PyDict_SetItem(dict, load->names[6], value) == 0 &&
           set_text(dict, load->names[5], unit->symbol);
}

static PyObject *
quantity_object(Load *load, const TorporNode *node)
{
    const TorporUnit *unit = node->value.quantity.unit;
    PyObject *mantissa = object_of(load, node->value.quantity.mantissa);
    PyObject *dict = mantissa == NULL ? NULL : PyDict_New();
    gboolean fine = dict != NULL && (unit->is_offset ? set_offset_values
                                                     : set_unit_values)(load, dict, mantissa, unit);
    PyObject *result = fine ? dict : NULL;
    if (fine && load->quantity != NULL) {
        g_autofree char *text = torpor_unit_to_text(unit);
        result = PyObject_CallFunction(load->quantity, "OsO", mantissa, text, dict);
    }
    if (result != dict)
        Py_XDECREF(dict);
    Py_XDECREF(mantissa);
    return result;
}

/* ---- containers ---- */

static PyObject *
dict_object(Load *load, const TorporNode *map)
{
    PyObject *dict = PyDict_New();
    for (const TorporNode *child = map->value.map.first; dict != NULL && child != NULL;
         child = child->next) {
        PyObject *key = key_of(load, child);
        PyObject *value = key == NULL ? NULL : object_of(load, child);
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
list_object(Load *load, const TorporNode *items)
{
    PyObject *list = PyList_New(0);
    for (const TorporNode *child = items->value.map.first; list != NULL && child != NULL;
         child = child->next) {
        PyObject *value = object_of(load, child);
        if (value == NULL || PyList_Append(list, value) < 0) {
            Py_DECREF(list);
            list = NULL;
        }
        Py_XDECREF(value);
    }
    return list;
}

static PyObject *
object_of(Load *load, const TorporNode *node)
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
        return bytes_object(load, node);
    case TORPOR_NODE_ARRAY:
        if (load->leaf != NULL && node->value.array->n_extents > 0)
            return outline_array(load, node->value.array);
        return array_object(load, node->value.array);
    case TORPOR_NODE_SCALAR:
        return scalar_object(load, node->value.array);
    case TORPOR_NODE_QUANTITY:
        return quantity_object(load, node);
    case TORPOR_NODE_MAP:
        return dict_object(load, node);
    case TORPOR_NODE_LIST:
        return list_object(load, node);
    }
    PyErr_Format(PyExc_SystemError, "a node of unknown kind %d", (int)node->kind);
    return NULL;
}

/* ---- a whole file ---- */

static gboolean
load_prepare(Load *load)
{
    static const char *const names[] = {"mantissa", "scale", "base", "dim",
                                        "factor",   "unit",  "value"};
    load->pending = g_array_new(FALSE, FALSE, sizeof(PendingRead));
    load->units = g_array_new(FALSE, FALSE, sizeof(UnitObjects));
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if ((load->names[i] = PyUnicode_InternFromString(names[i])) == NULL)
            return FALSE;
    return TRUE;
}

static void
load_clear(Load *load)
{
    for (gsize i = 0; i < G_N_ELEMENTS(load->names); i++)
        Py_XDECREF(load->names[i]);
    for (gsize i = 0; i < KEY_MEMO_SIZE; i++)
        Py_XDECREF(load->memo[i]);
    for (guint i = 0; load->units != NULL && i < load->units->len; i++)
        for (guint j = 0; j < 4; j++)
            Py_XDECREF(g_array_index(load->units, UnitObjects, i).values[j]);
    g_clear_pointer(&load->pending, g_array_unref);
    g_clear_pointer(&load->units, g_array_unref);
    g_clear_pointer(&load->index, torpor_index_free);
    torpor_file_close(load->file);
}

/* The structure is decoded before it is known which ranges are the arrays' own. What is damaged is
 * told in the words of the index, wherever it shows first. */
static TorporTree *
decode_verified(const TorporFile *file, const TorporIndex *index, guint n_threads, GError **error)
{
    GError *reason = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &reason);
    gboolean is_sound = index == NULL ||
                        (tree != NULL && verify_but_arrays(file, index, tree, n_threads)) ||
                        torpor_file_verify(file, index, n_threads, NULL, NULL, NULL, error);
    if (is_sound && reason != NULL)
        g_propagate_error(error, g_steal_pointer(&reason));
    g_clear_error(&reason);
    return is_sound ? g_steal_pointer(&tree) : NULL;
}

static TorporTree *
decode(Load *load, const char *path, guint n_threads, GError **error)
{
    TorporTree *tree = NULL;
    gboolean is_outline = load->leaf != NULL;
    GError *reason = NULL;
    Py_BEGIN_ALLOW_THREADS;
    load->file = torpor_file_open(path, &reason);
    if (load->file != NULL && !is_outline)
        load->index = torpor_file_read_index(load->file, &reason);
    if (reason == NULL)
        tree = decode_verified(load->file, load->index, n_threads, &reason);
    Py_END_ALLOW_THREADS;
    if (reason != NULL)
        g_propagate_error(error, reason);
    return tree;
}

/* Many small containers are made: without the collector, which would look at all of them again
 * and again and find nothing. */
static PyObject *
objects_of_tree(Load *load, TorporTree *tree)
{
    int collected = PyGC_Disable();
    PyObject *object = object_of(load, torpor_tree_root(tree));
    if (collected)
        PyGC_Enable();
    return object;
}

static PyObject *
load_objects(Load *load, TorporTree *tree, guint n_threads)
{
    PyObject *object = load_prepare(load) ? objects_of_tree(load, tree) : NULL;
    if (object == NULL || read_arrays(load->file, load->index, load->pending, n_threads))
        return object;
    Py_DECREF(object);
    return NULL;
}

static PyObject *
load_with(const char *path, guint n_threads, PyObject *leaf, PyObject *quantity)
{
    GError *error = NULL;
    g_autofree Load *load = g_new0(Load, 1);
    load->leaf = leaf;
    load->quantity = quantity;
    g_autoptr(TorporTree) tree = decode(load, path, n_threads, &error);
    PyObject *object = tree == NULL ? raise_core_error(error) : load_objects(load, tree, n_threads);
    load_clear(load);
    return object;
}

PyObject *
load_file(const char *path, guint n_threads)
{
    return load_with(path, n_threads, NULL, NULL);
}

PyObject *
outline_file(const char *path, PyObject *leaf, PyObject *quantity)
{
    return load_with(path, 1, leaf, quantity);
}
