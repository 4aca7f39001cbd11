#include "folder.h"

#include <fcntl.h>

#include "checkpoint/whole_file.h"
#include "folder/abandoned.h"
#include "folder/newest.h"
#include "folder/retention.h"
#include "hooks.h"

#define FOLDER_NAME "torpor.folder"
#define RELEASED ((void *)1) /* a capsule cannot hold NULL */

static TorporFolder *
get_folder(PyObject *capsule)
{
    void *folder = PyCapsule_GetPointer(capsule, FOLDER_NAME);
    if (folder == RELEASED)
        PyErr_SetString(PyExc_ValueError, "the folder is closed");
    return folder == RELEASED ? NULL : folder;
}

static void
free_folder(PyObject *capsule)
{
    void *folder = PyCapsule_GetPointer(capsule, FOLDER_NAME);
    if (folder != RELEASED)
        torpor_folder_unlock(folder);
}

PyObject *
folder_hold(const char *path)
{
    GError *error = NULL;
    TorporFolder *folder;
    Py_BEGIN_ALLOW_THREADS;
    folder = torpor_folder_lock(path, &error);
    Py_END_ALLOW_THREADS;
    if (folder == NULL)
        return raise_core_error(error);
    PyObject *capsule = PyCapsule_New(folder, FOLDER_NAME, free_folder);
    if (capsule == NULL)
        torpor_folder_unlock(folder);
    return capsule;
}

gboolean
folder_release(PyObject *capsule)
{
    void *folder = PyCapsule_GetPointer(capsule, FOLDER_NAME);
    if (folder == NULL || PyCapsule_SetPointer(capsule, RELEASED) != 0)
        return FALSE;
    if (folder != RELEASED)
        torpor_folder_unlock(folder);
    return TRUE;
}

/* As `torpor latest` sees it: every byte is checked, so there has to be an index. */
static gboolean
is_sound(G_GNUC_UNUSED gpointer unused, int folder, const char *path, GError **error)
{
    g_autoptr(TorporFile) file = torpor_file_open_in(folder, path, error);
    gboolean indexed;
    return file != NULL &&
           torpor_whole_file_verify(file, folder, TRUE, &indexed, NULL, NULL, error);
}

/* A list of texts, which are freed. */
static PyObject *
list_of(GPtrArray *texts)
{
    PyObject *list = PyList_New(0);
    for (guint i = 0; list != NULL && i < texts->len; i++) {
        PyObject *text = PyUnicode_DecodeFSDefault(texts->pdata[i]);
        if (text == NULL || PyList_Append(list, text) < 0)
            Py_CLEAR(list);
        Py_XDECREF(text);
    }
    g_ptr_array_unref(texts);
    return list;
}

static PyObject *
path_or_none(char *path)
{
    if (path == NULL)
        Py_RETURN_NONE;
    PyObject *text = PyUnicode_DecodeFSDefault(path);
    g_free(path);
    return text;
}

PyObject *
folder_newest(const char *path)
{
    GError *error = NULL;
    char *found;
    GPtrArray *damaged = g_ptr_array_new_with_free_func(g_free);
    Py_BEGIN_ALLOW_THREADS;
    found = torpor_newest_select(AT_FDCWD, path, TORPOR_RESUME_AUTO, NULL, is_sound, NULL, damaged,
                                 &error);
    Py_END_ALLOW_THREADS;
    if (error != NULL) {
        g_ptr_array_unref(damaged);
        return raise_core_error(error);
    }
    PyObject *newest = path_or_none(found);
    PyObject *passed_over = list_of(damaged);
    return newest == NULL || passed_over == NULL ? NULL : Py_BuildValue("NN", newest, passed_over);
}

PyObject *
folder_abandon(PyObject *capsule, const guint64 *step)
{
    TorporFolder *folder = get_folder(capsule);
    if (folder == NULL)
        return NULL;
    GError *error = NULL;
    char *moved_to = NULL;
    gint n_moved;
    Py_BEGIN_ALLOW_THREADS;
    n_moved = torpor_abandoned_set_aside(folder, NULL, step, &moved_to, &error);
    Py_END_ALLOW_THREADS;
    return n_moved < 0 ? raise_core_error(error) : path_or_none(moved_to);
}

PyObject *
folder_prune(PyObject *capsule, guint64 keep, guint64 keep_every)
{
    TorporFolder *folder = get_folder(capsule);
    if (folder == NULL)
        return NULL;
    GError *error = NULL;
    gboolean pruned;
    GPtrArray *removed = g_ptr_array_new_with_free_func(g_free);
    Py_BEGIN_ALLOW_THREADS;
    pruned =
        torpor_folder_check_held(folder, &error) &&
        torpor_retention_prune(folder, NULL, keep, keep_every, FALSE, NULL, NULL, removed, &error);
    Py_END_ALLOW_THREADS;
    if (pruned)
        return list_of(removed);
    g_ptr_array_unref(removed);
    return raise_core_error(error);
}
