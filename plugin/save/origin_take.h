/* The origin of a run, taken from the live model. */
#ifndef TORPOR_SAVE_ORIGIN_TAKE_H
#define TORPOR_SAVE_ORIGIN_TAKE_H

#include "checkpoint/origin.h"
#include "host/catalogue.h"

G_BEGIN_DECLS

/* Digest the live model as it is when run number `run` begins. Run 0: all that the host describes,
 * but for what is flagged TORPOR_ORIGIN_NONE. Later runs: what users set and what stays as it is.
 * *bytes: about so many a checkpoint of that has (may be NULL). errors: those of a save; `origin`
 * then knows nothing of the run. */
gboolean torpor_origin_take(TorporOrigin *origin, guint run, const TorporHost *host,
                            const TorporCatalogue *catalogue, guint64 *bytes, GError **error);

G_END_DECLS

#endif
