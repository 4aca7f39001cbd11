#include "host/codec_use.h"

#include <string.h>

#include "host/live_field.h"
#include "host/section_names.h"

void
torpor_codec_use_free(TorporCodecUse *use)
{
    if (use == NULL)
        return;
    g_strfreev(use->keys);
    g_free(use->path);
    g_free(use->objects);
    g_free(use);
}

TorporCodecUse *
torpor_codec_use_new(const struct torpor_codec *codec, const struct torpor_population *population)
{
    TorporCodecUse *use = g_new0(TorporCodecUse, 1);
    use->codec = codec;
    use->population = population;
    use->keys = g_new0(char *, 1);
    use->path = g_strdup_printf(TORPOR_SECTION_POPULATIONS "/%s", population->path);
    return use;
}

static gboolean
collect_objects(TorporCodecUse *use, const TorporHost *host, const struct torpor_population *around,
                const char *base, guint64 stride, guint64 n_offsets, const guint64 *offsets,
                GError **error)
{
    use->objects = g_try_new(void *, MAX(use->own.count, 1));
    if (use->objects == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for the addresses of %" G_GUINT64_FORMAT " objects", use->own.count);
        return FALSE;
    }
    void **next = use->objects;
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
    use->own.layout = TORPOR_LAYOUT_POINTERS;
    use->own.objects = use->objects;
    return TRUE;
}

TorporCodecUse *
torpor_codec_use_new_nested(const TorporHost *host, const struct torpor_codec *codec,
                            const struct torpor_population *around, const char *type,
                            const char *base, guint64 stride, guint64 n_offsets,
                            const guint64 *offsets, GError **error)
{
    g_autoptr(TorporCodecUse) use = g_new0(TorporCodecUse, 1);
    use->codec = codec;
    use->population = &use->own;
    use->own = (struct torpor_population){TORPOR_POPULATION_INIT, .type = type,
                                          .layout = TORPOR_LAYOUT_ACCESSORS,
                                          .population_data = around->population_data};
    if (!g_uint64_checked_mul(&use->own.count, around->count, n_offsets)) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                            "its objects are more than a 64-bit number can count");
        return NULL;
    }
    if (around->layout == TORPOR_LAYOUT_ACCESSORS)
        return g_steal_pointer(&use); /* no memory to be seen */
    if (base != NULL && n_offsets == 1) {
        use->own.layout = TORPOR_LAYOUT_CONTIGUOUS;
        use->own.base = (char *)base + offsets[0];
        use->own.stride = stride;
        return g_steal_pointer(&use);
    }
    if (!collect_objects(use, host, around, base, stride, n_offsets, offsets, error))
        return NULL;
    return g_steal_pointer(&use);
}
