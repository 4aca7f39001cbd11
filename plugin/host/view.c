#include "host/view.h"

#include <string.h>

void
torpor_view_free(TorporView *view)
{
    if (view == NULL)
        return;
    g_strfreev(view->keys);
    g_free(view->path);
    g_free(view->part_offsets);
    g_free(view);
}

char *
torpor_population_object(const TorporHost *host, const struct torpor_population *population,
                         guint64 index)
{
    switch (population->layout) {
    case TORPOR_LAYOUT_CONTIGUOUS:
        return (char *)population->base + index * population->stride;
    case TORPOR_LAYOUT_POINTERS:
        return population->objects[index];
    case TORPOR_LAYOUT_CALLBACK:
        return population->object_at(host->data, population, index);
    default:
        return NULL;
    }
}

static gboolean
is_strided(const TorporView *view)
{
    return view->population->layout == TORPOR_LAYOUT_CONTIGUOUS ||
           view->population->layout == TORPOR_LAYOUT_COLUMNS;
}

gboolean
torpor_view_is_shareable(const TorporView *view)
{
    if (view->field->accessor != NULL)
        return (view->host->table->flags & TORPOR_HOST_SERIAL) == 0;
    return view->population->layout != TORPOR_LAYOUT_CALLBACK; /* object_at is the host thread's */
}

char *
torpor_view_packed(const TorporView *view)
{
    gboolean is_one_piece = view->stride == view->row_bytes || view->population->count == 1;
    if (view->field->accessor != NULL || !is_strided(view) || view->n_parts != 1 || !is_one_piece)
        return NULL;
    return (char *)view->base + view->part_offsets[0];
}

/* The copy loops: `bytes` is a constant where they are inlined, so that memcpy becomes one move. */
static inline G_ALWAYS_INLINE void
gather_strided(const char *from, guint64 stride, guint64 count, char *to, gsize bytes)
{
    for (guint64 i = 0; i < count; i++)
        memcpy(to + i * bytes, from + i * stride, bytes);
}

static inline G_ALWAYS_INLINE void
scatter_strided(char *to, guint64 stride, guint64 count, const char *from, gsize bytes)
{
    for (guint64 i = 0; i < count; i++)
        memcpy(to + i * stride, from + i * bytes, bytes);
}

static void
gather_one_part(const char *from, guint64 stride, guint64 count, char *to, gsize bytes)
{
    switch (bytes) {
    case 1:
        gather_strided(from, stride, count, to, 1);
        return;
    case 4:
        gather_strided(from, stride, count, to, 4);
        return;
    case 8:
        gather_strided(from, stride, count, to, 8);
        return;
    default:
        gather_strided(from, stride, count, to, bytes);
    }
}

static void
scatter_one_part(char *to, guint64 stride, guint64 count, const char *from, gsize bytes)
{
    switch (bytes) {
    case 1:
        scatter_strided(to, stride, count, from, 1);
        return;
    case 4:
        scatter_strided(to, stride, count, from, 4);
        return;
    case 8:
        scatter_strided(to, stride, count, from, 8);
        return;
    default:
        scatter_strided(to, stride, count, from, bytes);
    }
}

static const char *
row_address(const TorporView *view, guint64 index)
{
    return is_strided(view) ? view->base + index * view->stride
                            : torpor_population_object(view->host, view->population, index);
}

static gboolean
set_no_object(const TorporView *view, guint64 index, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                "%s: the host gave NULL for object %" G_GUINT64_FORMAT, view->path, index);
    return FALSE;
}

static gboolean
gather_by_address(const TorporView *view, guint64 first, guint64 count, char *to, GError **error)
{
    if (is_strided(view) && view->n_parts == 1) {
        gather_one_part(view->base + first * view->stride + view->part_offsets[0], view->stride,
                        count, to, view->part_bytes);
        return TRUE;
    }
    for (guint64 i = first; i < first + count; i++) {
        const char *object = row_address(view, i);
        if (object == NULL)
            return set_no_object(view, i, error);
        for (guint64 part = 0; part < view->n_parts; part++) {
            memcpy(to, object + view->part_offsets[part], view->part_bytes);
            to += view->part_bytes;
        }
    }
    return TRUE;
}

gboolean
torpor_view_gather(const TorporView *view, guint64 first, guint64 count, void *column,
                   GError **error)
{
    const struct torpor_accessor *accessor = view->field->accessor;
    if (count == 0 || view->row_bytes == 0)
        return TRUE;
    if (accessor == NULL)
        return gather_by_address(view, first, count, column, error);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = accessor->gather(view->host->data, view->population, view->field, first, count,
                                     column, &failure);
    return torpor_host_result(status, &failure, error, "%s", view->path);
}

gboolean
torpor_view_is_writable(const TorporView *view)
{
    const struct torpor_accessor *accessor = view->field->accessor;
    if ((view->flags & TORPOR_FIELD_CONSTANT) != 0)
        return FALSE;
    return accessor == NULL || (torpor_kind_is_ragged(view->kind) ? accessor->scatter_ragged != NULL
                                                                  : accessor->scatter != NULL);
}

void
torpor_view_scatter(const TorporView *view, guint64 first, guint64 count, const void *column)
{
    const struct torpor_accessor *accessor = view->field->accessor;
    if (count == 0 || view->row_bytes == 0 || !torpor_view_is_writable(view))
        return;
    if (accessor != NULL) {
        accessor->scatter(view->host->data, view->population, view->field, first, count, column);
        return;
    }
    const char *from = column;
    if (is_strided(view) && view->n_parts == 1) {
        scatter_one_part((char *)view->base + first * view->stride + view->part_offsets[0],
                         view->stride, count, from, view->part_bytes);
        return;
    }
    for (guint64 i = first; i < first + count; i++) {
        char *object = (char *)row_address(view, i);
        for (guint64 part = 0; part < view->n_parts; part++) {
            memcpy(object + view->part_offsets[part], from, view->part_bytes);
            from += view->part_bytes;
        }
    }
}

gboolean
torpor_view_lengths(const TorporView *view, guint64 first, guint64 count, guint64 *lengths,
                    GError **error)
{
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = view->field->accessor->lengths(view->host->data, view->population, view->field,
                                                   first, count, lengths, &failure);
    return torpor_host_result(status, &failure, error, "lengths of %s", view->path);
}

gboolean
torpor_view_gather_ragged(const TorporView *view, guint64 first, guint64 count,
                          const guint64 *lengths, void *values, GError **error)
{
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = view->field->accessor->gather_ragged(
        view->host->data, view->population, view->field, first, count, lengths, values, &failure);
    return torpor_host_result(status, &failure, error, "%s", view->path);
}

gboolean
torpor_view_check_objects(const TorporView *view, GError **error)
{
    if (view->field->accessor != NULL || is_strided(view))
        return TRUE;
    for (guint64 i = 0; i < view->population->count; i++)
        if (torpor_population_object(view->host, view->population, i) == NULL)
            return set_no_object(view, i, error);
    return TRUE;
}
