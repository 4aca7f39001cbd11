#include "opened_file.h"

#include "base/packed.h"
#include "base/unpack.h"
#include "hooks.h"
#include "msgpack/stored.h"

#define CAPSULE_NAME "torpor.file"

static void
close_file(PyObject *capsule)
{
    OpenedFile *opened = PyCapsule_GetPointer(capsule, CAPSULE_NAME);
    torpor_whole_file_clear(&opened->whole);
    g_ptr_array_unref(opened->arrays);
    g_free(opened);
}

PyObject *
open_file(const char *path)
{
    GError *error = NULL;
    TorporFile *file;
    Py_BEGIN_ALLOW_THREADS;
    file = torpor_file_open(path, &error);
    Py_END_ALLOW_THREADS;
    if (file == NULL)
        return raise_core_error(error);
    OpenedFile *opened = g_new0(OpenedFile, 1);
    opened->whole.file = file;
    opened->arrays = g_ptr_array_new();
    return PyCapsule_New(opened, CAPSULE_NAME, close_file);
}

OpenedFile *
opened_file(PyObject *capsule)
{
    return PyCapsule_GetPointer(capsule, CAPSULE_NAME);
}

const TorporFile *
opened_own_file(const OpenedFile *opened)
{
    return opened->whole.joined != NULL ? opened->whole.manifest_file : opened->whole.file;
}

gboolean
opened_is_plain(const OpenedFile *opened)
{
    return opened->whole.joined == NULL && opened->whole.file->unpacker == NULL;
}

PyObject *
opened_file_number(PyObject *capsule)
{
    const OpenedFile *opened = opened_file(capsule);
    return opened == NULL ? NULL : PyLong_FromLong(opened_own_file(opened)->fd);
}

PyObject *
describe_packing(PyObject *capsule)
{
    const OpenedFile *opened = opened_file(capsule);
    if (opened == NULL)
        return NULL;
    const TorporFile *file = opened_own_file(opened);
    if (file->unpacker == NULL)
        Py_RETURN_NONE;
    const GPtrArray *names = torpor_unpacker_table(file->unpacker)->names;
    PyObject *needs = PyList_New(0);
    for (guint i = 0; needs != NULL && i < names->len; i++) {
        PyObject *name = PyUnicode_DecodeFSDefault(names->pdata[i]);
        if (name == NULL || PyList_Append(needs, name) < 0)
            Py_CLEAR(needs);
        Py_XDECREF(name);
    }
    return needs == NULL ? NULL : Py_BuildValue("KN", (unsigned long long)file->length, needs);
}

PyObject *
read_opened_array(PyObject *capsule, Py_ssize_t number)
{
    const OpenedFile *opened = opened_file(capsule);
    if (opened == NULL)
        return NULL;
    if (number < 0 || number >= (Py_ssize_t)opened->arrays->len)
        return PyErr_Format(PyExc_IndexError, "there is no array %zd", number);
    const TorporArray *array = opened->arrays->pdata[number];
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)array->byte_length);
    if (bytes == NULL)
        return NULL;
    char *out = PyBytes_AsString(bytes);
    GError *error = NULL;
    Py_BEGIN_ALLOW_THREADS;
    (void)torpor_array_read(opened->whole.file, array, 0, (gsize)array->byte_length, out, &error);
    Py_END_ALLOW_THREADS;
    if (error == NULL)
        return bytes;
    Py_DECREF(bytes);
    return raise_core_error(error);
}
