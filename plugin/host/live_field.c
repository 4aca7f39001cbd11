#include "host/live_field.h"

#include <string.h>

void
torpor_live_field_free(TorporLiveField *live_field)
{
    if (live_field == NULL)
        return;
    g_strfreev(live_field->keys);
    g_free(live_field->path);
    g_free(live_field->piece_offsets);
    torpor_live_list_free(live_field->list);
    g_free(live_field);
}

gboolean
torpor_live_field_is_shareable(const TorporLiveField *live_field)
{
    if (torpor_field_has_accessor(live_field->field))
        return (live_field->host->table->flags & TORPOR_HOST_CONCURRENT) != 0;
    return live_field->population->layout !=
           TORPOR_LAYOUT_CALLBACK; /* object_at is the host thread's */
}

char *
torpor_live_field_packed(const TorporLiveField *live_field)
{
    gboolean is_one_piece =
        live_field->stride == live_field->row_bytes || live_field->population->count == 1;
    if (torpor_field_has_accessor(live_field->field) || live_field->list != NULL ||
        !torpor_population_is_strided(live_field->population) || live_field->n_pieces != 1 ||
        !is_one_piece)
        return NULL;
    return (char *)live_field->base + live_field->piece_offsets[0];
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
gather_one_piece(const char *from, guint64 stride, guint64 count, char *to, gsize bytes)
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
scatter_one_piece(char *to, guint64 stride, guint64 count, const char *from, gsize bytes)
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

static char *
object_of(const TorporLiveField *live_field, guint64 index)
{
    return torpor_population_is_strided(live_field->population)
               ? (char *)live_field->base + index * live_field->stride
               : torpor_population_object(live_field->host, live_field->population, index);
}

static gboolean
set_no_object(const TorporLiveField *live_field, guint64 index, GError **error)
{
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                "%s: the host gave NULL for object %" G_GUINT64_FORMAT, live_field->path, index);
    return FALSE;
}

/* Objects at pointers lie anywhere in memory, and each is waited for; those that come so many later
 * are asked for in time. */
#define OBJECTS_AHEAD ((guint64)16)

/* The number of objects before the first that is NULL. */
static inline G_ALWAYS_INLINE guint64
gather_pointed(void *const *objects, guint64 offset, guint64 count, char *to, gsize bytes)
{
    for (guint64 i = 0; i < count; i++) {
        const char *object = objects[i];
        const char *next = i + OBJECTS_AHEAD < count ? objects[i + OBJECTS_AHEAD] : NULL;
        if (next != NULL)
            __builtin_prefetch(next + offset);
        if (object == NULL)
            return i;
        memcpy(to + i * bytes, object + offset, bytes);
    }
    return count;
}

static guint64
gather_piece_at_pointers(void *const *objects, guint64 offset, guint64 count, char *to, gsize bytes)
{
    switch (bytes) {
    case 1:
        return gather_pointed(objects, offset, count, to, 1);
    case 4:
        return gather_pointed(objects, offset, count, to, 4);
    case 8:
        return gather_pointed(objects, offset, count, to, 8);
    default:
        return gather_pointed(objects, offset, count, to, bytes);
    }
}

static gboolean
gather_by_address(const TorporLiveField *live_field, guint64 first, guint64 count, char *to,
                  GError **error)
{
    if (torpor_population_is_strided(live_field->population) && live_field->n_pieces == 1) {
        gather_one_piece(live_field->base + first * live_field->stride +
                             live_field->piece_offsets[0],
                         live_field->stride, count, to, live_field->piece_bytes);
        return TRUE;
    }
    if (live_field->population->layout == TORPOR_LAYOUT_POINTERS && live_field->n_pieces == 1) {
        guint64 n = gather_piece_at_pointers(live_field->population->objects + first,
                                             live_field->piece_offsets[0], count, to,
                                             live_field->piece_bytes);
        return n == count || set_no_object(live_field, first + n, error);
    }
    for (guint64 i = first; i < first + count; i++) {
        const char *object = object_of(live_field, i);
        if (object == NULL)
            return set_no_object(live_field, i, error);
        for (guint64 piece = 0; piece < live_field->n_pieces; piece++) {
            memcpy(to, object + live_field->piece_offsets[piece], live_field->piece_bytes);
            to += live_field->piece_bytes;
        }
    }
    return TRUE;
}

gboolean
torpor_live_field_gather(const TorporLiveField *live_field, guint64 first, guint64 count,
                         void *column, GError **error)
{
    const struct torpor_accessor *accessor = live_field->field->accessor;
    if (count == 0 || live_field->row_bytes == 0)
        return TRUE;
    if (accessor == NULL)
        return gather_by_address(live_field, first, count, column, error);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = accessor->gather(live_field->host->data, live_field->population,
                                     live_field->field, first, count, column, &failure);
    return torpor_host_result(status, &failure, error, "%s", live_field->path);
}

