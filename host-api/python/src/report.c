/* verify, info and diff: what the tool's commands of these names ask the core. */
#include "ext.h"

#include "compare.h"
#include "decode.h"
#include "folder.h"

PyObject *
check_file(const char *path)
{
    GError *error = NULL;
    gboolean indexed = FALSE;
    Py_BEGIN_ALLOW_THREADS;
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_autoptr(TorporIndex) index = file == NULL ? NULL : torpor_file_read_index(file, &error);
    indexed = index != NULL || (file != NULL && error != NULL);
    if (error == NULL)
        torpor_file_verify(file, index, 0, NULL, NULL, NULL, &error);
    Py_END_ALLOW_THREADS;
    PyObject *indexed_object = indexed ? Py_True : Py_False;
    if (error == NULL)
        return Py_BuildValue("OOO", indexed_object, Py_None, Py_None);
    PyObject *result = Py_BuildValue("Ois", indexed_object, error->code, error->message);
    g_error_free(error);
    return result;
}

PyObject *
list_checkpoints(const char *folder)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) checkpoints = torpor_folder_list(folder, &error);
    if (checkpoints == NULL)
        return raise_core_error(error);
    PyObject *paths = PyList_New(0);
    for (guint i = 0; paths != NULL && i < checkpoints->len; i++) {
        const TorporCheckpoint *checkpoint = g_ptr_array_index(checkpoints, i);
        PyObject *path = PyUnicode_DecodeFSDefault(checkpoint->path);
        if (path == NULL || PyList_Append(paths, path) < 0) {
            Py_DECREF(paths);
            paths = NULL;
        }
        Py_XDECREF(path);
    }
    return paths;
}

/* ---- diff ---- */

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

/* Called without the GIL, which is taken for the short time that a difference needs. */
static gboolean
collect(const TorporDifference *difference, gpointer data)
{
    PyObject *list = data;
    PyGILState_STATE state = PyGILState_Ensure();
    g_autofree char *text = torpor_difference_to_text(difference);
    PyObject *entry = Py_BuildValue("{s:s,s:s,s:z,s:z,s:s}", "path", difference->path, "kind",
                                    kind_name(difference->kind), "a", difference->a, "b",
                                    difference->b, "text", text);
    if (entry != NULL && difference->n_elements > 0) {
        PyObject *numbers = Py_BuildValue(
            "{s:K,s:K,s:K,s:K,s:d,s:d,s:K}", "elements", (unsigned long long)difference->n_elements,
            "different", (unsigned long long)difference->n_different, "first",
            (unsigned long long)difference->first, "first_row",
            (unsigned long long)difference->first_row, "max_absolute", difference->max_absolute,
            "max_relative", difference->max_relative, "max_ulps",
            (unsigned long long)difference->max_ulps);
        if (numbers == NULL || PyDict_Update(entry, numbers) < 0) {
            Py_DECREF(entry);
            entry = NULL;
        }
        Py_XDECREF(numbers);
    }
    gboolean kept = entry != NULL && PyList_Append(list, entry) == 0;
    Py_XDECREF(entry);
    PyGILState_Release(state);
    return kept;
}

static gboolean
compare_files(const char *a_path, const char *b_path, const TorporCompareOptions *options,
              PyObject *list, GError **error)
{
    g_autoptr(TorporFile) a_file = torpor_file_open(a_path, error);
    g_autoptr(TorporTree) a = a_file == NULL ? NULL : torpor_decode_file(a_file, error);
    g_autoptr(TorporFile) b_file = a == NULL ? NULL : torpor_file_open(b_path, error);
    g_autoptr(TorporTree) b = b_file == NULL ? NULL : torpor_decode_file(b_file, error);
    return b != NULL && torpor_compare(a_file, a, b_file, b, options, collect, list, error) >= 0;
}

PyObject *
diff_files(const char *a_path, const char *b_path, double rtol, double atol,
           gboolean with_provenance)
{
    TorporCompareOptions options = {
        .relative_tolerance = rtol, .absolute_tolerance = atol, .with_provenance = with_provenance};
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
