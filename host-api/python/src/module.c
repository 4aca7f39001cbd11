/* torpor._core: what the Python half calls. */
#define TORPOR_IMPORTS_NUMPY
#include "prelude.h"

#include <string.h>

#include "base/error.h"
#include "built.h"
#include "diff.h"
#include "file/save_tree.h"
#include "file/temp_file.h"
#include "folder.h"
#include "hooks.h"
#include "inspect.h"
#include "load.h"
#include "msgpack/decode.h"
#include "opened_file.h"
#include "pool.h"
#include "walk.h"

static PyObject *
configure(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    if (!hooks_set(arguments))
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
build(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    PyObject *target;
    int compat;
    if (!PyArg_ParseTuple(arguments, "Op:build", &target, &compat))
        return NULL;
    return build_value(target, compat);
}

static PyObject *
new_pool(G_GNUC_UNUSED PyObject *self, G_GNUC_UNUSED PyObject *unused)
{
    return pool_new();
}

static PyObject *
stage(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    PyObject *built, *pool;
    if (!PyArg_ParseTuple(arguments, "OO:stage", &built, &pool) || !pool_stage(pool, built))
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
save(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    PyObject *capsule;
    const char *path, *compress;
    int overwrite, index, fsync;
    TorporPackOptions packing = {.level = 0};
    unsigned long long chunk_bytes;
    if (!PyArg_ParseTuple(arguments, "OypppKs:save", &capsule, &path, &overwrite, &index, &fsync,
                          &chunk_bytes, &compress))
        return NULL;
    Built *built = built_get(capsule);
    if (built == NULL)
        return NULL;
    if (!torpor_pack_options_parse(compress, &packing))
        return PyErr_Format(PyExc_ValueError,
                            "compress: expected " TORPOR_COMPRESS_EXPECTED ", found '%s'",
                            compress);
    TorporEncodeOptions options = {.chunk_bytes = chunk_bytes,
                                   .index = index,
                                   .list_arrays = TRUE,
                                   .unchecked = built->compat};
    GError *error = NULL;
    gboolean saved;
    Py_BEGIN_ALLOW_THREADS;
    saved =
        torpor_file_save_packed(path, built->tree, &options, &packing, overwrite, fsync, &error);
    Py_END_ALLOW_THREADS;
    if (!saved)
        return raise_core_error(error);
    Py_RETURN_NONE;
}

static PyObject *
load(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    const char *path;
    unsigned int n_threads;
    int writeable;
    if (!PyArg_ParseTuple(arguments, "yIp:load", &path, &n_threads, &writeable))
        return NULL;
    return load_file(path, n_threads, writeable);
}

static PyObject *
open_(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    const char *path;
    return PyArg_ParseTuple(arguments, "y:open", &path) ? open_file(path) : NULL;
}

static PyObject *
file_number(G_GNUC_UNUSED PyObject *self, PyObject *file)
{
    return opened_file_number(file);
}

static PyObject *
is_plain(G_GNUC_UNUSED PyObject *self, PyObject *capsule)
{
    const OpenedFile *opened = opened_file(capsule);
    return opened == NULL ? NULL : PyBool_FromLong(opened_is_plain(opened));
}

static PyObject *
outline(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    PyObject *capsule, *leaf, *quantity;
    if (!PyArg_ParseTuple(arguments, "OOO:outline", &capsule, &leaf, &quantity))
        return NULL;
    OpenedFile *opened = opened_file(capsule);
    return opened == NULL ? NULL : outline_file(opened, leaf, quantity);
}

static PyObject *
heading(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    PyObject *capsule, *leaf, *quantity;
    if (!PyArg_ParseTuple(arguments, "OOO:heading", &capsule, &leaf, &quantity))
        return NULL;
    const OpenedFile *opened = opened_file(capsule);
    return opened == NULL ? NULL : outline_heading(opened, leaf, quantity);
}

static PyObject *
packing(G_GNUC_UNUSED PyObject *self, PyObject *file)
{
    return describe_packing(file);
}

static PyObject *
read_(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    PyObject *capsule;
    Py_ssize_t number;
    return PyArg_ParseTuple(arguments, "On:read", &capsule, &number)
               ? read_opened_array(capsule, number)
               : NULL;
}

static PyObject *
remove_leftovers(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    const char *folder;
    guint removed;
    if (!PyArg_ParseTuple(arguments, "y:remove_leftovers", &folder))
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    removed = torpor_temp_file_remove_leftovers(folder);
    Py_END_ALLOW_THREADS;
    return PyLong_FromUnsignedLong(removed);
}

static PyObject *
check(G_GNUC_UNUSED PyObject *self, PyObject *capsule)
{
    const OpenedFile *opened = opened_file(capsule);
    return opened == NULL ? NULL : check_file(opened);
}

static PyObject *
shard_bytes(G_GNUC_UNUSED PyObject *self, PyObject *capsule)
{
    const OpenedFile *opened = opened_file(capsule);
    if (opened == NULL)
        return NULL;
    const TorporFile *file = opened_own_file(opened);
    g_autoptr(TorporTree) tree = torpor_decode_file(file, NULL);
    return PyLong_FromUnsignedLongLong(tree == NULL ? 0
                                                    : torpor_whole_file_shard_bytes(tree, file));
}

static PyObject *
checkpoints(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    const char *folder;
    return PyArg_ParseTuple(arguments, "y:checkpoints", &folder) ? list_checkpoints(folder) : NULL;
}

static PyObject *
hold(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    const char *folder;
    return PyArg_ParseTuple(arguments, "y:hold", &folder) ? folder_hold(folder) : NULL;
}

static PyObject *
release(G_GNUC_UNUSED PyObject *self, PyObject *folder)
{
    if (!folder_release(folder))
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
newest(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    const char *folder;
    return PyArg_ParseTuple(arguments, "y:newest", &folder) ? folder_newest(folder) : NULL;
}

static PyObject *
abandon(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    PyObject *folder, *after;
    if (!PyArg_ParseTuple(arguments, "OO:abandon", &folder, &after))
        return NULL;
    guint64 step = after == Py_None ? 0 : PyLong_AsUnsignedLongLong(after);
    return PyErr_Occurred() ? NULL : folder_abandon(folder, after == Py_None ? NULL : &step);
}

static PyObject *
prune(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    PyObject *folder;
    unsigned long long keep, keep_every;
    return PyArg_ParseTuple(arguments, "OKK:prune", &folder, &keep, &keep_every)
               ? folder_prune(folder, keep, keep_every)
               : NULL;
}

static PyObject *
diff(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    const char *a, *b;
    double rtol, atol;
    int with_provenance;
    unsigned int max_rows;
    if (!PyArg_ParseTuple(arguments, "yyddpI:diff", &a, &b, &rtol, &atol, &with_provenance,
                          &max_rows))
        return NULL;
    return diff_files(a, b, rtol, atol, with_provenance, max_rows);
}

static gboolean
parse_unit(PyObject *numbers, TorporUnit *out)
{
    long long scale;
    const char *dim;
    Py_ssize_t dim_length;
    *out = (TorporUnit){0};
    if (!PyArg_ParseTuple(numbers, "Lddy#", &scale, &out->base, &out->factor, &dim, &dim_length))
        return FALSE;
    if (dim_length != sizeof out->dim) {
        PyErr_SetString(PyExc_ValueError, "a dimension has seven int64 exponents");
        return FALSE;
    }
    out->scale = scale;
    memcpy(out->dim, dim, sizeof out->dim);
    return TRUE;
}

static PyObject *
unit_conversion(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    PyObject *from_numbers, *to_numbers;
    TorporUnit from, to;
    if (!PyArg_ParseTuple(arguments, "O!O!:unit_conversion", &PyTuple_Type, &from_numbers,
                          &PyTuple_Type, &to_numbers) ||
        !parse_unit(from_numbers, &from) || !parse_unit(to_numbers, &to))
        return NULL;
    double multiply, divide;
    GError *error = NULL;
    if (!torpor_unit_conversion(&from, &to, &multiply, &divide, &error))
        return raise_core_error(error);
    return Py_BuildValue("dd", multiply, divide);
}

static PyObject *
unit_text(G_GNUC_UNUSED PyObject *self, PyObject *numbers)
{
    TorporUnit unit;
    if (!parse_unit(numbers, &unit))
        return NULL;
    g_autofree char *text = torpor_unit_to_text(&unit);
    return PyUnicode_FromString(text);
}

static PyObject *
unit_numbers(G_GNUC_UNUSED PyObject *self, PyObject *arguments)
{
    const char *symbol;
    if (!PyArg_ParseTuple(arguments, "s:unit_numbers", &symbol))
        return NULL;
    GError *error = NULL;
    const TorporUnit *unit = torpor_unit_lookup(symbol, &error);
    if (unit != NULL && unit->is_offset)
        g_set_error(&error, TORPOR_ERROR, TORPOR_STATUS_UNIT,
                    "\"%s\" has a zero point of its own, and is never converted", symbol);
    if (error != NULL)
        return raise_core_error(error);
    return Py_BuildValue("Lddy#", (long long)unit->scale, unit->base, unit->factor,
                         (const char *)unit->dim, (Py_ssize_t)sizeof unit->dim);
}

static PyMethodDef methods[] = {
    {"configure", configure, METH_VARARGS, "Set the functions that the C half calls."},
    {"build", build, METH_VARARGS, "build(target, compat) -> capsule: the value as a tree."},
    {"pool", new_pool, METH_NOARGS, "Memory for staging, kept from save to save."},
    {"stage", stage, METH_VARARGS, "stage(built, pool): copy the arrays of a built value."},
    {"save", save, METH_VARARGS,
     "save(built, path, overwrite, index, fsync, chunk_bytes, compress)"},
    {"remove_leftovers", remove_leftovers, METH_VARARGS,
     "remove_leftovers(folder) -> number of temporary files of dead writers removed."},
    {"load", load, METH_VARARGS, "load(path, n_threads, writeable) -> the objects of a file."},
    {"open", open_, METH_VARARGS, "open(path) -> file: a capsule, which holds it open."},
    {"file_number", file_number, METH_O, "file_number(file) -> its descriptor."},
    {"outline", outline, METH_VARARGS,
     "outline(file, leaf, quantity) -> the objects of a file, large arrays left there."},
    {"heading", heading, METH_VARARGS,
     "heading(file, leaf, quantity) -> the same without the shards that it names."},
    {"is_plain", is_plain, METH_O, "is_plain(file) -> whether its arrays can be mapped."},
    {"packing", packing, METH_O,
     "packing(file) -> (unpacked length, needed files); None: it is not packed."},
    {"read", read_, METH_VARARGS, "read(file, number) -> the bytes of an array"},
    {"check", check, METH_O, "check(file) -> (indexed, status, text); None, None: fine."},
    {"shard_bytes", shard_bytes, METH_O, "shard_bytes(file) -> those of the shards it names."},
    {"checkpoints", checkpoints, METH_VARARGS, "checkpoints(folder) -> paths, newest first."},
    {"hold", hold, METH_VARARGS, "hold(folder) -> capsule: the folder and its lock."},
    {"release", release, METH_O, "release(held): give the lock back."},
    {"newest", newest, METH_VARARGS, "newest(folder) -> (path or None, damaged ones passed over)."},
    {"abandon", abandon, METH_VARARGS, "abandon(held, step or None) -> folder or None."},
    {"prune", prune, METH_VARARGS, "prune(held, keep, keep_every) -> paths removed."},
    {"diff", diff, METH_VARARGS, "diff(a, b, rtol, atol, with_provenance, rows) -> list of dicts"},
    {"unit_conversion", unit_conversion, METH_VARARGS,
     "unit_conversion(from, to) -> (multiply, divide)"},
    {"unit_text", unit_text, METH_O, "unit_text((scale, base, factor, dim)) -> its symbol"},
    {"unit_numbers", unit_numbers, METH_VARARGS,
     "unit_numbers(symbol) -> (scale, base, factor, dim)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_core",
    .m_doc = "The byte work of torpor: encode, decode, checks, files.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC
PyInit__core(void)
{
    import_array();
    PyObject *module = PyModule_Create(&definition);
    if (module != NULL && PyModule_AddStringConstant(module, "VERSION", TORPOR_VERSION) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
