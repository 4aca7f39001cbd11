/* The commit of a restore's columns: read straight into place, on several threads. */
#ifndef TORPOR_CORE_COMMIT_H
#define TORPOR_CORE_COMMIT_H

#include "landing.h"

G_BEGIN_DECLS

/* All landings. Those that are not shareable, and ragged ones, are written by this thread alone.
 * TORPOR_STATUS_TORN if a file cannot be read. */
gboolean torpor_commit_landings(const TorporHost *host, const GPtrArray *landings, GError **error);

G_END_DECLS

#endif
