#include "diff.h"

#include "compare/labels.h"
#include "compare/pair.h"
#include "hooks.h"

static const char *
kind_name(TorporDifferenceKind kind)
{
    switch (kind) {
    case TORPOR_DIFFERS_ONLY_IN_A:
        return "only in a";
    case TORPOR_DIFFERS_ONLY_IN_B:
        return "only in b";
    case TORPOR_DIFFERS_KIND:
        return "kind";
    case TORPOR_DIFFERS_DTYPE:
        return "dtype";
    case TORPOR_DIFFERS_SHAPE:
        return "shape";
    case TORPOR_DIFFERS_UNIT:
        return "unit";
    case TORPOR_DIFFERS_VALUE:
        return "value";
    }
    return "?";
}

/* None where a number of ULP has no meaning. */
static PyObject *
ulps_object(const TorporDifference *difference)
{
    if (difference->is_integer || difference->max_ulps == G_MAXUINT64)
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLongLong(difference->max_ulps);
}

/* An int; a float if it has a point or an exponent. NULL only with an exception. */
static PyObject *
number_object(const char *text)
{
    if (strpbrk(text, ".en") == NULL)
        return PyLong_FromString(text, NULL, 10);
    return PyFloat_FromDouble(g_ascii_strtod(text, NULL));
}

/* NULL only with an exception. */
static PyObject *
labels_object(const GArray *labels)
{
    PyObject *map = PyDict_New();
    for (guint i = 0; map != NULL && i < labels->len; i++) {
        const TorporLabel *label = &g_array_index(labels, TorporLabel, i);
        PyObject *value =
            label->is_name ? PyUnicode_FromString(label->value) : number_object(label->value);
        if (value == NULL || PyDict_SetItemString(map, label->name, value) < 0)
            Py_CLEAR(map);
        Py_XDECREF(value);
    }
    return map;
}

static PyObject *
rows_object(const TorporDifference *difference)
{
    PyObject *list = PyList_New(0);
    for (guint i = 0; list != NULL && i < difference->n_rows; i++) {
        const TorporDifferentRow *row = &difference->rows[i];
        PyObject *entry =
            Py_BuildValue("{s:K,s:N,s:s,s:s}", "row", (unsigned long long)row->row, "labels",
                          labels_object(row->labels), "a", row->a, "b", row->b);
        if (entry == NULL || PyList_Append(list, entry) < 0)
            Py_CLEAR(list);
        Py_XDECREF(entry);
    }
    return list;
}

static PyObject *
numbers_object(const TorporDifference *difference)
{
    g_autofree char *unit = difference->unit == NULL ? NULL : torpor_unit_to_text(difference->unit);
    return Py_BuildValue("{s:z,s:K,s:K,s:K,s:K,s:N,s:d,s:d,s:N,s:N}", "unit", unit, "elements",
                         (unsigned long long)difference->n_elements, "different",
                         (unsigned long long)difference->n_different, "first",
                         (unsigned long long)difference->first, "row",
                         (unsigned long long)difference->rows[0].row, "labels",
                         labels_object(difference->rows[0].labels), "max_absolute",
                         difference->max_absolute, "max_relative", difference->max_relative,
                         "max_ulps", ulps_object(difference), "rows", rows_object(difference));
}

/* Called without the GIL; takes it to add one difference to the list. */
static gboolean
collect(const TorporDifference *difference, gpointer data)
{
    PyObject *list = data;
    PyGILState_STATE state = PyGILState_Ensure();
    g_autofree char *text = torpor_difference_to_text(difference, FALSE);
    PyObject *entry =
        Py_BuildValue("{s:s,s:s,s:z,s:z,s:O,s:s}", "path", difference->path, "differs",
                      kind_name(difference->kind), "a", difference->a, "b", difference->b, "hidden",
                      difference->is_hidden ? Py_True : Py_False, "text", text);
    PyObject *numbers =
        entry != NULL && difference->n_elements > 0 ? numbers_object(difference) : NULL;
    gboolean kept = entry != NULL && (numbers == NULL || PyDict_Update(entry, numbers) == 0) &&
                    PyErr_Occurred() == NULL && PyList_Append(list, entry) == 0;
    Py_XDECREF(numbers);
    Py_XDECREF(entry);
    PyGILState_Release(state);
    return kept;
}

/* Damaged files are never compared. */
static gboolean
compare_files(const char *a, const char *b, TorporCompareOptions *options, PyObject *list,
              GError **error)
{
    g_auto(TorporPair) pair = {.same = NULL};
    if (!torpor_pair_init(&pair, a, b, NULL, NULL, error))
        return FALSE;
    const GError *damage = torpor_pair_damage(&pair);
    if (damage == NULL)
        return torpor_pair_compare(&pair, options, collect, list, error);
    g_propagate_error(error, g_error_copy(damage));
    return FALSE;
}

PyObject *
diff_files(const char *a_path, const char *b_path, double rtol, double atol,
           gboolean with_provenance, guint max_rows)
{
    TorporCompareOptions options = {.relative_tolerance = rtol,
                                    .absolute_tolerance = atol,
                                    .with_provenance = with_provenance,
                                    .max_rows = max_rows};
    PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    GError *error = NULL;
    gboolean compared;
    Py_BEGIN_ALLOW_THREADS;
    compared = compare_files(a_path, b_path, &options, list, &error);
    Py_END_ALLOW_THREADS;
    if (compared && PyErr_Occurred() == NULL)
        return list;
    Py_DECREF(list);
    return compared ? NULL : raise_core_error(error);
}
