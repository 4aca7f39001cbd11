/* Python objects -> tree.
 *
 * braintools saves in two steps: registered types become dicts (msgpack_to_state_dict), then the
 * dicts are packed. Here the types that a checkpoint is made of go to the tree in one step; a type
 * of the user's goes through its to_state function, and the result is packed as braintools packs
 * it: exact builtin types, arrays and scalars only. */
#include "ext.h"

#include <string.h>

Hooks hooks;

typedef struct {
    TorporTree *tree;
    Built *built;
    GHashTable *units; /* PyObject * -> TorporUnit * (NULL: needs its five values spelled out) */
    PyObject *path;    /* list of keys from the failing value up, for the error's note */
    guint depth;
    gboolean compat;
} Walk;

static TorporNode *walk(Walk *w, PyObject *object);
static TorporNode *walk_packed(Walk *w, PyObject *object);

/* ---- keeping, failing ---- */

/* Take over a reference for as long as the tree lives. */
static void
keep(Walk *w, PyObject *owned)
{
    g_ptr_array_add(w->built->kept, owned);
}

static gboolean
enter(Walk *w)
{
    if (++w->depth <= TORPOR_PYTHON_MAX_DEPTH)
        return TRUE;
    PyErr_SetString(PyExc_RecursionError, "maximum recursion depth exceeded in comparison");
    return FALSE;
}

static void
note_key(Walk *w, PyObject *key)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (w->path == NULL)
        w->path = PyList_New(0);
    if (w->path == NULL || PyList_Append(w->path, key) < 0)
        PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

/* Append a walked child; NULL goes on as failure, with the key noted. */
static gboolean
append(Walk *w, TorporNode *map, PyObject *key, TorporNode *child)
{
    Py_ssize_t length = 0;
    const char *text = child == NULL ? NULL : PyUnicode_AsUTF8AndSize(key, &length);
    if (text == NULL) {
        note_key(w, key);
        return FALSE;
    }
    torpor_map_append(w->tree, map, text, length, child);
    return TRUE;
}

/* ---- arrays ---- */

