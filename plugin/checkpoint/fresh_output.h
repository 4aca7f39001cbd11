/* Outputs of a run that starts fresh: its files begin empty. What is in such a file is known to no
 * checkpoint, as after a kill that came before the first one; it is kept in a copy beside it. */
#ifndef TORPOR_CHECKPOINT_FRESH_OUTPUT_H
#define TORPOR_CHECKPOINT_FRESH_OUTPUT_H

#include "checkpoint/output.h"

G_BEGIN_DECLS

/* Make the file if it is missing. */
gboolean torpor_fresh_output_make(TorporOutputs *outputs, const struct torpor_output *output,
                                  GError **error);
/* Empty this file, and report that to the host. It is held already. What it held is copied to
 * "<path>.aside-<n>" first, which a warning names. */
gboolean torpor_fresh_output_begin(TorporOutputs *outputs, const struct torpor_output *output,
                                   const TorporHost *host, GError **error);

/* Would a file lose bytes? */
gboolean torpor_fresh_outputs_lose_bytes(TorporOutputs *outputs, const GPtrArray *described);
/* Make files that are missing, hold all, and begin them, but for those that are
 * TORPOR_OUTPUT_OPTIONAL. Errors name the file. */
gboolean torpor_fresh_outputs_begin(TorporOutputs *outputs, const GPtrArray *described,
                                    const TorporHost *host, GError **error);

G_END_DECLS

#endif
