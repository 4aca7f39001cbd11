/* The compiled half of the Python package: Python objects <-> the core library's tree.
 *
 * All functions need the GIL unless they say otherwise. On failure they give NULL or -1 with a
 * Python error set. */
#ifndef TORPOR_PYTHON_EXT_H
#define TORPOR_PYTHON_EXT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL torpor_numpy_api
#ifndef TORPOR_IMPORTS_NUMPY
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>
#undef complex /* <complex.h> comes with numpy's header */

#include <glib.h>

#include "file.h"
#include "index.h"
#include "tree.h"

/* Nested containers of a value to be saved; the same as braintools reaches with CPython's default
 * recursion limit, so that whatever is saved can be loaded there too. */
#define TORPOR_PYTHON_MAX_DEPTH 329u

/* What the Python half knows and the C half asks; set once by configure(). */
typedef struct {
    PyObject *handlers;   /* dict: type -> a KIND_* number, or None for a registered to_state */
    PyObject *resolve;    /* type -> the same; fills `handlers` */
    PyObject *to_state;   /* msgpack_to_state_dict */
    PyObject *leaf;       /* any other object -> ndarray, (code, bytes), or TypeError */
    PyObject *collision;  /* dict whose keys have equal text -> ValueError */
    PyObject *unit;       /* saiunit.Unit -> (scale, base, factor, dim) or None */
    PyObject *dtype_name; /* dtype -> its name in the file, or ValueError */
    PyObject *dtype;      /* name in the file -> dtype */
    PyObject *ext;        /* (code, bytes) -> object */
    PyObject *error;      /* exception class: (status, errno, text) */
} Hooks;
extern Hooks hooks;

/* How a type is walked. The Python half has the same numbers. */
enum {
    KIND_LEAF,     /* not registered, or an array: packed as it is */
    KIND_DICT,     /* dict and its subclasses */
    KIND_FLATTED,  /* brainstate's FlattedDict: .to_nest() first */
    KIND_SEQUENCE, /* list, tuple */
    KIND_QUANTITY, /* ._mantissa, ._unit */
    KIND_STATE,    /* .value */
};

/* A value as a tree, and the Python objects whose memory the tree borrows. */
typedef struct {
    TorporTree *tree;
    gboolean compat;   /* as braintools, also where it is wrong */
    GPtrArray *kept;   /* PyObject *: text, bytes, units */
    GPtrArray *arrays; /* TorporArray *, in the tree */
    GPtrArray *owners; /* PyObject *: of the arrays' memory; empty once staged */
} Built;

Built *built_new(void);
void built_free(Built *built);
PyObject *built_capsule(Built *built); /* takes it over */
Built *built_get(PyObject *capsule);

/* Walk `target`; a capsule. compat: braintools' behaviour where it is wrong (big-endian arrays,
 * arrays of text). */
PyObject *build_value(PyObject *target, gboolean compat);

/* Memory that arrays are copied to, so that their owner may go on changing them. It stays, already
 * faulted in, from one save to the next. */
PyObject *pool_new(void);
gboolean pool_stage(PyObject *pool, PyObject *built_capsule);

/* An array of a decoded file whose values go to `out`. */
typedef struct {
    const TorporArray *array;
    guint8 *out;
    gboolean is_mapping; /* of its own, untouched: memory_new */
    guint pages;         /* Pages that its rest was advised to have */
} PendingRead;

/* Read them (PendingRead) together, without the GIL. With an index each array's own ranges are
 * hashed as they come; all others must have passed verify_but_arrays. */
gboolean read_arrays(const TorporFile *file, const TorporIndex *index, GArray *pending,
                     guint n_threads);
/* Are all other ranges as they were written? FALSE: torpor_file_verify says what is not. Needs no
 * GIL. */
gboolean verify_but_arrays(const TorporFile *file, const TorporIndex *index, TorporTree *tree,
                           guint n_threads);

/* The objects of a file, as braintools.file.msgpack_load gives them. */
PyObject *load_file(const char *path, guint n_threads);
/* The same, but large arrays stay in the file: leaf(dtype, shape, ((place, length), ...)) and
 * quantity(mantissa, unit text, dict) make the objects that stand for them. */
PyObject *outline_file(const char *path, PyObject *leaf, PyObject *quantity);

/* (indexed, None, None), or (indexed, status, text) of what is wrong with a file. */
PyObject *check_file(const char *path);
/* Paths of the checkpoints of a folder, newest first. */
PyObject *list_checkpoints(const char *folder);
/* A list of dicts, one for each difference. */
PyObject *diff_files(const char *a_path, const char *b_path, double rtol, double atol,
                     gboolean with_provenance, guint max_rows);

/* Raise hooks.error from `error`, which is freed. Gives NULL. */
PyObject *raise_core_error(GError *error);

#endif
