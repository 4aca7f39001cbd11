#include "msgpack/trailer.h"

#include <string.h>

#include "base/error.h"
#include "base/xxh3.h"

/* The content of the bin; all numbers are little-endian. */
typedef struct {
    char magic[8];
    guint64 version;
    guint64 place;
    guint64 length;
    guint64 xxh3;
    guint64 file_length;
} TrailerBytes;

/* Head and content, without NUL. */
enum { HEAD_BYTES = sizeof TORPOR_TRAILER_HEAD - 1 };
G_STATIC_ASSERT(sizeof(TrailerBytes) == TORPOR_TRAILER_BYTES);
G_STATIC_ASSERT(HEAD_BYTES + TORPOR_TRAILER_BYTES == TORPOR_TAIL_BYTES);
G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN);

static const char magic[8] = {'T', 'O', 'R', 'P', 'O', 'R', '\r', '\n'};

void
torpor_trailer_encode(const TorporTrailer *trailer, guint8 out[TORPOR_TRAILER_BYTES])
{
    TrailerBytes bytes = {.version = TORPOR_FORMAT_VERSION,
                          .place = trailer->place,
                          .length = trailer->length,
                          .xxh3 = trailer->xxh3,
                          .file_length = trailer->place + trailer->length + TORPOR_TRAILER_BYTES};
    memcpy(bytes.magic, magic, sizeof magic);
    memcpy(out, &bytes, sizeof bytes);
}

static gboolean
has_possible_place(const TrailerBytes *trailer, guint64 file_length)
{
    guint64 before_content = file_length - TORPOR_TRAILER_BYTES;
    return trailer->place <= before_content && trailer->length == before_content - trailer->place &&
           trailer->length >= HEAD_BYTES;
}

static gboolean
check(const TrailerBytes *trailer, guint64 file_length, const char *name, GError **error)
{
    if (trailer->file_length != file_length) {
        g_autofree char *what = g_strdup_printf("it has %" G_GUINT64_FORMAT
                                                " bytes, its trailer says %" G_GUINT64_FORMAT,
                                                file_length, trailer->file_length);
        return torpor_error_set_damaged(error, name, what);
    }
    if (trailer->version == TORPOR_PACKED_VERSION)
        return torpor_error_set_damaged(error, name,
                                        "its first bytes are not those of a packed file");
    if (torpor_version_is_newer(trailer->version, TORPOR_FORMAT_VERSION)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION,
                    "%s has format version %" G_GUINT64_FORMAT
                    ", this Torpor reads version %u; use a newer Torpor",
                    name, trailer->version, TORPOR_FORMAT_VERSION);
        return FALSE;
    }
    if (trailer->version != TORPOR_FORMAT_VERSION)
        return torpor_error_set_damaged(error, name,
                                        "the version in its trailer is none that there can be");
    if (!has_possible_place(trailer, file_length))
        return torpor_error_set_damaged(error, name, "the place of its index is impossible");
    return TRUE;
}

gboolean
torpor_trailer_parse(const guint8 *tail, gsize tail_length, guint64 file_length, const char *name,
                     TorporTrailer *out, GError **error)
{
    *out = (TorporTrailer){0};
    if (tail_length < TORPOR_TAIL_BYTES)
        return TRUE;
    const guint8 *head = tail + tail_length - TORPOR_TAIL_BYTES;
    TrailerBytes trailer;
    memcpy(&trailer, head + HEAD_BYTES, sizeof trailer);

    /* Either of the two shows that there is an index, so damage to one of them is noticed. */
    gboolean has_head = memcmp(head, TORPOR_TRAILER_HEAD, HEAD_BYTES) == 0;
    gboolean has_magic = memcmp(trailer.magic, magic, sizeof magic) == 0;
    if (!has_head && !has_magic)
        return TRUE;
    if (!has_head || !has_magic)
        return torpor_error_set_damaged(error, name,
                                        "the head of the trailer at its end is damaged");
    if (trailer.file_length == file_length && has_possible_place(&trailer, file_length))
        *out = (TorporTrailer){trailer.place, trailer.length, trailer.xxh3};
    return check(&trailer, file_length, name, error);
}

gboolean
torpor_file_read_trailer(const TorporFile *file, TorporTrailer *out, GError **error)
{
    guint8 tail[TORPOR_TAIL_BYTES];
    gsize length = (gsize)MIN(file->length, sizeof tail);
    return torpor_file_read(file, file->length - length, tail, length, error) &&
           torpor_trailer_parse(tail, length, file->length, file->path, out, error);
}

gboolean
torpor_trailer_check_is_value(const TorporTrailer *trailer, TorporReader *reader, const char *name,
                              GError **error)
{
    guint8 piece[4096];
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    reader->place = trailer->place;
    for (guint64 left = trailer->length; left > 0;) {
        gsize length = (gsize)MIN(left, sizeof piece);
        if (!torpor_reader_copy(reader, piece, length, error))
            return FALSE;
        torpor_xxh3_update(&state, piece, length);
        left -= length;
    }
    return trailer->length == 0 || XXH3_64bits_digest(&state) != trailer->xxh3 ||
           torpor_error_set_damaged(
               error, name,
               "it has an index, but the last key of its root is not " TORPOR_INDEX_KEY);
}

gboolean
torpor_index_resembles(const TorporNode *value)
{
    static const char *const keys[] = {"ranges", "paths", "places", "trailer"};
    if (value->kind != TORPOR_NODE_MAP || value->value.map.count != G_N_ELEMENTS(keys))
        return FALSE;
    const TorporNode *child = value->value.map.first;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++, child = child->next)
        if (!torpor_node_has_key(child, keys[i], strlen(keys[i])))
            return FALSE;
    const TorporNode *trailer = value->value.map.last;
    return trailer->kind == TORPOR_NODE_BYTES &&
           trailer->value.bytes.length == sizeof(TrailerBytes) &&
           trailer->value.bytes.data != NULL &&
           memcmp(trailer->value.bytes.data, magic, sizeof magic) == 0;
}
