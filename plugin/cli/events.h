/* Events: a map with the ragged fields `times` and `senders`, as NEST's recorders have them, and a
 * ragged field for each quantity that some of them record, such as V_m. */
#ifndef TORPOR_CLI_EVENTS_H
#define TORPOR_CLI_EVENTS_H

#include "cli/command.h"

G_BEGIN_DECLS

/* Is this map a ragged field; has it the times and senders of events? */
gboolean torpor_node_is_ragged(const TorporNode *node);
gboolean torpor_node_is_events(const TorporNode *node);

/* The first quantity after the node `after`, which is one, or of all if it is NULL; NULL: there are
 * no more. */
const TorporNode *torpor_events_next_quantity(const TorporNode *events, const TorporNode *after);

/* The path of the events whose quantity is at `path`. NULL: it is none. Transfer full. */
char *torpor_events_path(const TorporOpened *opened, const char *path);

G_END_DECLS

#endif
