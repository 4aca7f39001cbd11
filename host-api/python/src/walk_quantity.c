#include "walk_quantity.h"

#include <string.h>

#include "hooks.h"
#include "value/unit.h"
#include "walk_packed.h"

/* A reader refuses a name that is known there and means another unit than the numbers do. */
static gboolean
name_fits(const char *name, const TorporUnit *numbers)
{
    const TorporUnit *known = torpor_unit_lookup(name, NULL);
    return known == NULL || torpor_unit_nearly_equal(known, numbers);
}

/* A unit as the tree has it. NULL without error if the tree cannot have it (fractional exponents, a
 * scale that is a float). */
static TorporUnit *
read_unit(Walk *w, PyObject *unit)
{
    PyObject *parts = PyObject_CallFunctionObjArgs(hooks.unit, unit, NULL);
    if (parts == NULL || parts == Py_None) {
        Py_XDECREF(parts);
        return NULL;
    }
    long long scale;
    double base, factor;
    const char *dim, *name;
    Py_ssize_t dim_length;
    TorporUnit *out = NULL;
    if (PyArg_ParseTuple(parts, "Lddy#z", &scale, &base, &factor, &dim, &dim_length, &name) &&
        dim_length == sizeof out->dim) {
        out = torpor_tree_alloc(w->tree, sizeof *out);
        *out = (TorporUnit){.scale = scale, .base = base, .factor = factor};
        memcpy(out->dim, dim, sizeof out->dim);
        if (name != NULL && !w->compat && name_fits(name, out))
            out->symbol = torpor_tree_strdup(w->tree, name, strlen(name));
    }
    Py_DECREF(parts);
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
    walk_keep(w, unit);
    g_hash_table_insert(w->units, unit, read);
    return read;
}

TorporNode *
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
