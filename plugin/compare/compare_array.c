/* Each thread takes the next unit of the array and compares it in blocks that fit into its cache.
 * An equal block costs one memcmp; a block that is known to be equal costs nothing. */
#include "compare/compare_array.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "host/parallel.h"
#include "msgpack/stored.h"
#include "value/element.h"

#define BLOCK_BYTES ((gsize)512 << 10)
#define UNIT_BYTES ((guint64)4 << 20)
#define MAX_THREADS 8u

typedef struct {
    guint64 n_different;
    double max_absolute;
    double max_relative;
    guint64 max_ulps;
    guint64 row_elements;
    guint max_rows;
    GArray *places; /* guint64, ascending: the first different element of each of the first rows */
} Figures;

/* One side. If one row stands for many, a block of repeated rows is made once for all threads; any
 * other block is a piece of it. */
typedef struct {
    const TorporColumn *column;
    guint64 row_bytes;
    gboolean is_repeated;
    guint8 *repeated; /* NULL: rows are not repeated, or too large: they are read each time */
} Side;

typedef struct {
    Side a;
    Side b;
    const TorporCompareOptions *options;
    guint64 byte_length; /* to be compared */
    guint64 unit_bytes;
    gsize block_bytes;
    void (*advance)(gpointer data, guint64 bytes);
    gpointer advance_data;
    GMutex lock; /* of what follows */
    guint64 next;
    Figures figures;
    GError *error;
} Work;

static guint64
row_bytes(const TorporArray *array)
{
    guint64 rows = array->rank == 0 ? 1 : array->shape[0];
    return rows == 0 ? 0 : array->byte_length / rows;
}

guint64
torpor_column_row_elements(const TorporColumn *column)
{
    return MAX(row_bytes(column->array) / column->array->dtype->size, 1);
}

static gboolean
is_repeated(const TorporColumn *column)
{
    return column->array->rank > 0 && column->rows != column->array->shape[0];
}

static gboolean
are_rows_alike(const TorporColumn *a, const TorporColumn *b)
{
    if (a->array->rank != b->array->rank)
        return FALSE;
    for (guint32 i = 1; i < a->array->rank; i++)
        if (a->array->shape[i] != b->array->shape[i])
            return FALSE;
    return TRUE;
}

gboolean
torpor_columns_align(const TorporColumn *a, const TorporColumn *b)
{
    return are_rows_alike(a, b) && (a->array->rank == 0 || a->rows == b->rows);
}

gboolean
torpor_columns_align_but_for_rows(const TorporColumn *a, const TorporColumn *b)
{
    return a->array->rank > 0 && are_rows_alike(a, b) && a->rows != b->rows && !is_repeated(a) &&
           !is_repeated(b);
}

/* ---- elements ---- */

/* Elements come in ascending order; of each row the first is kept. */
static void
note_place(Figures *figures, guint64 index)
{
    const GArray *places = figures->places;
    if (places->len >= figures->max_rows)
        return;
    if (places->len > 0 &&
        index / figures->row_elements ==
            g_array_index(places, guint64, places->len - 1) / figures->row_elements)
        return;
    g_array_append_val(figures->places, index);
}

static void
note(Figures *figures, guint64 index, double absolute, double relative, guint64 ulps)
{
    figures->n_different++;
    figures->max_absolute = fmax(figures->max_absolute, absolute);
    figures->max_relative = fmax(figures->max_relative, relative);
    figures->max_ulps = MAX(figures->max_ulps, ulps);
    note_place(figures, index);
}

/* Largest of the components' differences. A NaN against a number differs by infinity. */
static void
element_distance(const TorporDtype *dtype, const guint8 *a, const guint8 *b, double *absolute,
                 double *relative, double *largest_b)
{
    guint components = torpor_element_components(dtype);
    *absolute = *relative = components == 0 ? INFINITY : 0;
    *largest_b = 0;
    for (guint component = 0; component < components; component++) {
        double x = torpor_element_real(dtype, a, component),
               y = torpor_element_real(dtype, b, component);
        if (x == y || (isnan(x) && isnan(y)))
            continue;
        double distance = isnan(x) || isnan(y) ? INFINITY : fabs(x - y);
        double largest = fmax(fabs(x), fabs(y));
        *absolute = fmax(*absolute, distance);
        *relative = fmax(*relative, isinf(distance) ? distance : distance / largest);
        *largest_b = fmax(*largest_b, fabs(y));
    }
}

static void
compare_elements(const TorporDtype *dtype, const guint8 *a, const guint8 *b, guint64 first,
                 guint64 count, const TorporCompareOptions *options, Figures *figures)
{
    gboolean is_exact = options->absolute_tolerance == 0 && options->relative_tolerance == 0;
    gboolean is_integer = torpor_element_is_integer(dtype);
    for (guint64 i = 0; i < count; i++, a += dtype->size, b += dtype->size) {
        if (memcmp(a, b, dtype->size) == 0)
            continue;
        double absolute, relative, largest;
        element_distance(dtype, a, b, &absolute, &relative, &largest);
        guint64 ulps = torpor_element_ulps(dtype, a, b);
        if (is_integer && absolute == 0) /* doubles cannot tell them apart */
            absolute = (double)ulps;
        double tolerated = options->absolute_tolerance + options->relative_tolerance * largest;
        if (is_exact || isinf(absolute) || absolute > tolerated)
            note(figures, first + i, absolute, relative, ulps);
    }
}

