/* A save: the bytes of a capture, from the host's memory to a file being written, or to a stage. */
#ifndef TORPOR_SAVE_CAPTURE_WRITE_H
#define TORPOR_SAVE_CAPTURE_WRITE_H

#include "msgpack/places.h"
#include "msgpack/sink.h"
#include "save/capture.h"

G_BEGIN_DECLS

/* Give the sink all bytes of the checkpoint up to the index's value. The sink is empty and takes
 * gaps. */
gboolean torpor_capture_write(TorporCapture *capture, TorporSink *sink, TorporPlaces *places,
                              GError **error);

G_END_DECLS

#endif
