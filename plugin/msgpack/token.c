#include "msgpack/token.h"

#include <string.h>

#include "base/error.h"

/* The window is small at first, and after each large payload that was skipped, so that a file of
 * few large arrays is not read for their headers. */
#define FIRST_REFILL_BYTES ((gsize)16 << 10)
#define WINDOW_BYTES ((gsize)1 << 20)

/* ---- the window ---- */

gboolean
torpor_reader_init_file(TorporReader *reader, const TorporFile *file, GError **error)
{
    *reader =
        (TorporReader){.file = file, .end = file->length, .refill_length = FIRST_REFILL_BYTES};
    gsize size = (gsize)MIN(file->length, WINDOW_BYTES);
    reader->buffer = g_try_malloc(MAX(size, 1));
    if (reader->buffer == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for a window of %" G_GSIZE_FORMAT " bytes", size);
        return FALSE;
    }
    reader->window = reader->buffer;
    return TRUE;
}

void
torpor_reader_init_memory(TorporReader *reader, const void *bytes, gsize length)
{
    *reader = (TorporReader){.end = length, .window = bytes, .window_length = length};
}

void
torpor_reader_clear(TorporReader *reader)
{
    g_free(reader->buffer);
}

/* Bytes of the window from reader->place on. */
static gsize
at_hand(const TorporReader *reader)
{
    guint64 offset = reader->place - reader->window_place; /* wraps if the window lies behind */
    return offset < reader->window_length ? reader->window_length - (gsize)offset : 0;
}

static const guint8 *
next_bytes(const TorporReader *reader)
{
    return reader->window + (reader->place - reader->window_place);
}

/* Let the window begin at reader->place. */
static gboolean
refill(TorporReader *reader, GError **error)
{
    gboolean straight_on = reader->place <= reader->window_place + reader->window_length;
    reader->refill_length =
        straight_on ? MIN(2 * reader->refill_length, WINDOW_BYTES) : FIRST_REFILL_BYTES;
    gsize length = (gsize)MIN(reader->file->length - reader->place, reader->refill_length);
    reader->window_length = 0;
    if (!torpor_file_read(reader->file, reader->place, reader->buffer, length, error))
        return FALSE;
    reader->window_place = reader->place;
    reader->window_length = length;
    return TRUE;
}

/* At least `length` (at most a header's) bytes at next_bytes(). */
static gboolean
need(TorporReader *reader, gsize length, GError **error)
{
    if (G_LIKELY(at_hand(reader) >= length && reader->end - reader->place >= length))
        return TRUE;
    if (reader->end - reader->place < length) {
        torpor_damage_set(error, reader->place,
                          "%" G_GSIZE_FORMAT " more bytes were expected, found %" G_GUINT64_FORMAT
                          " before the end",
                          length, reader->end - reader->place);
        return FALSE;
    }
    return refill(reader, error);
}

const guint8 *
torpor_reader_peek(const TorporReader *reader, gsize length)
{
    return at_hand(reader) < length ? NULL : next_bytes(reader);
}

gboolean
torpor_reader_copy(TorporReader *reader, void *out, gsize length, GError **error)
{
    g_return_val_if_fail(length <= reader->end - reader->place, FALSE);
    gsize from_window = MIN(at_hand(reader), length);
    if (from_window > 0)
        memcpy(out, next_bytes(reader), from_window);
    reader->place += from_window;
    gsize rest = length - from_window;
    if (rest == 0)
        return TRUE;
    guint8 *next = (guint8 *)out + from_window;
    if (rest > FIRST_REFILL_BYTES) {
        if (!torpor_file_read(reader->file, reader->place, next, rest, error))
            return FALSE;
    } else {
        if (!refill(reader, error))
            return FALSE;
        memcpy(next, reader->window, rest);
    }
    reader->place += rest;
    return TRUE;
}

void
torpor_reader_skip(TorporReader *reader, guint64 length)
{
    g_return_if_fail(length <= reader->end - reader->place);
    reader->place += length;
}

/* ---- headers ---- */

