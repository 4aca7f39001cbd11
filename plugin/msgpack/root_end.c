#include "msgpack/root_end.h"

#include <string.h>

#include "base/error.h"
#include "msgpack/token.h"
#include "msgpack/trailer.h"

static gboolean
is_payload(const TorporToken *token)
{
    return token->kind == TORPOR_TOKEN_TEXT || token->kind == TORPOR_TOKEN_BYTES ||
           token->kind == TORPOR_TOKEN_EXT;
}

/* Step over what follows a header: a payload, or entries with all that is in them. */
static gboolean
skip_content(TorporReader *reader, const TorporToken *header, GError **error)
{
    TorporToken token = *header;
    for (guint64 values = 0;;) {
        if (is_payload(&token))
            torpor_reader_skip(reader, token.value.length);
        else if (token.kind == TORPOR_TOKEN_LIST)
            values += token.value.length;
        else if (token.kind == TORPOR_TOKEN_MAP)
            values += 2 * token.value.length;
        if (values == 0)
            return TRUE;
        if (values > reader->end - reader->place) {
            torpor_damage_set(error, reader->place, "more values were expected than bytes follow");
            return FALSE;
        }
        if (!torpor_reader_next(reader, &token, error))
            return FALSE;
        values--;
    }
}

static gboolean
read_key(TorporReader *reader, gboolean *is_index, GError **error)
{
    char text[sizeof TORPOR_INDEX_KEY - 1];
    TorporToken key;
    *is_index = FALSE;
    if (!torpor_reader_next(reader, &key, error))
        return FALSE;
    if (key.kind != TORPOR_TOKEN_TEXT || key.value.length != sizeof text)
        return skip_content(reader, &key, error);
    if (!torpor_reader_copy(reader, text, sizeof text, error))
        return FALSE;
    *is_index = memcmp(text, TORPOR_INDEX_KEY, sizeof text) == 0;
    return TRUE;
}

static gboolean
walk(TorporReader *reader, TorporRootEnd *out, GError **error)
{
    TorporToken token;
    if (!torpor_reader_next(reader, &token, error))
        return FALSE;
    if (token.kind != TORPOR_TOKEN_MAP)
        return skip_content(reader, &token, error);
    for (guint64 left = token.value.length; left > 0; left--) {
        if (!read_key(reader, &out->is_index, error))
            return FALSE;
        if (!torpor_reader_next(reader, &token, error) || !skip_content(reader, &token, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
torpor_root_end_find(const TorporFile *file, TorporRootEnd *out, GError **error)
{
    *out = (TorporRootEnd){.is_complete = FALSE};
    TorporReader reader;
    g_autoptr(GError) reason = NULL;
    if (!torpor_reader_init_file(&reader, file, error))
        return FALSE;
    gboolean is_walked = walk(&reader, out, &reason);
    out->is_complete = is_walked && reader.place == reader.end;
    torpor_reader_clear(&reader);
    if (reason == NULL || reason->code == TORPOR_STATUS_DAMAGED)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&reason));
    return FALSE;
}