gboolean
torpor_live_field_is_writable(const TorporLiveField *live_field)
{
    const struct torpor_accessor *accessor = live_field->field->accessor;
    const struct torpor_ragged_accessor *ragged = live_field->field->ragged_accessor;
    return (live_field->flags & TORPOR_FIELD_CONSTANT) == 0 &&
           (accessor == NULL || accessor->scatter != NULL) &&
           (ragged == NULL || ragged->scatter != NULL);
}

static void
scatter_by_address(const TorporLiveField *live_field, guint64 first, guint64 count,
                   const char *from)
{
    if (torpor_population_is_strided(live_field->population) && live_field->n_pieces == 1) {
        scatter_one_piece((char *)live_field->base + first * live_field->stride +
                              live_field->piece_offsets[0],
                          live_field->stride, count, from, live_field->piece_bytes);
        return;
    }
    for (guint64 i = first; i < first + count; i++) {
        char *object = object_of(live_field, i);
        for (guint64 piece = 0; piece < live_field->n_pieces; piece++) {
            memcpy(object + live_field->piece_offsets[piece], from, live_field->piece_bytes);
            from += live_field->piece_bytes;
        }
    }
}

gboolean
torpor_live_field_scatter(const TorporLiveField *live_field, guint64 first, guint64 count,
                          const void *column, GError **error)
{
    const struct torpor_accessor *accessor = live_field->field->accessor;
    if (count == 0 || live_field->row_bytes == 0 || !torpor_live_field_is_writable(live_field))
        return TRUE;
    if (accessor == NULL) {
        scatter_by_address(live_field, first, count, column);
        return TRUE;
    }
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = accessor->scatter(live_field->host->data, live_field->population,
                                      live_field->field, first, count, column, &failure);
    return torpor_host_result(status, &failure, error, "%s", live_field->path);
}

gboolean
torpor_live_field_lengths(const TorporLiveField *live_field, guint64 first, guint64 count,
                          guint64 *lengths, GError **error)
{
    if (live_field->list != NULL)
        return torpor_live_list_lengths(live_field->list, first, count, lengths, error);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = live_field->field->ragged_accessor->lengths(
        live_field->host->data, live_field->population, live_field->field, first, count, lengths,
        &failure);
    return torpor_host_result(status, &failure, error, "lengths of %s", live_field->path);
}

gboolean
torpor_live_field_gather_ragged(const TorporLiveField *live_field, guint64 first, guint64 count,
                                const guint64 *lengths, void *values, GError **error)
{
    if (live_field->list != NULL)
        return torpor_live_list_gather(live_field->list, first, count, lengths, values, error);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = live_field->field->ragged_accessor->gather(
        live_field->host->data, live_field->population, live_field->field, first, count, lengths,
        values, &failure);
    return torpor_host_result(status, &failure, error, "%s", live_field->path);
}

gboolean
torpor_live_field_set_lengths(const TorporLiveField *live_field, guint64 first, guint64 count,
                              const guint64 *lengths, GError **error)
{
    if (live_field->list != NULL)
        return torpor_live_list_set_lengths(live_field->list, first, count, lengths, error);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = live_field->field->ragged_accessor->set_lengths(
        live_field->host->data, live_field->population, live_field->field, first, count, lengths,
        &failure);
    return torpor_host_result(status, &failure, error, "set_lengths of %s", live_field->path);
}

gboolean
torpor_live_field_scatter_ragged(const TorporLiveField *live_field, guint64 first, guint64 count,
                                 const guint64 *lengths, const void *values, GError **error)
{
    if (live_field->list != NULL) {
        torpor_live_list_scatter(live_field->list, first, count, lengths, values);
        return TRUE;
    }
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = live_field->field->ragged_accessor->scatter(
        live_field->host->data, live_field->population, live_field->field, first, count, lengths,
        values, &failure);
    return torpor_host_result(status, &failure, error, "%s", live_field->path);
}

gboolean
torpor_live_field_check_objects(const TorporLiveField *live_field, GError **error)
{
    if (torpor_field_has_accessor(live_field->field) ||
        torpor_population_is_strided(live_field->population))
        return TRUE;
    for (guint64 i = 0; i < live_field->population->count; i++)
        if (torpor_population_object(live_field->host, live_field->population, i) == NULL)
            return set_no_object(live_field, i, error);
    return TRUE;
}

/* ---- lists that share a member ---- */

static gboolean
agree(const TorporLiveField *a, const TorporLiveField *b, GError **error)
{
    guint64 object = torpor_live_list_disagreement(a->list, b->list);
    if (object == G_MAXUINT64)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "%s: it shares its length with \"%s\", but the checkpoint does not bring as many "
                "elements of both to object %" G_GUINT64_FORMAT,
                b->path, a->field->name, object);
    return FALSE;
}

gboolean
torpor_live_fields_agree(const GPtrArray *live_fields, GError **error)
{
    for (guint i = 0; i < live_fields->len; i++) {
        const TorporLiveField *a = g_ptr_array_index(live_fields, i);
        for (guint j = i + 1; a->list != NULL && j < live_fields->len; j++) {
            const TorporLiveField *b = g_ptr_array_index(live_fields, j);
            if (b->list != NULL && !agree(a, b, error))
                return FALSE;
        }
    }
    return TRUE;
}
