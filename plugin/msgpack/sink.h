/* Where encoded bytes go, in order: a file being written, a stage, or plain memory. */
#ifndef TORPOR_MSGPACK_SINK_H
#define TORPOR_MSGPACK_SINK_H

#include <glib.h>

#include "value/tree.h"

G_BEGIN_DECLS

/* A payload of this many bytes or more has ranges of the index of its own, each of at most a block;
 * blocks are hashed and written at once. Smaller leaves share ranges. */
#define TORPOR_LARGE_BYTES ((guint64)64 << 10)
#define TORPOR_BLOCK_BYTES ((guint64)4 << 20)

typedef struct _TorporSink TorporSink;

typedef struct {
    /* Bytes that may be reused by the caller after the call. */
    gboolean (*append)(TorporSink *sink, const void *bytes, gsize length, GError **error);
    /* A payload from memory. Large ones are not copied by the file sink. */
    gboolean (*append_payload)(TorporSink *sink, const void *bytes, guint64 length, GError **error);
    /* A payload produced in pieces: all bytes of the array. */
    gboolean (*append_produced)(TorporSink *sink, const TorporArray *array, GError **error);
    /* A range of the index ends here (a large leaf begins or ended). */
    gboolean (*boundary)(TorporSink *sink, GError **error);
    /* (optional, these three or none) Leave room for bytes that come later, a range of the index;
     * the range before has ended. */
    gboolean (*append_gap)(TorporSink *sink, guint64 length, GError **error);
    /* All bytes of one of these ranges, once each. threads: any, while nothing is appended. */
    gboolean (*fill)(TorporSink *sink, guint64 place, const void *bytes, gsize length,
                     GError **error);
    /* Forget all that was taken, and begin anew. */
    gboolean (*restart)(TorporSink *sink, GError **error);
} TorporSinkClass;

struct _TorporSink {
    const TorporSinkClass *klass;
    guint64 place;    /* bytes taken so far; kept by the sink */
    guint64 expected; /* at least so many bytes will come in all; 0: not known. For messages */
};

/* Plain memory: the bytes of a whole file, growing. At most 2 GiB: TORPOR_STATUS_LIMIT. */
TorporSink *torpor_memory_sink_new(void);
GByteArray *torpor_memory_sink_free(TorporSink *sink,
                                    gboolean steal); /* bytes if steal, else NULL */

/* Produce any stretch of an array, in order of offset, whatever its row_bytes: a row that is asked
 * for in parts is kept in between. */
typedef struct {
    const TorporArray *array; /* (not owned) */
    guint8 *row;
    guint64 row_offset;
} TorporRows;
gboolean torpor_rows_produce(TorporRows *rows, guint64 offset, gsize length, void *out,
                             GError **error);
void torpor_rows_clear(TorporRows *rows);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporRows, torpor_rows_clear)

G_END_DECLS

#endif
