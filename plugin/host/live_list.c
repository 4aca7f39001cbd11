#include "host/live_list.h"

#include <stdlib.h>
#include <string.h>

#include "host/object_layout.h"
#include "value/dtype.h"

void
torpor_live_list_free(TorporLiveList *list)
{
    if (list == NULL)
        return;
    for (guint64 i = 0; list->memory != NULL && i < list->n_objects; i++)
        free(list->memory[i]); /* of a restore that was not committed */
    g_free(list->memory);
    g_free(list->wanted);
    g_free(list);
}

/* ---- whole numbers of the host ---- */

guint32
torpor_live_list_number_bytes(guint32 dtype)
{
    gboolean is_whole = dtype >= TORPOR_DTYPE_INT8 && dtype <= TORPOR_DTYPE_UINT64;
    return is_whole ? torpor_dtype_by_id(dtype)->size : 0;
}

static gboolean
is_signed(guint32 dtype)
{
    return dtype < TORPOR_DTYPE_UINT8;
}

/* FALSE for a negative one. Little-endian, as everything here. */
static gboolean
read_number(const char *from, guint32 dtype, guint64 *out)
{
    guint32 bytes = torpor_live_list_number_bytes(dtype);
    *out = 0;
    memcpy(out, from, bytes);
    return !is_signed(dtype) || (*out >> (8 * bytes - 1)) == 0;
}

static guint64
largest_number(guint32 dtype)
{
    guint32 bits = 8 * torpor_live_list_number_bytes(dtype) - is_signed(dtype);
    return bits == 64 ? G_MAXUINT64 : ((guint64)1 << bits) - 1;
}

static void
write_number(char *to, guint32 dtype, guint64 value)
{
    memcpy(to, &value, torpor_live_list_number_bytes(dtype));
}

/* ---- one object ---- */

static char *
object_of(const TorporLiveList *list, guint64 index)
{
    return torpor_population_is_strided(list->population)
               ? (char *)list->base + index * list->stride
               : torpor_population_object(list->host, list->population, index);
}

static char *
elements_of(const TorporLiveList *list, guint64 index)
{
    char *elements;
    memcpy(&elements, object_of(list, index) + list->pointer_place, sizeof elements);
    return elements;
}

static gboolean
read_member(const TorporLiveList *list, guint64 index, guint64 place, guint32 dtype,
            const char *what, guint64 *out, GError **error)
{
    const char *object = object_of(list, index);
    if (object == NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "%s: the host gave NULL for object %" G_GUINT64_FORMAT, list->path, index);
    else if (read_number(object + place, dtype, out))
        return TRUE;
    else
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_REFUSED,
                    "%s: object %" G_GUINT64_FORMAT " has a negative %s", list->path, index, what);
    return FALSE;
}

/* Elements that fit into the memory that the object has. */
static gboolean
read_room(const TorporLiveList *list, guint64 index, guint64 *room, GError **error)
{
    gboolean has_capacity = list->capacity_dtype != 0;
    if (!read_member(list, index, has_capacity ? list->capacity_place : list->length_place,
                     has_capacity ? list->capacity_dtype : list->length_dtype,
                     has_capacity ? "capacity" : "length", room, error))
        return FALSE;
    if (elements_of(list, index) == NULL)
        *room = 0;
    return TRUE;
}

/* ---- save ---- */

gboolean
torpor_live_list_lengths(const TorporLiveList *list, guint64 first, guint64 count, guint64 *lengths,
                         GError **error)
{
    for (guint64 i = 0; i < count; i++) {
        if (!read_member(list, first + i, list->length_place, list->length_dtype, "length",
                         &lengths[i], error))
            return FALSE;
        if (lengths[i] == 0 || elements_of(list, first + i) != NULL)
            continue;
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_REFUSED,
                    "%s: object %" G_GUINT64_FORMAT " has %" G_GUINT64_FORMAT
                    " elements at the address NULL",
                    list->path, first + i, lengths[i]);
        return FALSE;
    }
    return TRUE;
}

