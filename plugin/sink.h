/* Where encoded bytes go, in order: a file being written (sync), or memory to be written later
 * (async, to bytes). */
#ifndef TORPOR_CORE_SINK_H
#define TORPOR_CORE_SINK_H

#include <glib.h>

#include "tree.h"

G_BEGIN_DECLS

typedef struct _TorporSink TorporSink;

typedef struct {
    /* Bytes that may be reused by the caller after the call. */
    gboolean (*append)(TorporSink *sink, const void *bytes, gsize length, GError **error);
    /* A large payload from memory: not copied by the file sink. */
    gboolean (*append_payload)(TorporSink *sink, const void *bytes, guint64 length, GError **error);
    /* A large payload produced in pieces. */
    gboolean (*append_produced)(TorporSink *sink, const TorporArray *array, GError **error);
    /* A range of the index ends here (a large leaf begins or ended). */
    gboolean (*boundary)(TorporSink *sink, GError **error);
} TorporSinkClass;

struct _TorporSink {
    const TorporSinkClass *klass;
    guint64 place; /* bytes taken so far; kept by the sink */
};

/* Plain memory: the bytes of a whole file, growing. */
TorporSink *torpor_memory_sink_new(void);
GByteArray *torpor_memory_sink_free(TorporSink *sink,
                                    gboolean steal); /* bytes if steal, else NULL */

G_END_DECLS

#endif
