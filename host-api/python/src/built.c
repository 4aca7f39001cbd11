#include "built.h"

static void
release_object(gpointer object)
{
    Py_DECREF((PyObject *)object);
}

Built *
built_new(void)
{
    Built *built = g_new0(Built, 1);
    built->tree = torpor_tree_new();
    built->kept = g_ptr_array_new_with_free_func(release_object);
    built->arrays = g_ptr_array_new();
    built->owners = g_ptr_array_new_with_free_func(release_object);
    return built;
}

void
built_free(Built *built)
{
    torpor_tree_free(built->tree);
    g_ptr_array_unref(built->kept);
    g_ptr_array_unref(built->arrays);
    g_ptr_array_unref(built->owners);
    g_free(built);
}

#define BUILT_NAME "torpor.built"

Built *
built_get(PyObject *capsule)
{
    return PyCapsule_GetPointer(capsule, BUILT_NAME);
}

static void
destroy_built(PyObject *capsule)
{
    built_free(built_get(capsule));
}

PyObject *
built_capsule(Built *built)
{
    PyObject *capsule = PyCapsule_New(built, BUILT_NAME, destroy_built);
    if (capsule == NULL)
        built_free(built);
    return capsule;
}
