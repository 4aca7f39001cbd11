#include "gather.h"

#include <string.h>

/* Smaller ones are copied by numpy. */
#define GATHERED_BYTES (1 << 20)

/* What numpy says about an array: all that is needed to read it without the GIL. */
typedef struct {
    const char *data;
    guint64 item_size;
    guint64 swapped; /* size of the numbers whose bytes are in the other order; 0: none are */
    int rank;
    guint64 shape[NPY_MAXDIMS];
    gint64 strides[NPY_MAXDIMS];
} Strided;

/* The compiler makes a single move of a memcpy of constant size. */
static void
copy_run(char *out, const char *from, gint64 stride, guint64 count, guint64 item_size)
{
#define COPY_ITEMS(size)                                                                           \
    for (guint64 i = 0; i < count; i++, out += (size), from += stride)                             \
    memcpy(out, from, size)
    if (stride == (gint64)item_size)
        memcpy(out, from, count * item_size);
    else if (item_size == 8)
        COPY_ITEMS(8);
    else if (item_size == 4)
        COPY_ITEMS(4);
    else if (item_size == 2)
        COPY_ITEMS(2);
    else if (item_size == 1)
        COPY_ITEMS(1);
    else
        COPY_ITEMS(item_size);
#undef COPY_ITEMS
}

static void
swap_bytes(char *bytes, guint64 length, guint64 swapped)
{
    for (char *number = bytes; number < bytes + length; number += swapped)
        for (guint64 i = 0; i < swapped / 2; i++) {
            char byte = number[i];
            number[i] = number[swapped - 1 - i];
            number[swapped - 1 - i] = byte;
        }
}

/* Whole elements: `offset` and `length` are multiples of their size. */
static void
gather(const Strided *strided, guint64 offset, guint64 length, char *out)
{
    guint64 position[NPY_MAXDIMS];
    guint64 rest = offset / strided->item_size;
    const char *from = strided->data;
    for (int i = strided->rank - 1; i >= 0; i--) {
        position[i] = rest % strided->shape[i];
        rest /= strided->shape[i];
        from += (gint64)position[i] * strided->strides[i];
    }
    int last = strided->rank - 1;
    for (guint64 left = length / strided->item_size; left > 0;) {
        guint64 run = MIN(left, strided->shape[last] - position[last]);
        copy_run(out, from, strided->strides[last], run, strided->item_size);
        out += run * strided->item_size;
        left -= run;
        position[last] += run;
        from += (gint64)run * strided->strides[last];
        for (int i = last; i > 0 && position[i] == strided->shape[i]; i--) {
            from += strided->strides[i - 1] - (gint64)position[i] * strided->strides[i];
            position[i] = 0;
            position[i - 1]++;
        }
    }
    if (strided->swapped > 0)
        swap_bytes(out - length, length, strided->swapped);
}

static gboolean
produce(gpointer data, guint64 offset, gsize length, void *out, G_GNUC_UNUSED GError **error)
{
    gather(data, offset, length, out);
    return TRUE;
}

static guint64
swapped_bytes(PyArrayObject *array)
{
    PyArray_Descr *descr = PyArray_DESCR(array);
    guint64 size = (guint64)PyDataType_ELSIZE(descr);
    if (!PyArray_ISBYTESWAPPED(array))
        return 0;
    return descr->kind == 'c' ? size / 2 : size; /* a complex number is two */
}

gboolean
gather_array(TorporTree *tree, PyArrayObject *array, gboolean compat, TorporArray *out)
{
    guint64 swapped = compat ? 0 : swapped_bytes(array);
    if (out->byte_length < GATHERED_BYTES || out->rank == 0 ||
        PyDataType_REFCHK(PyArray_DESCR(array)) || (PyArray_IS_C_CONTIGUOUS(array) && swapped == 0))
        return FALSE;
    Strided *strided = torpor_tree_alloc(tree, sizeof *strided);
    *strided = (Strided){.data = PyArray_DATA(array),
                         .item_size = out->dtype->size,
                         .swapped = swapped,
                         .rank = (int)out->rank};
    for (int i = 0; i < strided->rank; i++) {
        strided->shape[i] = (guint64)PyArray_DIM(array, i);
        strided->strides[i] = PyArray_STRIDE(array, i);
    }
    out->produce = produce;
    out->produce_data = strided;
    out->row_bytes = out->dtype->size;
    return TRUE;
}
