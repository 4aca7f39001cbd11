#include "msgpack/payload.h"

#include <string.h>

#include "base/error.h"

/* numpy's own limit. */
#define MAX_RANK 64u
#define MAX_DTYPE_NAME_BYTES 64u

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

gboolean
torpor_payload_check_values(const TorporArray *array, const void *bytes, gsize length,
                            guint64 first, gint status, GError **error)
{
    const guint8 *bools = bytes;
    if (array->dtype->id != TORPOR_DTYPE_BOOL)
        return TRUE;
    guint8 all = 0;
    for (gsize i = 0; i < length; i++)
        all |= bools[i];
    if (all <= 1)
        return TRUE;
    gsize at = 0;
    while (bools[at] <= 1)
        at++;
    g_set_error(error, TORPOR_ERROR, status,
                "element %" G_GUINT64_FORMAT " of a bool array is %u, expected 0 or 1", first + at,
                bools[at]);
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
        !torpor_payload_check_values(array, array->data, (gsize)array->byte_length, 0,
                                     TORPOR_STATUS_DAMAGED, error))
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
