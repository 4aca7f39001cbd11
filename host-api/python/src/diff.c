#include "diff.h"

#include "compare/compare.h"
#include "compare/labels.h"
#include "compare/same.h"
#include "file/verify.h"
#include "hooks.h"
#include "msgpack/decode.h"

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

/* NULL only with an exception. */
static PyObject *
labels_object(const GArray *labels)
{
    PyObject *map = PyDict_New();
    for (guint i = 0; map != NULL && i < labels->len; i++) {
        const TorporLabel *label = &g_array_index(labels, TorporLabel, i);
        PyObject *value = PyLong_FromString(label->value, NULL, 10);
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
    g_autofree char *text = torpor_difference_to_text(difference);
    PyObject *entry = Py_BuildValue("{s:s,s:s,s:z,s:z,s:s}", "path", difference->path, "differs",
                                    kind_name(difference->kind), "a", difference->a, "b",
                                    difference->b, "text", text);
    PyObject *numbers =
        entry != NULL && difference->n_elements > 0 ? numbers_object(difference) : NULL;
    gboolean kept = entry != NULL && (numbers == NULL || PyDict_Update(entry, numbers) == 0) &&
                    PyErr_Occurred() == NULL && PyList_Append(list, entry) == 0;
    Py_XDECREF(numbers);
    Py_XDECREF(entry);
    PyGILState_Release(state);
    return kept;
}

typedef struct {
    TorporFile *file;
    TorporTree *tree;
    TorporIndex *index; /* NULL: it has none */
} Side;

static gboolean
side_open(Side *side, const char *path, GError **error)
{
    g_autoptr(GError) reason = NULL;
    side->file = torpor_file_open(path, error);
    side->tree = side->file == NULL ? NULL : torpor_decode_file(side->file, error);
    if (side->tree == NULL)
        return FALSE;
    side->index = torpor_file_read_index(side->file, &reason);
    if (reason == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&reason));
    return FALSE;
}

static void
side_clear(Side *side)
{
    g_clear_pointer(&side->index, torpor_index_free);
    g_clear_pointer(&side->tree, torpor_tree_free);
    g_clear_pointer(&side->file, torpor_file_close);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Side, side_clear)

static gboolean
side_verify(const Side *side, GError **error)
{
    return torpor_file_verify(side->file, side->index, 0, NULL, NULL, NULL, error);
}

/* Damaged files are never compared. */
static gboolean
compare_files(const char *a_path, const char *b_path, TorporCompareOptions *options, PyObject *list,
              GError **error)
{
    g_auto(Side) a = {.file = NULL};
    g_auto(Side) b = {.file = NULL};
    if (!side_open(&a, a_path, error) || !side_open(&b, b_path, error))
        return FALSE;
    g_autoptr(GError) reason = NULL;
    g_autoptr(TorporSame) same = NULL;
    if (a.index != NULL && b.index != NULL)
        same = torpor_same_new(a.file, a.index, b.file, b.index, NULL, NULL, &reason);
    if (reason != NULL) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return FALSE;
    }
    if (same == NULL && (!side_verify(&a, error) || !side_verify(&b, error)))
        return FALSE;
    options->same = same;
    return torpor_compare(a.file, a.tree, b.file, b.tree, options, collect, list, error) >= 0;
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
