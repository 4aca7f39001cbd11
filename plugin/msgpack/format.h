/* Constants that the encoder and the decoder share. FORMAT.md describes the bytes. */
#ifndef TORPOR_MSGPACK_FORMAT_H
#define TORPOR_MSGPACK_FORMAT_H

#include <glib.h>

G_BEGIN_DECLS

/* Types of msgpack's extensions. */
enum { TORPOR_EXT_ARRAY = 1, TORPOR_EXT_COMPLEX = 2, TORPOR_EXT_SCALAR = 3 };

/* The first key of a map that is one array in chunks. */
#define TORPOR_CHUNK_MARKER "__msgpack_chunked_array__"

/* Larger arrays are written in chunks, as braintools does. */
#define TORPOR_CHUNK_BYTES ((guint64)1 << 30)

/* Maps and lists may be nested this deep. */
#define TORPOR_MAX_DEPTH 512u

G_END_DECLS

#endif