static guint64
big_endian(const guint8 *bytes, gsize size)
{
    guint64 value = 0;
    for (gsize i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void
set_unsigned(TorporToken *token, guint64 value)
{
    token->kind = value <= G_MAXINT64 ? TORPOR_TOKEN_INT : TORPOR_TOKEN_UINT;
    token->value.unsigned_integer = value;
}

static void
set_signed(TorporToken *token, guint64 bits, gsize size)
{
    guint64 sign = (guint64)1 << (8 * size - 1);
    token->kind = TORPOR_TOKEN_INT;
    token->value.unsigned_integer = (bits ^ sign) - sign;
}

static void
set_float(TorporToken *token, guint64 bits, gsize size)
{
    token->kind = TORPOR_TOKEN_FLOAT;
    if (size == sizeof(double)) {
        memcpy(&token->value.real, &bits, sizeof bits);
        return;
    }
    guint32 narrow = (guint32)bits;
    float real;
    memcpy(&real, &narrow, sizeof real);
    token->value.real = real;
}

static gboolean
set_length(const TorporReader *reader, TorporToken *token, TorporTokenKind kind, guint64 length,
           GError **error)
{
    token->kind = kind;
    token->value.length = length;
    /* Every entry of a map or list takes at least one byte, those of a map two. */
    guint64 least = kind == TORPOR_TOKEN_MAP ? 2 * length : length;
    guint64 left = reader->end - reader->place;
    if (G_LIKELY(least <= left))
        return TRUE;
    torpor_damage_set(error, token->place,
                      "%s of %" G_GUINT64_FORMAT " %s was announced, found %" G_GUINT64_FORMAT
                      " bytes before the end",
                      torpor_token_kind_name(kind), length,
                      kind == TORPOR_TOKEN_MAP || kind == TORPOR_TOKEN_LIST ? "entries" : "bytes",
                      left);
    return FALSE;
}

/* Bytes that follow the first one of a header, up to the payload; indexed by first byte - 0xc0. */
static const guint8 header_bytes[32] = {
    0, 0, 0, 0,    /* nil, never used, false, true */
    1, 2, 4,       /* bin */
    2, 3, 5,       /* ext: length and type */
    4, 8,          /* float */
    1, 2, 4, 8,    /* uint */
    1, 2, 4, 8,    /* int */
    1, 1, 1, 1, 1, /* fixext: type */
    1, 2, 4,       /* str */
    2, 4,          /* array */
    2, 4,          /* map */
};

/* The headers from 0xc0 to 0xdf, whose further bytes have been checked to be at hand. */
static gboolean
wide_header(TorporReader *reader, guint8 first, TorporToken *token, GError **error)
{
    const guint8 *bytes = next_bytes(reader);
    gsize size = header_bytes[first - 0xc0];
    reader->place += size;
    guint64 value = big_endian(bytes, size);
    switch (first) {
    case 0xc0:
        token->kind = TORPOR_TOKEN_NIL;
        return TRUE;
    case 0xc1:
        torpor_damage_set(error, token->place, "0xc1 begins no value");
        return FALSE;
    case 0xc2:
    case 0xc3:
        token->kind = TORPOR_TOKEN_BOOL;
        token->value.boolean = first == 0xc3;
        return TRUE;
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return set_length(reader, token, TORPOR_TOKEN_BYTES, value, error);
    case 0xc7:
    case 0xc8:
    case 0xc9:
        token->ext_type = (gint8)bytes[size - 1];
        return set_length(reader, token, TORPOR_TOKEN_EXT, value >> 8, error);
    case 0xca:
    case 0xcb:
        set_float(token, value, size);
        return TRUE;
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        set_unsigned(token, value);
        return TRUE;
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        set_signed(token, value, size);
        return TRUE;
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        token->ext_type = (gint8)bytes[0];
        return set_length(reader, token, TORPOR_TOKEN_EXT, (guint64)1 << (first - 0xd4), error);
    case 0xd9:
    case 0xda:
    case 0xdb:
        return set_length(reader, token, TORPOR_TOKEN_TEXT, value, error);
    case 0xdc:
    case 0xdd:
        return set_length(reader, token, TORPOR_TOKEN_LIST, value, error);
    default: /* 0xde, 0xdf */
        return set_length(reader, token, TORPOR_TOKEN_MAP, value, error);
    }
}

gboolean
torpor_reader_next(TorporReader *reader, TorporToken *out, GError **error)
{
    if (!need(reader, 1, error))
        return FALSE;
    guint8 first = *next_bytes(reader);
    *out = (TorporToken){.place = reader->place++};
    if (first < 0x80) {
        set_unsigned(out, first);
        return TRUE;
    }
    if (first < 0x90)
        return set_length(reader, out, TORPOR_TOKEN_MAP, first & 0x0f, error);
    if (first < 0xa0)
        return set_length(reader, out, TORPOR_TOKEN_LIST, first & 0x0f, error);
    if (first < 0xc0)
        return set_length(reader, out, TORPOR_TOKEN_TEXT, first & 0x1f, error);
    if (first >= 0xe0) {
        set_signed(out, first, 1);
        return TRUE;
    }
    return need(reader, header_bytes[first - 0xc0], error) &&
           wide_header(reader, first, out, error);
}

const char *
torpor_token_kind_name(TorporTokenKind kind)
{
    static const char *const names[] = {
        [TORPOR_TOKEN_NIL] = "nil",
        [TORPOR_TOKEN_BOOL] = "a bool",
        [TORPOR_TOKEN_INT] = "an integer",
        [TORPOR_TOKEN_UINT] = "an integer",
        [TORPOR_TOKEN_FLOAT] = "a float",
        [TORPOR_TOKEN_TEXT] = "a text",
        [TORPOR_TOKEN_BYTES] = "a bytes value",
        [TORPOR_TOKEN_EXT] = "an extension",
        [TORPOR_TOKEN_MAP] = "a map",
        [TORPOR_TOKEN_LIST] = "a list",
    };
    return names[kind];
}

void
torpor_damage_set(GError **error, guint64 place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "byte %" G_GUINT64_FORMAT ": %s", place,
                what);
}
