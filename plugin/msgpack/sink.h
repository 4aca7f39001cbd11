/* A sink takes encoded bytes: a file being written, a stage, or plain memory. Bytes come in order,
 * except those of gaps, which are filled in later. */
#ifndef TORPOR_MSGPACK_SINK_H
#define TORPOR_MSGPACK_SINK_H

#include <glib.h>

#include "base/packed.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* A payload of TORPOR_LARGE_BYTES or more has its own ranges of the index, each of at most a block,
 * which is hashed and written in one go. Smaller leaves share ranges. */
#define TORPOR_LARGE_BYTES ((guint64)64 << 10)
#define TORPOR_BLOCK_BYTES ((guint64)4 << 20)

typedef struct _TorporSink TorporSink;

typedef struct {
    /* Take bytes, which the caller may reuse after the call. */
    gboolean (*append)(TorporSink *sink, const void *bytes, gsize length, GError **error);
    /* Take a payload from memory. The file sink does not copy large ones. */
    gboolean (*append_payload)(TorporSink *sink, const void *bytes, guint64 length, GError **error);
    /* Take a payload that the array produces in pieces. */
    gboolean (*append_produced)(TorporSink *sink, const TorporArray *array, GError **error);
    /* End the current range of the index, because a large payload begins or ended here. */
    gboolean (*boundary)(TorporSink *sink, GError **error);
    /* The rest is optional: a sink has all three slots or none. Leave room for bytes that come
     * later. The room is a range of the index; the range before it has ended. */
    gboolean (*append_gap)(TorporSink *sink, guint64 length, GError **error);
    /* Fill one of these ranges with all its bytes, once. threads: any, on different ranges, while
     * nothing is appended. */
    gboolean (*fill)(TorporSink *sink, guint64 place, const void *bytes, gsize length,
                     GError **error);
    /* Forget everything and begin again. */
    gboolean (*restart)(TorporSink *sink, GError **error);
    /* (optional) Take a range whose bytes are in an earlier file: there, this block has them. The
     * range before it has ended. */
    gboolean (*append_stored)(TorporSink *sink, const TorporBlock *block, GError **error);
    /* (optional, both or none) The value of a leaf begins here, or has ended. Keys and the headers
     * of maps are between leaves. */
    void (*begin_leaf)(TorporSink *sink, const char *path);
    void (*end_leaf)(TorporSink *sink);
} TorporSinkClass;

struct _TorporSink {
    const TorporSinkClass *klass;
    guint64 place;    /* bytes taken so far; the sink keeps count */
    guint64 expected; /* at least so many bytes will come in total; 0: not known */
    gsize item_bytes; /* of an element of the array that is being appended; 0: of something else */
};

/* A sink to plain memory that grows to at most 2 GiB (TORPOR_STATUS_LIMIT). It takes no gaps. */
TorporSink *torpor_memory_sink_new(void);
/* Returns the bytes if `steal`, else frees them and returns NULL. */
GByteArray *torpor_memory_sink_free(TorporSink *sink, gboolean steal);

/* Produces any stretch of an array, in order of offset, also if the array gives whole rows only
 * (row_bytes): a row that is asked for in parts is kept until its last part. */
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
