/* A save: all that the host describes becomes the tree of a checkpoint. Its values stay in the
 * host's memory until they are written. */
#ifndef TORPOR_SAVE_CAPTURE_H
#define TORPOR_SAVE_CAPTURE_H

#include "checkpoint/origin.h"
#include "checkpoint/output.h"
#include "host/population.h"
#include "save/sources.h"

G_BEGIN_DECLS

typedef struct {
    const TorporHost *host;           /* (not owned) */
    const TorporCatalogue *catalogue; /* (not owned) */
    TorporOutputs *outputs;           /* NULL: made for digests (not owned) */
    TorporTree *tree;
    TorporDescription *description;
    TorporPopulations *populations;
    TorporSources *sources; /* of values of the tree */
    guint32 n_threads;
    guint64 step;
    gint64 begin_us;          /* when the save began, of g_get_monotonic_time */
    gboolean begun;           /* save_begin succeeded: save_end follows */
    gboolean of_model;        /* made for digests: nothing but the model is in it */
    gboolean only_parameters; /* of the model */
    gboolean is_part;         /* it becomes a value in a file, which has an index of its own */
    gboolean shows_progress;  /* the host has the slot, and is in this process */
} TorporCapture;

/* Call the host's save_begin, ask it for all that it lists, and make the tree. Freeing the capture
 * calls save_end; until then the host's state must not change. origin: the run's; NULL: not known.
 * baseline: what the file may refer to; NULL: it will be whole. It is not kept for a file that
 * would replace the baseline's own. */
TorporCapture *torpor_capture_new(const TorporHost *host, const TorporCatalogue *catalogue,
                                  TorporOutputs *outputs, const TorporOrigin *origin,
                                  TorporBaseline *baseline, GError **error);
/* The same, but of the model alone, for its digests: generators, populations and trees that are
 * part of the origin. only_parameters: just what a user sets and what then stays as it is. */
TorporCapture *torpor_capture_new_of_model(const TorporHost *host, const TorporCatalogue *catalogue,
                                           gboolean only_parameters, GError **error);
void torpor_capture_free(TorporCapture *capture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporCapture, torpor_capture_free)

G_END_DECLS

#endif
