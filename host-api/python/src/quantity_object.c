#include "quantity_object.h"

#include <string.h>

/* The objects of a unit's numbers, shared by all quantities that have them. */
typedef struct {
    const TorporUnit *unit;
    PyObject *values[4]; /* scale, base, dim, factor */
} UnitObjects;

gboolean
quantity_objects_init(QuantityObjects *objects)
{
    static const char *const names[] = {"mantissa", "scale", "base", "dim",
                                        "factor",   "unit",  "value"};
    G_STATIC_ASSERT(G_N_ELEMENTS(names) == G_N_ELEMENTS(objects->names));
    objects->units = g_array_new(FALSE, FALSE, sizeof(UnitObjects));
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if ((objects->names[i] = PyUnicode_InternFromString(names[i])) == NULL)
            return FALSE;
    return TRUE;
}

void
quantity_objects_clear(QuantityObjects *objects)
{
    for (gsize i = 0; i < G_N_ELEMENTS(objects->names); i++)
        Py_CLEAR(objects->names[i]);
    for (guint i = 0; objects->units != NULL && i < objects->units->len; i++)
        for (guint j = 0; j < 4; j++)
            Py_XDECREF(g_array_index(objects->units, UnitObjects, i).values[j]);
    g_clear_pointer(&objects->units, g_array_unref);
}

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
unit_objects(const QuantityObjects *objects, const TorporUnit *unit)
{
    for (guint i = objects->units->len; i > 0; i--) {
        const UnitObjects *known = &g_array_index(objects->units, UnitObjects, i - 1);
        if (known->unit == unit || same_numbers(known->unit, unit))
            return known;
    }
    UnitObjects made = {.unit = unit};
    made.values[0] = PyLong_FromLongLong(unit->scale);
    made.values[1] = PyFloat_FromDouble(unit->base);
    made.values[2] = dim_object(unit);
    made.values[3] = PyFloat_FromDouble(unit->factor);
    g_array_append_val(objects->units, made);
    return PyErr_Occurred() != NULL
               ? NULL
               : &g_array_index(objects->units, UnitObjects, objects->units->len - 1);
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
set_unit_values(const QuantityObjects *objects, PyObject *dict, PyObject *mantissa,
                const TorporUnit *unit)
{
    const UnitObjects *shared = unit_objects(objects, unit);
    gboolean fine = shared != NULL && PyDict_SetItem(dict, objects->names[0], mantissa) == 0;
    for (guint i = 0; fine && i < 4; i++)
        fine = PyDict_SetItem(dict, objects->names[i + 1], shared->values[i]) == 0;
    return fine && (unit->symbol == NULL || set_text(dict, objects->names[5], unit->symbol));
}

/* Numbers with a zero point of their own are what they are in the file: a value and the unit's
 * text. A scale and a factor would take them for kelvins. */
static gboolean
set_offset_values(const QuantityObjects *objects, PyObject *dict, PyObject *value,
                  const TorporUnit *unit)
{
    return PyDict_SetItem(dict, objects->names[6], value) == 0 &&
           set_text(dict, objects->names[5], unit->symbol);
}

PyObject *
quantity_dict(QuantityObjects *objects, PyObject *mantissa, const TorporUnit *unit)
{
    PyObject *dict = PyDict_New();
    if (dict != NULL &&
        (unit->is_offset ? set_offset_values : set_unit_values)(objects, dict, mantissa, unit))
        return dict;
    Py_XDECREF(dict);
    return NULL;
}
