#include "walk_context.h"

#include <string.h>

void
walk_keep(Walk *w, PyObject *owned)
{
    g_ptr_array_add(w->built->kept, owned);
}

gboolean
walk_enter(Walk *w)
{
    if (++w->depth <= TORPOR_PYTHON_MAX_DEPTH)
        return TRUE;
    PyErr_SetString(PyExc_RecursionError, "maximum recursion depth exceeded in comparison");
    return FALSE;
}

void
walk_leave(Walk *w)
{
    w->depth--;
}

gboolean
walk_is_generator(PyObject *dict)
{
    static PyObject *name;
    if (name == NULL)
        name = PyUnicode_InternFromString("bit_generator");
    PyObject *kind = name == NULL ? NULL : PyDict_GetItemWithError(dict, name);
    PyErr_Clear();
    return kind != NULL && PyUnicode_CheckExact(kind);
}

void
walk_note_key(Walk *w, PyObject *key)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (w->path == NULL)
        w->path = PyList_New(0);
    if (w->path == NULL || PyList_Append(w->path, key) < 0)
        PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

gboolean
walk_append(Walk *w, TorporNode *map, PyObject *key, TorporNode *child)
{
    Py_ssize_t length = 0;
    const char *text = child == NULL ? NULL : PyUnicode_AsUTF8AndSize(key, &length);
    if (text == NULL) {
        walk_note_key(w, key);
        return FALSE;
    }
    torpor_map_append(w->tree, map, text, length, child);
    return TRUE;
}

void
walk_add_path_note(const Walk *w)
{
    PyObject *path = w->path;
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
