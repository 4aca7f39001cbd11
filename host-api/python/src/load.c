#include "load.h"

#include "file/verify.h"
#include "hooks.h"
#include "msgpack/decode.h"
#include "objects.h"
#include "read_arrays.h"

typedef struct {
    TorporFile *file;
    TorporIndex *index; /* NULL: the file has none, or nothing is verified */
    Objects objects;
} Load;

static gboolean
load_prepare(Load *load)
{
    load->objects.file = load->file;
    load->objects.pending = g_array_new(FALSE, FALSE, sizeof(PendingRead));
    return quantity_objects_init(&load->objects.quantities);
}

static void
load_clear(Load *load)
{
    quantity_objects_clear(&load->objects.quantities);
    key_memo_clear(&load->objects.keys);
    g_clear_pointer(&load->objects.pending, g_array_unref);
    g_clear_pointer(&load->index, torpor_index_free);
    torpor_file_close(load->file);
}

/* The structure is decoded before it is known which ranges are the arrays' own. Damage is
 * reported in the words of the index, wherever it shows first. */
static TorporTree *
decode_verified(const TorporFile *file, const TorporIndex *index, guint n_threads, GError **error)
{
    GError *reason = NULL;
    g_autoptr(TorporTree) tree = torpor_decode_file(file, &reason);
    gboolean is_sound = index == NULL ||
                        (tree != NULL && verify_but_arrays(file, index, tree, n_threads)) ||
                        torpor_file_verify(file, index, n_threads, NULL, NULL, NULL, error);
    if (is_sound && reason != NULL)
        g_propagate_error(error, g_steal_pointer(&reason));
    g_clear_error(&reason);
    return is_sound ? g_steal_pointer(&tree) : NULL;
}

static TorporTree *
decode(Load *load, const char *path, guint n_threads, GError **error)
{
    TorporTree *tree = NULL;
    gboolean is_outline = load->objects.leaf != NULL;
    GError *reason = NULL;
    Py_BEGIN_ALLOW_THREADS;
    load->file = torpor_file_open(path, &reason);
    if (load->file != NULL && !is_outline)
        load->index = torpor_file_read_index(load->file, &reason);
    if (reason == NULL)
        tree = decode_verified(load->file, load->index, n_threads, &reason);
    Py_END_ALLOW_THREADS;
    if (reason != NULL)
        g_propagate_error(error, reason);
    return tree;
}

/* Many small containers are made and none is garbage. The garbage collector would visit all of
 * them again and again, so it is off meanwhile. */
static PyObject *
objects_of_tree(Load *load, TorporTree *tree)
{
    int collected = PyGC_Disable();
    PyObject *object = object_of(&load->objects, torpor_tree_root(tree));
    if (collected)
        PyGC_Enable();
    return object;
}

static PyObject *
load_objects(Load *load, TorporTree *tree, guint n_threads)
{
    PyObject *object = load_prepare(load) ? objects_of_tree(load, tree) : NULL;
    if (object == NULL || read_arrays(load->file, load->index, load->objects.pending, n_threads))
        return object;
    Py_DECREF(object);
    return NULL;
}

static PyObject *
load_with(Load *load, const char *path, guint n_threads)
{
    GError *error = NULL;
    g_autoptr(TorporTree) tree = decode(load, path, n_threads, &error);
    PyObject *object = tree == NULL ? raise_core_error(error) : load_objects(load, tree, n_threads);
    load_clear(load);
    return object;
}

PyObject *
load_file(const char *path, guint n_threads, gboolean writeable)
{
    g_autofree Load *load = g_new0(Load, 1);
    load->objects.writeable = writeable;
    return load_with(load, path, n_threads);
}

PyObject *
outline_file(const char *path, PyObject *leaf, PyObject *quantity)
{
    g_autofree Load *load = g_new0(Load, 1);
    load->objects.leaf = leaf;
    load->objects.quantity = quantity;
    return load_with(load, path, 1);
}
