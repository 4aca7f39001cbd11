/* Decodes and checks what lies inside extensions and texts: arrays, complex numbers, UTF-8. */
#ifndef TORPOR_MSGPACK_PAYLOAD_H
#define TORPOR_MSGPACK_PAYLOAD_H

#include "msgpack/token.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Payloads up to this many bytes are read into the tree at once; larger ones stay in the file. */
#define TORPOR_INLINE_BYTES ((guint64)4 << 10)

/* Read the array in an extension whose `length` bytes come next. Shape, dtype and values must fill
 * it exactly. From a file, the array's extent is set. If its values are small, or all is in memory,
 * they are checked and set as `data`. */
TorporArray *torpor_payload_read_array(TorporReader *reader, TorporTree *tree, guint64 length,
                                       GError **error);
gboolean torpor_payload_read_complex(TorporReader *reader, guint64 length, double out[2],
                                     GError **error);

/* Are these bytes values that the array's dtype can have (a bool is 0 or 1)? `first` is the place
 * of the first byte within the array, `status` that of the error. threads: any. */
gboolean torpor_payload_check_values(const TorporArray *array, const void *bytes, gsize length,
                                     guint64 first, gint status, GError **error);

/* UTF-8 as Python accepts it: NUL is a character, surrogates are not. */
gboolean torpor_utf8_is_valid(const char *text, gsize length);

G_END_DECLS

#endif
