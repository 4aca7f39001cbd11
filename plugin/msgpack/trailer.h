/* The trailer, the last bytes of a file, leads to its index, which file/index.h reads. Bytes that
 * look like one count only if TORPOR_INDEX_KEY is the last key of the root (see root_end.h), or if
 * their checksum is right. */
#ifndef TORPOR_MSGPACK_TRAILER_H
#define TORPOR_MSGPACK_TRAILER_H

#include "base/file.h"
#include "msgpack/token.h"
#include "value/tree.h"

G_BEGIN_DECLS

#define TORPOR_INDEX_KEY "__torpor_index__"
#define TORPOR_FORMAT_VERSION 1u

/* The trailer is the last entry of the index's map: its key and the header of a bin, then the
 * bin. */
#define TORPOR_TRAILER_HEAD "\xa7trailer\xc4\x30"
#define TORPOR_TRAILER_BYTES 48u
#define TORPOR_TAIL_BYTES 58u /* all of this */

typedef struct {
    guint64 place;  /* of the index value */
    guint64 length; /* from there to the content of the bin; 0: there is no trailer */
    guint64 xxh3;   /* of these bytes */
} TorporTrailer;

/* The content of the bin, for a file that ends with it. */
void torpor_trailer_encode(const TorporTrailer *trailer, guint8 out[TORPOR_TRAILER_BYTES]);

/* Parse the last `tail_length` bytes of a file: TORPOR_TAIL_BYTES, or all of a shorter file. TRUE
 * with length 0 if there is no trailer. TORPOR_STATUS_DAMAGED or _VERSION: there is one, but it
 * cannot be trusted or understood; its length is not 0 if it leads to an index even so. `name` is
 * for messages. */
gboolean torpor_trailer_parse(const guint8 *tail, gsize tail_length, guint64 file_length,
                              const char *name, TorporTrailer *out, GError **error);
/* The same, read from the file. */
gboolean torpor_file_read_trailer(const TorporFile *file, TorporTrailer *out, GError **error);

/* Of a file whose root's last key is not TORPOR_INDEX_KEY: what looks like a trailer is a value,
 * unless the bytes that it leads to have the checksum that it says. By chance no value has that, so
 * a byte before them is damaged: in the key of the index, or where it changed the structure.
 * Afterwards the reader stands where they end. FALSE with TORPOR_STATUS_DAMAGED, or the error of
 * the read. */
gboolean torpor_trailer_check_is_value(const TorporTrailer *trailer, TorporReader *reader,
                                       const char *name, GError **error);

/* Is this value like an index that somebody took out of a file? */
gboolean torpor_index_resembles(const TorporNode *value);

G_END_DECLS

#endif
