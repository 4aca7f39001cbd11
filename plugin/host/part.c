#include "host/part.h"

#include <string.h>

#include "host/live_field.h"

void
torpor_part_free(TorporPart *part)
{
    if (part == NULL)
        return;
    g_strfreev(part->keys);
    g_free(part->path);
    g_free(part->objects);
    g_free(part);
}

TorporPart *
torpor_part_new(const struct torpor_codec *codec, const struct torpor_population *population)
{
    TorporPart *part = g_new0(TorporPart, 1);
    part->codec = codec;
    part->population = population;
    part->keys = g_new0(char *, 1);
    part->path = g_strdup_printf("populations/%s", population->path);
    return part;
}

static gboolean
collect_objects(TorporPart *part, const TorporHost *host, const struct torpor_population *around,
                const char *base, guint64 stride, guint64 n_offsets, const guint64 *offsets,
                GError **error)
{
    part->objects = g_try_new(void *, MAX(part->own.count, 1));
    if (part->objects == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for the addresses of %" G_GUINT64_FORMAT " objects",
                    part->own.count);
        return FALSE;
    }
    void **next = part->objects;
    for (guint64 i = 0; i < around->count; i++) {
        char *object =
            base != NULL ? (char *)base + i * stride : torpor_population_object(host, around, i);
        if (object == NULL) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                        "the host gave NULL for object %" G_GUINT64_FORMAT, i);
            return FALSE;
        }
        for (guint64 j = 0; j < n_offsets; j++)
            *next++ = object + offsets[j];
    }
    part->own.layout = TORPOR_LAYOUT_POINTERS;
    part->own.objects = part->objects;
    return TRUE;
}

TorporPart *
torpor_part_new_nested(const TorporHost *host, const struct torpor_codec *codec,
                       const struct torpor_population *around, const char *type, const char *base,
                       guint64 stride, guint64 n_offsets, const guint64 *offsets, GError **error)
{
    g_autoptr(TorporPart) part = g_new0(TorporPart, 1);
    part->codec = codec;
    part->population = &part->own;
    part->own = (struct torpor_population){.type = type,
                                           .layout = TORPOR_LAYOUT_ACCESSORS,
                                           .population_data = around->population_data};
    if (!g_uint64_checked_mul(&part->own.count, around->count, n_offsets)) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                            "its objects are more than a 64-bit number can count");
        return NULL;
    }
    if (around->layout == TORPOR_LAYOUT_ACCESSORS)
        return g_steal_pointer(&part); /* no memory to be seen */
    if (base != NULL && n_offsets == 1) {
        part->own.layout = TORPOR_LAYOUT_CONTIGUOUS;
        part->own.base = (char *)base + offsets[0];
        part->own.stride = stride;
        return g_steal_pointer(&part);
    }
    if (!collect_objects(part, host, around, base, stride, n_offsets, offsets, error))
        return NULL;
    return g_steal_pointer(&part);
}