/* The same for the most common dtype, several times as fast. */
static void
compare_doubles(const guint8 *a, const guint8 *b, guint64 first, guint64 count,
                const TorporCompareOptions *options, Figures *figures)
{
    gboolean is_exact = options->absolute_tolerance == 0 && options->relative_tolerance == 0;
    for (guint64 i = 0; i < count; i++) {
        guint64 a_bits, b_bits;
        memcpy(&a_bits, a + 8 * i, sizeof a_bits);
        memcpy(&b_bits, b + 8 * i, sizeof b_bits);
        if (a_bits == b_bits)
            continue;
        double x, y;
        memcpy(&x, &a_bits, sizeof x);
        memcpy(&y, &b_bits, sizeof y);
        double absolute = fabs(x - y);
        if (!isfinite(absolute)) {
            compare_elements(torpor_dtype_by_id(TORPOR_DTYPE_FLOAT64), a + 8 * i, b + 8 * i,
                             first + i, 1, options, figures);
            continue;
        }
        double tolerated = options->absolute_tolerance + options->relative_tolerance * fabs(y);
        if (!is_exact && absolute <= tolerated)
            continue;
        double largest = MAX(fabs(x), fabs(y));
        note(figures, first + i, absolute, largest == 0 ? 0 : absolute / largest,
             torpor_double_ulps(a_bits, b_bits));
    }
}

/* ---- bytes ---- */

static gboolean
no_memory(guint64 length, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                "no memory for %" G_GUINT64_FORMAT " bytes to compare", length);
    return FALSE;
}

static gboolean
side_init(Side *side, const TorporColumn *column, gsize block_bytes, GError **error)
{
    const TorporArray *array = column->array;
    guint64 row = row_bytes(array), length = block_bytes + row;
    *side = (Side){.column = column, .row_bytes = row, .is_repeated = is_repeated(column)};
    if (!side->is_repeated || row == 0 || row > block_bytes)
        return TRUE;
    side->repeated = g_try_malloc(length);
    if (side->repeated == NULL)
        return no_memory(length, error);
    if (!torpor_array_read(column->file, array, 0, row, side->repeated, error))
        return FALSE;
    for (guint64 done = row; done < length; done += MIN(done, length - done))
        memcpy(side->repeated + done, side->repeated, MIN(done, length - done));
    return TRUE;
}

/* The bytes from `offset` on. They are read into the buffer if need be; *length may be reduced. */
static const guint8 *
side_bytes(const Side *side, guint64 offset, gsize *length, guint8 *buffer, GError **error)
{
    const TorporArray *array = side->column->array;
    if (side->is_repeated)
        offset %= side->row_bytes;
    if (side->repeated != NULL)
        return side->repeated + offset;
    if (side->is_repeated)
        *length = (gsize)MIN(*length, side->row_bytes - offset);
    if (array->data != NULL)
        return (const guint8 *)array->data + offset;
    return torpor_array_read(side->column->file, array, offset, *length, buffer, error) ? buffer
                                                                                        : NULL;
}

/* The place of these bytes in the file, if they are contiguous there. */
static gboolean
find_place(const Side *side, guint64 offset, gsize length, guint64 *place)
{
    const TorporArray *array = side->column->array;
    if (array->data != NULL || side->is_repeated)
        return FALSE;
    for (guint32 i = 0; i < array->n_extents; i++) {
        const TorporExtent *extent = &array->extents[i];
        *place = extent->place + offset;
        if (offset < extent->length)
            return length <= extent->length - offset;
        offset -= extent->length;
    }
    return FALSE;
}

static gboolean
is_known_same(const Work *work, guint64 offset, gsize length)
{
    guint64 a_place, b_place;
    return work->options->same != NULL && find_place(&work->a, offset, length, &a_place) &&
           find_place(&work->b, offset, length, &b_place) && a_place == b_place &&
           torpor_same_covers(work->options->same, a_place, length);
}

/* ---- units, on several threads ---- */

static gboolean
compare_unit(const Work *work, guint64 offset, guint64 end, guint8 *buffer, Figures *figures,
             GError **error)
{
    const TorporDtype *dtype = work->a.column->array->dtype;
    while (offset < end) {
        gsize length = (gsize)MIN(end - offset, work->block_bytes);
        if (!is_known_same(work, offset, length)) {
            const guint8 *a = side_bytes(&work->a, offset, &length, buffer, error);
            const guint8 *b = a == NULL ? NULL
                                        : side_bytes(&work->b, offset, &length,
                                                     buffer + work->block_bytes, error);
            if (b == NULL)
                return FALSE;
            guint64 first = offset / dtype->size, count = length / dtype->size;
            if (memcmp(a, b, length) == 0)
                ;
            else if (dtype->id == TORPOR_DTYPE_FLOAT64)
                compare_doubles(a, b, first, count, work->options, figures);
            else
                compare_elements(dtype, a, b, first, count, work->options, figures);
        }
        offset += length;
    }
    return TRUE;
}

