/* Signals that ask for a save and a stop. A handler only sets a flag, and calls the handler that
 * the host had installed. A second signal does what it would do without Torpor. A signal within 50
 * ms of the first counts as the same one, since timeout(1), srun and terminals signal a process and
 * then its group.
 *
 * All sessions of a process share the handlers and the flag. In the child of a fork, signals do
 * what they would do without Torpor. */
#ifndef TORPOR_SESSION_SIGNALS_H
#define TORPOR_SESSION_SIGNALS_H

#include <glib.h>

G_BEGIN_DECLS

/* The numbers (int) of the signals in a text such as "TERM,USR1,INT"; "none" or "" for none. Names
 * may begin with SIG. TORPOR_STATUS_INVALID names the word that is no signal or is refused: KILL,
 * STOP and the signals of faults. */
GArray *torpor_signals_parse(const char *names, GError **error);
const char *torpor_signal_name(int number); /* "SIGTERM" */

/* Install the handlers. A signal that the host ignores stays ignored. Calls are counted, so that
 * two sessions may both install. threads: [host-thread]. */
gboolean torpor_signals_install(const GArray *numbers, GError **error);
/* Undo torpor_signals_install. The last call puts the host's handlers back and returns the signal
 * that came, for raise(); 0: none. Earlier calls return 0. A handler that somebody installed over
 * ours stays. */
int torpor_signals_remove(void);

/* The signal that asked for a stop; 0: none. Cheap. threads: any. */
int torpor_signals_pending(void);

G_END_DECLS

#endif
