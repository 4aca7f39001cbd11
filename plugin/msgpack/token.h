/* Reads msgpack one header at a time, from memory or through a window onto a file. A payload is
 * read only if it is asked for; the others stay in the file.
 *
 * A length or count that is returned has been compared with the bytes that are left. */
#ifndef TORPOR_MSGPACK_TOKEN_H
#define TORPOR_MSGPACK_TOKEN_H

#include <glib.h>

#include "base/file.h"

G_BEGIN_DECLS

typedef enum {
    TORPOR_TOKEN_NIL,
    TORPOR_TOKEN_BOOL,
    TORPOR_TOKEN_INT,
    TORPOR_TOKEN_UINT, /* above INT64_MAX only */
    TORPOR_TOKEN_FLOAT,
    TORPOR_TOKEN_TEXT,
    TORPOR_TOKEN_BYTES,
    TORPOR_TOKEN_EXT,
    TORPOR_TOKEN_MAP,
    TORPOR_TOKEN_LIST,
} TorporTokenKind;

typedef struct {
    TorporTokenKind kind;
    gint8 ext_type;
    guint64 place; /* of its first byte */
    union {
        gboolean boolean;
        gint64 integer;
        guint64 unsigned_integer;
        double real;
        guint64 length; /* TEXT, BYTES, EXT: bytes that follow. MAP, LIST: entries */
    } value;
} TorporToken;

typedef struct {
    const TorporFile *file; /* (not owned) NULL: all is in the window */
    guint64 place;          /* of the next byte */
    guint64 end;            /* reading stops before this byte */
    const guint8 *window;   /* bytes [window_place, window_place + window_length) */
    guint64 window_place;
    gsize window_length;
    guint8 *buffer;      /* the window's memory when reading a file */
    gsize refill_length; /* of the next refill: grows while nothing is skipped */
} TorporReader;

gboolean torpor_reader_init_file(TorporReader *reader, const TorporFile *file, GError **error);
void torpor_reader_init_memory(TorporReader *reader, const void *bytes, gsize length);
void torpor_reader_clear(TorporReader *reader);

/* Read the next header. The reader then stands at the payload, or at the first entry. Errors name
 * the place, but not the file. */
gboolean torpor_reader_next(TorporReader *reader, TorporToken *out, GError **error);

/* Copy or skip the next `length` bytes of the payload that a token announced. */
gboolean torpor_reader_copy(TorporReader *reader, void *out, gsize length, GError **error);
void torpor_reader_skip(TorporReader *reader, guint64 length);

/* The next `length` bytes if they are in the window, else NULL. Valid until the next call that
 * reads. */
const guint8 *torpor_reader_peek(const TorporReader *reader, gsize length);

/* "a map", "a text", ... for messages. */
const char *torpor_token_kind_name(TorporTokenKind kind);

/* Set TORPOR_STATUS_DAMAGED with the text "byte <place>: <what>". */
void torpor_damage_set(GError **error, guint64 place, const char *format, ...) G_GNUC_PRINTF(3, 4);

G_END_DECLS

#endif
