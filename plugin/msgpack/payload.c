#include "msgpack/payload.h"

#include <string.h>
#include <xxhash.h>

#include "base/error.h"
#include "msgpack/decode.h"

/* numpy's own limit. */
#define MAX_RANK 64u
#define MAX_DTYPE_NAME_BYTES 64u

/* Read at once where the bytes are looked at again: they stay in any cache. */
#define CACHED_BYTES ((gsize)256 << 10)

/* ---- the header of an array: shape and dtype ---- */

typedef struct {
    guint32 rank;
    guint64 shape[MAX_RANK];
    const TorporDtype *dtype;
    char dtype_name[MAX_DTYPE_NAME_BYTES + 1];
    guint64 byte_length;
} ArrayHeader;

/* The next token, which must be of this kind. */
static gboolean
expect(TorporReader *reader, TorporTokenKind kind, const char *what, TorporToken *token,
       GError **error)
{
    if (!torpor_reader_next(reader, token, error))
        return FALSE;
    if (token->kind == kind)
        return TRUE;
    torpor_damage_set(error, token->place, "expected %s (%s), found %s", what,
                      torpor_token_kind_name(kind), torpor_token_kind_name(token->kind));
    return FALSE;
}

static gboolean
read_shape(TorporReader *reader, ArrayHeader *header, GError **error)
{
    TorporToken token;
    if (!expect(reader, TORPOR_TOKEN_LIST, "the shape of an array", &token, error))
        return FALSE;
    if (token.value.length > MAX_RANK) {
        torpor_damage_set(error, token.place,
                          "an array of %" G_GUINT64_FORMAT " dimensions, expected at most %u",
                          token.value.length, MAX_RANK);
        return FALSE;
    }
    header->rank = (guint32)token.value.length;
    for (guint32 i = 0; i < header->rank; i++) {
        if (!expect(reader, TORPOR_TOKEN_INT, "a dimension of an array", &token, error))
            return FALSE;
        if (token.value.integer < 0) {
            torpor_damage_set(error, token.place, "dimension %u of an array is %" G_GINT64_FORMAT,
                              i, token.value.integer);
            return FALSE;
        }
        header->shape[i] = (guint64)token.value.integer;
    }
    return TRUE;
}

static gboolean
read_dtype(TorporReader *reader, ArrayHeader *header, GError **error)
{
    TorporToken token;
    if (!expect(reader, TORPOR_TOKEN_TEXT, "the dtype of an array", &token, error))
        return FALSE;
    gsize length = (gsize)MIN(token.value.length, MAX_DTYPE_NAME_BYTES);
    if (!torpor_reader_copy(reader, header->dtype_name, length, error))
        return FALSE;
    header->dtype_name[length] = '\0';
    if (length == token.value.length)
        header->dtype = torpor_dtype_by_name(header->dtype_name, length);
    if (header->dtype != NULL)
        return TRUE;
    g_autofree char *name = g_utf8_make_valid(header->dtype_name, (gssize)length);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                "byte %" G_GUINT64_FORMAT ": an array of dtype '%s', which is unknown here; the "
                "file is damaged, or was written by a version that knows more",
                token.place, name);
    return FALSE;
}

static gboolean
read_array_header(TorporReader *reader, ArrayHeader *header, GError **error)
{
    TorporToken token;
    if (!expect(reader, TORPOR_TOKEN_LIST, "the three parts of an array", &token, error))
        return FALSE;
    if (token.value.length != 3) {
        torpor_damage_set(error, token.place,
                          "expected the three parts of an array, found %" G_GUINT64_FORMAT,
                          token.value.length);
        return FALSE;
    }
    if (!read_shape(reader, header, error) || !read_dtype(reader, header, error) ||
        !expect(reader, TORPOR_TOKEN_BYTES, "the content of an array", &token, error))
        return FALSE;
    guint64 expected;
    gboolean fits =
        torpor_shape_byte_length(header->rank, header->shape, header->dtype->size, &expected);
    header->byte_length = token.value.length;
    if (fits && expected == header->byte_length)
        return TRUE;
    g_autofree char *wanted =
        fits ? g_strdup_printf("%" G_GUINT64_FORMAT, expected) : g_strdup("more than 2^64");
    torpor_damage_set(error, token.place,
                      "shape and dtype of an array ask for %s bytes, found %" G_GUINT64_FORMAT,
                      wanted, header->byte_length);
    return FALSE;
}

/* ---- arrays ---- */

/* `first` is the place of bytes[0] within the array. */
static gboolean
check_bools(const TorporArray *array, const guint8 *bytes, gsize length, guint64 first,
            GError **error)
{
    if (array->dtype->id != TORPOR_DTYPE_BOOL)
        return TRUE;
    guint8 all = 0;
    for (gsize i = 0; i < length; i++)
        all |= bytes[i];
    if (all <= 1)
        return TRUE;
    gsize at = 0;
    while (bytes[at] <= 1)
        at++;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                "element %" G_GUINT64_FORMAT " of a bool array is %u, expected 0 or 1", first + at,
                bytes[at]);
    return FALSE;
}

