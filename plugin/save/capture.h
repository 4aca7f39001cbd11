/* A save: all that the host describes becomes the tree of a checkpoint, whose payloads are the
 * host's own memory until they are encoded. */
#ifndef TORPOR_SAVE_CAPTURE_H
#define TORPOR_SAVE_CAPTURE_H

#include "checkpoint/output.h"
#include "file/index.h"
#include "host/population.h"
#include "msgpack/sink.h"

G_BEGIN_DECLS

typedef struct {
    const TorporHost *host;           /* (not owned) */
    const TorporCatalogue *catalogue; /* (not owned) */
    TorporTree *tree;
    TorporDescription *description;
    TorporPopulations *populations;
    GPtrArray *sources; /* TorporRagged: some of the tree's payloads come from there */
    GPtrArray *gathers; /* TorporGather: and some from there */
    guint32 n_threads;
    guint64 step;
    guint64 bytes_to_tell;
    guint64 bytes_told; /* as progress of the encoding */
    gint64 begin_us;    /* when the save began, of g_get_monotonic_time */
    gboolean begun;     /* save_begin succeeded: save_end follows */
} TorporCapture;

/* Ask the host for everything, and describe it. Between this and the free the state must not
 * change: save_begin and save_end enclose it. */
TorporCapture *torpor_capture_new(const TorporHost *host, const TorporCatalogue *catalogue,
                                  TorporOutputs *outputs, GError **error);
/* Give all bytes of the checkpoint up to the index's value to a sink that takes gaps: a file being
 * written, or a stage. */
gboolean torpor_capture_encode(TorporCapture *capture, TorporSink *sink, TorporPlaces *places,
                               GError **error);
void torpor_capture_free(TorporCapture *capture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporCapture, torpor_capture_free)

G_END_DECLS

#endif