gboolean
torpor_live_list_gather(const TorporLiveList *list, guint64 first, guint64 count,
                        const guint64 *lengths, void *values, GError **error)
{
    char *to = values;
    for (guint64 i = 0; i < count; i++) {
        guint64 length;
        if (!read_member(list, first + i, list->length_place, list->length_dtype, "length", &length,
                         error))
            return FALSE;
        if (length != lengths[i]) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_HOST,
                        "%s: object %" G_GUINT64_FORMAT " has another length than a moment before",
                        list->path, first + i);
            return FALSE;
        }
        gsize bytes = lengths[i] * list->row_bytes;
        if (bytes > 0)
            memcpy(to, elements_of(list, first + i), bytes);
        to += bytes;
    }
    return TRUE;
}

/* ---- restore ---- */

static gboolean
begin_restore(TorporLiveList *list, GError **error)
{
    guint64 n = list->population->count;
    if (list->wanted != NULL)
        return TRUE;
    list->wanted = g_try_new0(guint64, MAX(n, 1));
    list->memory = g_try_new0(gpointer, MAX(n, 1));
    list->n_objects = list->memory == NULL ? 0 : n;
    if (list->wanted != NULL && list->memory != NULL)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                "%s: no memory for the lengths of %" G_GUINT64_FORMAT " objects", list->path, n);
    return FALSE;
}

/* malloc's, since the host frees it. */
static gboolean
set_memory_aside(TorporLiveList *list, guint64 index, guint64 length, GError **error)
{
    guint64 bytes;
    if (g_uint64_checked_mul(&bytes, length, list->row_bytes))
        list->memory[index] = malloc(MAX(bytes, 1));
    if (list->memory[index] != NULL)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                "%s: no memory for the %" G_GUINT64_FORMAT " elements of object %" G_GUINT64_FORMAT,
                list->path, length, index);
    return FALSE;
}

gboolean
torpor_live_list_set_lengths(TorporLiveList *list, guint64 first, guint64 count,
                             const guint64 *lengths, GError **error)
{
    if (!begin_restore(list, error))
        return FALSE;
    guint64 most = largest_number(list->length_dtype);
    if (list->capacity_dtype != 0)
        most = MIN(most, largest_number(list->capacity_dtype));
    for (guint64 i = 0; i < count; i++) {
        guint64 room;
        if (lengths[i] > most) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                        "%s: object %" G_GUINT64_FORMAT " gets %" G_GUINT64_FORMAT
                        " elements, but its length or capacity counts to %" G_GUINT64_FORMAT
                        " only",
                        list->path, first + i, lengths[i], most);
            return FALSE;
        }
        if (!read_room(list, first + i, &room, error) ||
            (lengths[i] > room && !set_memory_aside(list, first + i, lengths[i], error)))
            return FALSE;
        list->wanted[first + i] = lengths[i];
    }
    return TRUE;
}

void
torpor_live_list_scatter(TorporLiveList *list, guint64 first, guint64 count, const guint64 *lengths,
                         const void *values)
{
    const char *from = values;
    for (guint64 i = 0; i < count; i++) {
        char *object = object_of(list, first + i);
        if (list->memory[first + i] != NULL) {
            free(elements_of(list, first + i));
            memcpy(object + list->pointer_place, &list->memory[first + i], sizeof(gpointer));
            list->memory[first + i] = NULL; /* the host's from now on */
            if (list->capacity_dtype != 0)
                write_number(object + list->capacity_place, list->capacity_dtype, lengths[i]);
        }
        gsize bytes = lengths[i] * list->row_bytes;
        if (bytes > 0)
            memcpy(elements_of(list, first + i), from, bytes);
        write_number(object + list->length_place, list->length_dtype, lengths[i]);
        from += bytes;
    }
}

guint64
torpor_live_list_disagreement(const TorporLiveList *a, const TorporLiveList *b)
{
    if (a->length_place != b->length_place || (a->wanted == NULL && b->wanted == NULL))
        return G_MAXUINT64;
    for (guint64 i = 0; i < a->population->count; i++)
        if (a->wanted == NULL || b->wanted == NULL || a->wanted[i] != b->wanted[i])
            return i;
    return G_MAXUINT64;
}
