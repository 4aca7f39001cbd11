/* How a tree is encoded. All zero: as braintools does, without an index. */
#ifndef TORPOR_MSGPACK_ENCODE_OPTIONS_H
#define TORPOR_MSGPACK_ENCODE_OPTIONS_H

#include "base/file.h"
#include "msgpack/gap.h"

G_BEGIN_DECLS

typedef struct {
    guint64 chunk_bytes;  /* larger arrays are chunked; 0: TORPOR_CHUNK_BYTES */
    gboolean list_arrays; /* LIST as a msgpack array instead of a map numbered from "0" */
    gboolean unchecked;   /* do not refuse what makes a file unreadable: the marker of chunks as
                           * a key, bools that are neither 0 nor 1, a unit whose text is that of
                           * another and, without `index`, the key of an index */
    gboolean index; /* append __torpor_index__ to the root map, which must not have that key */
    /* (optional) The file that the tree was decoded from: payloads that stayed there are copied in
     * pieces. */
    const TorporFile *source;
    /* (optional) Called as payloads go to the sink, with the bytes done so far. Gaps do not count
     * as done, so with them `done` ends below `total`. */
    void (*progress)(gpointer data, guint64 done, guint64 total);
    gpointer progress_data;
    /* (optional) The arrays whose values come later. The sink must take gaps. */
    TorporGaps *gaps;
} TorporEncodeOptions;

G_END_DECLS

#endif
