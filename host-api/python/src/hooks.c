#include "hooks.h"

#include "base/error.h"

Hooks hooks;

gboolean
hooks_set(PyObject *arguments)
{
    Hooks given;
    if (!PyArg_ParseTuple(arguments, "O!OOOOOOOOO:configure", &PyDict_Type, &given.handlers,
                          &given.resolve, &given.to_state, &given.leaf, &given.collision,
                          &given.unit, &given.dtype_name, &given.dtype, &given.ext, &given.error))
        return FALSE;
    hooks = given;
    Py_INCREF(arguments); /* and with it, for good, all that it holds */
    return TRUE;
}

PyObject *
raise_core_error(GError *error)
{
    int status = error->domain == TORPOR_ERROR ? error->code : TORPOR_STATUS_IO;
    PyObject *value = Py_BuildValue("is", status, error->message);
    if (value != NULL)
        PyErr_SetObject(hooks.error, value);
    Py_XDECREF(value);
    g_error_free(error);
    return NULL;
}