static gboolean
refuse_invalid_bools(const TorporArray *array)
{
    const guint8 *bytes = array->data;
    guint8 seen = 0;
    for (guint64 i = 0; i < array->byte_length; i++)
        seen |= bytes[i];
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
    /* One that braintools saves and cannot load: only asked for in its own manner. */
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

/* The bytes of a subclass that has its own idea of them (numpy.ma); NULL without error: none. */
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

/* Point `out` at C-order, machine-order bytes of `object`, whose owner stays with the tree. */
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

static TorporNode *
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

static TorporNode *
walk_numpy_scalar(Walk *w, PyObject *object)
{
    PyObject *array = PyArray_FromScalar(object, NULL);
    TorporNode *node = array == NULL ? NULL : walk_array(w, array, TORPOR_NODE_SCALAR);
    Py_XDECREF(array);
    return node;
}

/* ---- plain values ---- */

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
    if (overflow < 0 || PyErr_Occurred() != NULL) {
        PyErr_SetString(PyExc_OverflowError, "Integer value out of range");
        return NULL;
    }
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
        keep(w, owner);
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

/* bytes, and what can change under our hands: copied at once. */
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

/* jax arrays, msgpack's own types, and what nobody can pack. */
static TorporNode *
walk_other(Walk *w, PyObject *object)
{
    PyObject *leaf = PyObject_CallFunctionObjArgs(hooks.leaf, object, NULL);
    TorporNode *node = NULL;
    if (leaf != NULL && PyArray_Check(leaf)) {
        node = walk_array(w, leaf, TORPOR_NODE_ARRAY);
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

/* ---- containers ---- */

/* What a registered to_state function gives: a real msgpack array. */
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
        gboolean appended = append(w, node, key, walk_packed(w, value));
        Py_DECREF(key);
        Py_DECREF(value);
        if (!appended)
            return NULL;
    }
    return node;
}

/* As msgpack.packb(strict_types=True) with braintools' default= takes it. */
static TorporNode *
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
    if (PyDict_CheckExact(object) || PyList_CheckExact(object)) {
        if (enter(w))
            node = PyDict_CheckExact(object) ? walk_packed_dict(w, object)
                                             : walk_packed_list(w, object);
        w->depth--;
        return node;
    }
    if (PyBytes_CheckExact(object) || PyByteArray_CheckExact(object) || PyMemoryView_Check(object))
        return walk_bytes(w, object);
    if (PyComplex_Check(object))
        return walk_complex(w, object);
    return walk_other(w, object);
}

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
        gboolean walked = append(w, map, key, walk(w, value));
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
        fine = append(w, map, PyList_GetItem(keys, i),
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
            note_key(w, key);
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

/* ---- quantities and states ---- */

/* The numbers of a unit in the form the tree has; NULL without error if they do not fit it
 * (fractional exponents, a scale that is a float). */
static TorporUnit *
read_unit(Walk *w, PyObject *unit)
{
    PyObject *numbers = PyObject_CallFunctionObjArgs(hooks.unit, unit, NULL);
    if (numbers == NULL || numbers == Py_None) {
        Py_XDECREF(numbers);
        return NULL;
    }
    long long scale;
    double base, factor;
    const char *dim;
    Py_ssize_t dim_length;
    TorporUnit *out = NULL;
    if (PyArg_ParseTuple(numbers, "Lddy#", &scale, &base, &factor, &dim, &dim_length) &&
        dim_length == sizeof out->dim) {
        out = torpor_tree_alloc(w->tree, sizeof *out);
        *out = (TorporUnit){.scale = scale, .base = base, .factor = factor};
        memcpy(out->dim, dim, sizeof out->dim);
    }
    Py_DECREF(numbers);
    return out;
}

/* Units are few and shared: each is read once per save. */
static TorporUnit *
unit_of(Walk *w, PyObject *unit)
{
    gpointer known;
    if (g_hash_table_lookup_extended(w->units, unit, NULL, &known))
        return known;
    TorporUnit *read = read_unit(w, unit);
    if (read == NULL && PyErr_Occurred() != NULL)
        return NULL;
    Py_INCREF(unit);
    keep(w, unit);
    g_hash_table_insert(w->units, unit, read);
    return read;
}

/* What a registered function, or braintools' own way to spell a type out, gives. */
static TorporNode *
walk_registered(Walk *w, PyObject *object)
{
    PyObject *state = PyObject_CallFunctionObjArgs(hooks.to_state, object, NULL);
    TorporNode *node = state == NULL ? NULL : walk_packed(w, state);
    Py_XDECREF(state);
    return node;
}

static TorporNode *
walk_quantity(Walk *w, PyObject *quantity)
{
    static PyObject *mantissa_name, *unit_name;
    if (mantissa_name == NULL) {
        mantissa_name = PyUnicode_InternFromString("_mantissa");
        unit_name = PyUnicode_InternFromString("_unit");
    }
    PyObject *unit_object = PyObject_GetAttr(quantity, unit_name);
    TorporUnit *unit = unit_object == NULL ? NULL : unit_of(w, unit_object);
    Py_XDECREF(unit_object);
    if (unit == NULL)
        return PyErr_Occurred() != NULL ? NULL : walk_registered(w, quantity);
    TorporNode *node = torpor_node_new(w->tree, TORPOR_NODE_QUANTITY);
    PyObject *mantissa = PyObject_GetAttr(quantity, mantissa_name);
    node->value.quantity.unit = unit;
    node->value.quantity.mantissa = mantissa == NULL ? NULL : walk_packed(w, mantissa);
    Py_XDECREF(mantissa);
    return node->value.quantity.mantissa == NULL ? NULL : node;
}

static TorporNode *
walk_state(Walk *w, PyObject *state)
{
    PyObject *value = PyObject_GetAttrString(state, "value");
    TorporNode *node = value == NULL ? NULL : walk(w, value);
    Py_XDECREF(value);
    return node;
}

/* ---- any value ---- */

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
    TorporNode *node = enter(w) ? walk_kind(w, object, kind) : NULL;
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
