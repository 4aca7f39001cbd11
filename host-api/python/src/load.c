#include "load.h"

#include <fcntl.h>

#include "file/verify.h"
#include "hooks.h"
#include "msgpack/decode.h"
#include "objects.h"
#include "read_arrays.h"

typedef struct {
    TorporIndex *index; /* NULL: the file has none, or nothing is verified any more */
    Objects objects;
} Load;

static gboolean
load_prepare(Load *load, const TorporFile *file)
{
    load->objects.file = file;
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
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Load, load_clear)

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
load_objects(Load *load, const TorporFile *file, TorporTree *tree, guint n_threads)
{
    PyObject *object = load_prepare(load, file) ? objects_of_tree(load, tree) : NULL;
    if (object == NULL || read_arrays(file, load->index, load->objects.pending, n_threads))
        return object;
    Py_DECREF(object);
    return NULL;
}

/* ---- all of a file ---- */

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

/* The shards of a manifest are verified before any of them is decoded, so that their arrays need no
 * index any more. Needs no GIL. */
static gboolean
decode_whole(Load *load, TorporWholeFile *whole, guint n_threads, GError **error)
{
    GError *reason = NULL;
    gboolean indexed;
    load->index = torpor_file_read_index(whole->file, &reason);
    if (reason != NULL) {
        g_propagate_error(error, reason);
        return FALSE;
    }
    whole->tree = decode_verified(whole->file, load->index, n_threads, error);
    if (whole->tree == NULL || !torpor_shards_are_named_in(whole->tree))
        return whole->tree != NULL;
    g_clear_pointer(&load->index, torpor_index_free);
    return torpor_whole_file_verify(whole->file, AT_FDCWD, FALSE, &indexed, NULL, NULL, error) &&
           torpor_whole_file_join(whole, TRUE, error);
}

PyObject *
load_file(const char *path, guint n_threads, gboolean writeable)
{
    GError *error = NULL;
    gboolean is_decoded;
    g_auto(TorporWholeFile) whole = {.file = NULL};
    g_auto(Load) load = {.objects = {.writeable = writeable}};
    Py_BEGIN_ALLOW_THREADS;
    whole.file = torpor_file_open(path, &error);
    is_decoded = whole.file != NULL && decode_whole(&load, &whole, n_threads, &error);
    Py_END_ALLOW_THREADS;
    return is_decoded ? load_objects(&load, whole.file, whole.tree, n_threads)
                      : raise_core_error(error);
}

/* ---- an outline ---- */

/* Once. Needs no GIL. */
static gboolean
decode_outline(TorporWholeFile *whole, GError **error)
{
    if (whole->tree != NULL)
        return TRUE;
    whole->tree = torpor_decode_file(whole->file, error);
    if (whole->tree != NULL && torpor_whole_file_join(whole, TRUE, error))
        return TRUE;
    g_clear_pointer(&whole->tree, torpor_tree_free);
    return FALSE;
}

PyObject *
outline_file(OpenedFile *opened, PyObject *leaf, PyObject *quantity)
{
    GError *error = NULL;
    gboolean is_decoded;
    Py_BEGIN_ALLOW_THREADS;
    is_decoded = decode_outline(&opened->whole, &error);
    Py_END_ALLOW_THREADS;
    if (!is_decoded)
        return raise_core_error(error);
    g_auto(Load) load = {.objects = {.leaf = leaf, .quantity = quantity}};
    load.objects.arrays = opened_is_plain(opened) ? NULL : opened->arrays;
    return load_objects(&load, opened->whole.file, opened->whole.tree, 1);
}

PyObject *
outline_heading(const OpenedFile *opened, PyObject *leaf, PyObject *quantity)
{
    GError *error = NULL;
    TorporTree *decoded;
    const TorporFile *file = opened_own_file(opened);
    Py_BEGIN_ALLOW_THREADS;
    decoded = torpor_decode_file(file, &error);
    Py_END_ALLOW_THREADS;
    if (decoded == NULL)
        return raise_core_error(error);
    g_autoptr(TorporTree) tree = decoded;
    g_auto(Load) load = {.objects = {.leaf = leaf, .quantity = quantity}};
    return load_objects(&load, file, tree, 1);
}
