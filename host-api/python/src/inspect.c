#include "inspect.h"

#include <fcntl.h>

#include "checkpoint/whole_file.h"
#include "folder/folder.h"
#include "hooks.h"

PyObject *
check_file(const OpenedFile *opened)
{
    const TorporFile *file = opened_own_file(opened);
    GError *error = NULL;
    gboolean indexed = FALSE;
    Py_BEGIN_ALLOW_THREADS;
    (void)torpor_whole_file_verify(file, AT_FDCWD, FALSE, &indexed, NULL, NULL, &error);
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
