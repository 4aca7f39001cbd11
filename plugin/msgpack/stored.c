#include "msgpack/stored.h"

#include <string.h>

#include "base/error.h"
#include "base/xxh3.h"
#include "msgpack/payload.h"

/* Bytes that are hashed are read in pieces that stay in a cache. */
#define CACHED_BYTES ((gsize)256 << 10)

gboolean
torpor_array_read(const TorporFile *file, const TorporArray *array, guint64 offset, gsize length,
                  void *out, GError **error)
{
    if (offset > array->byte_length || length > array->byte_length - offset) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                    " were wanted of an array of %" G_GUINT64_FORMAT " bytes",
                    offset, offset + length, array->byte_length);
        return FALSE;
    }
    if (length == 0)
        return TRUE;
    if (array->data != NULL) { /* checked when it was decoded */
        memcpy(out, (const guint8 *)array->data + offset, length);
        return TRUE;
    }
    if (array->produce != NULL)
        return array->produce(array->produce_data, offset, length, out, error);
    g_return_val_if_fail(file != NULL && array->n_extents > 0, FALSE);
    guint8 *next = out;
    guint64 skip = offset;
    gsize rest = length;
    for (guint32 i = 0; rest > 0; i++) {
        const TorporExtent *extent = &array->extents[i];
        if (skip >= extent->length) {
            skip -= extent->length;
            continue;
        }
        gsize piece = (gsize)MIN(rest, extent->length - skip);
        if (!torpor_file_read(file, extent->place + skip, next, piece, error))
            return FALSE;
        next += piece;
        rest -= piece;
        skip = 0;
    }
    if (torpor_payload_check_values(array, out, length, offset, TORPOR_STATUS_DAMAGED, error))
        return TRUE;
    g_prefix_error(error, "'%s': ", file->path);
    return FALSE;
}

gboolean
torpor_array_read_hashed(const TorporFile *file, const TorporArray *array, guint64 offset,
                         gsize length, void *out, guint64 *xxh3, GError **error)
{
    if (xxh3 == NULL)
        return torpor_array_read(file, array, offset, length, out, error);
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (gsize done = 0; done < length;) {
        gsize piece = MIN(length - done, CACHED_BYTES);
        guint8 *to = (guint8 *)out + done;
        if (!torpor_array_read(file, array, offset + done, piece, to, error))
            return FALSE;
        torpor_xxh3_update(&state, to, piece);
        done += piece;
    }
    *xxh3 = XXH3_64bits_digest(&state);
    return TRUE;
}

gboolean
torpor_array_bring(TorporTree *tree, const TorporFile *file, TorporArray *array, GError **error)
{
    if (array->data != NULL)
        return TRUE;
    void *values = torpor_tree_try_alloc(tree, (gsize)array->byte_length);
    if (values == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for %" G_GUINT64_FORMAT " bytes of a manifest", array->byte_length);
        return FALSE;
    }
    if (!torpor_array_read(file, array, 0, (gsize)array->byte_length, values, error))
        return FALSE;
    array->data = values;
    return TRUE;
}

char *
torpor_bytes_read(const TorporFile *file, const TorporNode *node, GError **error)
{
    guint64 length = node->value.bytes.length;
    g_autofree char *text = length < G_MAXSIZE ? g_try_malloc((gsize)length + 1) : NULL;
    if (text == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for %" G_GUINT64_FORMAT " bytes", length);
        return NULL;
    }
    text[length] = '\0';
    if (node->value.bytes.data != NULL) {
        memcpy(text, node->value.bytes.data, (gsize)length);
        return g_steal_pointer(&text);
    }
    g_return_val_if_fail(file != NULL, NULL);
    if (!torpor_file_read(file, node->value.bytes.place, text, (gsize)length, error))
        return NULL;
    if (node->kind == TORPOR_NODE_TEXT && !torpor_utf8_is_valid(text, (gsize)length)) {
        torpor_damage_set(error, node->value.bytes.place, "a text that is not UTF-8");
        g_prefix_error(error, "'%s': ", file->path);
        return NULL;
    }
    return g_steal_pointer(&text);
}

char *
torpor_text_read(const TorporFile *file, const TorporNode *node, GError **error)
{
    g_autofree char *text = torpor_bytes_read(file, node, error);
    if (text == NULL || strlen(text) == node->value.bytes.length)
        return g_steal_pointer(&text);
    torpor_damage_set(error, node->value.bytes.place, "expected a text without NUL");
    if (file != NULL)
        g_prefix_error(error, "'%s': ", file->path);
    return NULL;
}
