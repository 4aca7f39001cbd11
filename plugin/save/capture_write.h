/* A save: the bytes of a capture, from the host's memory to a file being written, or to a stage. */
#ifndef TORPOR_SAVE_CAPTURE_WRITE_H
#define TORPOR_SAVE_CAPTURE_WRITE_H

#include "msgpack/places.h"
#include "msgpack/sink.h"
#include "save/capture.h"

G_BEGIN_DECLS

/* Write all of the checkpoint but the index's value to the sink, which must be empty and take gaps.
 * `places` gets where the leaves are. */
gboolean torpor_capture_write(TorporCapture *capture, TorporSink *sink, TorporPlaces *places,
                              GError **error);

G_END_DECLS

#endif
