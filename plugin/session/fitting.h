/* Do the options fit the host? Some need what a host says that it can do. */
#ifndef TORPOR_SESSION_FITTING_H
#define TORPOR_SESSION_FITTING_H

#include "host/host_table.h"
#include "session/options.h"

G_BEGIN_DECLS

/* Bring the options into line with the host: TORPOR_STATUS_UNSUPPORTED for what it cannot do.
 * TORPOR_STATUS_INVALID if its checkpoints change its run and `every` is off, or wall time is to
 * ask for some. With checkpoints=no such a host keeps `every`, so that it is called back where
 * others save; all others lose it. */
gboolean torpor_fitting_settle(TorporOptions *options, const TorporHost *host, GError **error);

G_END_DECLS

#endif