static gboolean
take_unit(Work *work, guint64 *offset)
{
    g_mutex_lock(&work->lock);
    gboolean is_more = work->error == NULL && work->next < work->byte_length;
    guint64 length = is_more ? MIN(work->unit_bytes, work->byte_length - work->next) : 0;
    *offset = work->next;
    work->next += length;
    if (length > 0 && work->advance != NULL)
        work->advance(work->advance_data, length);
    g_mutex_unlock(&work->lock);
    return is_more;
}

static gint
compare_places(gconstpointer a, gconstpointer b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;
    return x < y ? -1 : x > y;
}

static void
add_places(Figures *sum, const Figures *more)
{
    g_autoptr(GArray) all = g_array_copy(sum->places);
    g_array_append_vals(all, more->places->data, more->places->len);
    g_array_sort(all, compare_places);
    g_array_set_size(sum->places, 0);
    for (guint i = 0; i < all->len; i++)
        note_place(sum, g_array_index(all, guint64, i));
}

static void
add_figures(Figures *sum, const Figures *more)
{
    if (more->n_different == 0)
        return;
    add_places(sum, more);
    sum->n_different += more->n_different;
    sum->max_absolute = fmax(sum->max_absolute, more->max_absolute);
    sum->max_relative = fmax(sum->max_relative, more->max_relative);
    sum->max_ulps = MAX(sum->max_ulps, more->max_ulps);
}

static void
compare_units(gpointer data, G_GNUC_UNUSED guint64 thread)
{
    Work *work = data;
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint64));
    Figures figures = {.row_elements = work->figures.row_elements,
                       .max_rows = work->figures.max_rows,
                       .places = places};
    GError *error = NULL;
    g_autofree guint8 *buffer = g_try_malloc(2 * work->block_bytes);
    guint64 offset;
    if (buffer == NULL)
        no_memory(2 * work->block_bytes, &error);
    while (error == NULL && take_unit(work, &offset)) {
        guint64 end = offset + MIN(work->unit_bytes, work->byte_length - offset);
        compare_unit(work, offset, end, buffer, &figures, &error);
    }
    g_mutex_lock(&work->lock);
    add_figures(&work->figures, &figures);
    if (error != NULL && work->error == NULL)
        work->error = g_steal_pointer(&error);
    g_mutex_unlock(&work->lock);
    g_clear_error(&error);
}

/* ---- two columns ---- */

static gboolean
compare_bytes(Work *work, GError **error)
{
    g_mutex_init(&work->lock);
    guint64 n_units = work->byte_length / work->unit_bytes + 1;
    torpor_parallel_run(NULL, MIN(n_units, MAX_THREADS), compare_units, work);
    g_mutex_clear(&work->lock);
    if (work->error == NULL)
        return TRUE;
    g_propagate_error(error, work->error);
    return FALSE;
}

/* Where one row stands for many on both sides, it is compared once. */
static guint64
bytes_to_compare(const TorporColumn *a, const TorporColumn *b)
{
    if (is_repeated(a) && is_repeated(b))
        return row_bytes(a->array);
    return is_repeated(a) ? b->array->byte_length : a->array->byte_length;
}

gboolean
torpor_compare_columns(const TorporColumn *a, const TorporColumn *b,
                       const TorporCompareOptions *options,
                       void (*advance)(gpointer data, guint64 bytes), gpointer advance_data,
                       TorporDifference *out, GArray *places, GError **error)
{
    guint32 size = a->array->dtype->size;
    guint64 byte_length = bytes_to_compare(a, b);
    TorporColumn a_column = *a, b_column = *b;
    guint64 n_times = 1;
    if (is_repeated(a) && is_repeated(b)) {
        n_times = a->rows;
        a_column.rows = b_column.rows = 1;
    }
    Work work = {.options = options,
                 .figures = {.row_elements = torpor_column_row_elements(a),
                             .max_rows = MAX(options->max_rows, 1),
                             .places = places},
                 .byte_length = byte_length,
                 .unit_bytes = UNIT_BYTES / size * size,
                 .block_bytes = (gsize)CLAMP(byte_length, size, BLOCK_BYTES / size * size),
                 .advance = advance,
                 .advance_data = advance_data};
    gboolean done = side_init(&work.a, &a_column, work.block_bytes, error) &&
                    side_init(&work.b, &b_column, work.block_bytes, error) &&
                    compare_bytes(&work, error);
    g_free(work.a.repeated);
    g_free(work.b.repeated);
    const Figures *figures = &work.figures;
    out->n_elements = byte_length / size * n_times;
    out->n_different = figures->n_different * n_times;
    out->max_absolute = figures->max_absolute;
    out->max_relative = figures->max_relative;
    out->max_ulps = figures->max_ulps;
    return done;
}
