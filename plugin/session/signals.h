/* Signals that ask for a save and a stop. Handlers only set a flag and chain to what the host had
 * installed. A second signal does what it would do without Torpor; but one that comes within 50 ms
 * is the same, sent twice: timeout(1), srun and terminals signal a process and then its group.
 *
 * One set of signals serves all sessions of the process: they share the flag. In the child of a
 * fork, signals do what they would do without Torpor. */
#ifndef TORPOR_SESSION_SIGNALS_H
#define TORPOR_SESSION_SIGNALS_H

#include <glib.h>

G_BEGIN_DECLS

/* Signal numbers of "TERM,USR1" (with or without SIG; "none" or "" for none). `out` gets G_ARRAY of
 * int. KILL, STOP and the signals of faults are refused. TORPOR_STATUS_INVALID names the word. */
GArray *torpor_signals_parse(const char *names, GError **error);
const char *torpor_signal_name(int number); /* "SIGTERM" */

/* Install handlers. A handler that the host had (not SIG_IGN, not SIG_DFL) is called as well. A
 * signal that the host ignores stays ignored. threads: [host-thread]; counted, so that two sessions
 * may both install. */
gboolean torpor_signals_install(const GArray *numbers, GError **error);
/* Put back what the host had, for the last session that leaves; then returns the signal that came,
 * for raise(), 0 if none. (For the others: 0, the last one is to return it.) Handlers that somebody
 * put above ours stay. */
int torpor_signals_remove(void);

/* The signal that asked for a stop, 0 if none. Cheap; any thread. */
int torpor_signals_pending(void);

G_END_DECLS

#endif