/* Array, extent, shape and small content, in one piece of the tree's memory. */
static TorporArray *
array_new(TorporTree *tree, const ArrayHeader *header, const TorporReader *reader, gboolean copied)
{
    gboolean in_file = reader->file != NULL;
    gsize size = sizeof(TorporArray) + sizeof(TorporExtent) + header->rank * sizeof(guint64) +
                 (copied ? (gsize)header->byte_length : 0);
    struct {
        TorporArray array;
        TorporExtent extent;
        guint64 shape[];
    } *block = torpor_tree_try_alloc(tree, size);
    if (block == NULL)
        return NULL;
    block->array = (TorporArray){.dtype = header->dtype,
                                 .dtype_name = header->dtype->name,
                                 .rank = header->rank,
                                 .shape = block->shape,
                                 .byte_length = header->byte_length,
                                 .n_extents = in_file ? 1 : 0,
                                 .extents = in_file ? &block->extent : NULL};
    block->extent = (TorporExtent){.place = reader->place, .length = header->byte_length};
    memcpy(block->shape, header->shape, header->rank * sizeof(guint64));
    if (copied)
        block->array.data = block->shape + header->rank;
    if (strcmp(header->dtype_name, header->dtype->name) != 0)
        block->array.dtype_name =
            torpor_tree_strdup(tree, header->dtype_name, strlen(header->dtype_name));
    return &block->array;
}

static TorporArray *
read_array(TorporReader *reader, TorporTree *tree, GError **error)
{
    ArrayHeader header = {.dtype = NULL};
    if (!read_array_header(reader, &header, error))
        return NULL;
    gboolean in_file = reader->file != NULL;
    gboolean copied = in_file && header.byte_length <= TORPOR_INLINE_BYTES;
    TorporArray *array = array_new(tree, &header, reader, copied);
    if (array == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for the description of an array");
        return NULL;
    }
    if (copied) {
        if (!torpor_reader_copy(reader, (void *)array->data, (gsize)header.byte_length, error))
            return NULL;
    } else {
        if (!in_file)
            array->data = torpor_reader_peek(reader, (gsize)header.byte_length);
        torpor_reader_skip(reader, header.byte_length);
    }
    if (array->data != NULL &&
        !check_bools(array, array->data, (gsize)array->byte_length, 0, error))
        return NULL;
    return array;
}

/* Nothing of the payload may be left. */
static gboolean
check_end(const TorporReader *reader, GError **error)
{
    if (reader->place == reader->end)
        return TRUE;
    torpor_damage_set(error, reader->place,
                      "%" G_GUINT64_FORMAT " bytes follow the content of an extension",
                      reader->end - reader->place);
    return FALSE;
}

TorporArray *
torpor_payload_read_array(TorporReader *reader, TorporTree *tree, guint64 length, GError **error)
{
    guint64 outer_end = reader->end;
    reader->end = reader->place + length;
    TorporArray *array = read_array(reader, tree, error);
    gboolean fine = array != NULL && check_end(reader, error);
    reader->end = outer_end;
    return fine ? array : NULL;
}

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
    if (check_bools(array, out, length, offset, error))
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
        XXH3_64bits_update(&state, to, piece);
        done += piece;
    }
    *xxh3 = XXH3_64bits_digest(&state);
    return TRUE;
}

/* ---- complex numbers ---- */

static gboolean
read_complex(TorporReader *reader, double out[2], GError **error)
{
    TorporToken token;
    if (!expect(reader, TORPOR_TOKEN_LIST, "the two parts of a complex number", &token, error))
        return FALSE;
    if (token.value.length != 2) {
        torpor_damage_set(error, token.place,
                          "expected the two parts of a complex number, found %" G_GUINT64_FORMAT,
                          token.value.length);
        return FALSE;
    }
    for (guint i = 0; i < 2; i++) {
        if (!torpor_reader_next(reader, &token, error))
            return FALSE;
        if (token.kind != TORPOR_TOKEN_FLOAT) {
            torpor_damage_set(error, token.place, "expected part of a complex number, found %s",
                              torpor_token_kind_name(token.kind));
            return FALSE;
        }
        out[i] = token.value.real;
    }
    return check_end(reader, error);
}

gboolean
torpor_payload_read_complex(TorporReader *reader, guint64 length, double out[2], GError **error)
{
    guint64 outer_end = reader->end;
    reader->end = reader->place + length;
    gboolean fine = read_complex(reader, out, error);
    reader->end = outer_end;
    return fine;
}

/* ---- texts and bytes ---- */

gboolean
torpor_utf8_is_valid(const char *text, gsize length)
{
    guint8 high = 0;
    for (gsize i = 0; i < length; i++)
        high |= (guint8)text[i];
    if (high < 0x80)
        return TRUE;
    /* GLib refuses NUL within a given length, so it is shown the stretches between them. */
    for (;;) {
        const char *nul = memchr(text, '\0', length);
        gsize stretch = nul == NULL ? length : (gsize)(nul - text);
        if (!g_utf8_validate_len(text, stretch, NULL))
            return FALSE;
        if (nul == NULL)
            return TRUE;
        text = nul + 1;
        length -= stretch + 1;
    }
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
