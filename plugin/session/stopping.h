/* Decides when a run saves and stops before its end: it was asked to, a signal came, or its budget
 * of wall time is nearly used up. */
#ifndef TORPOR_SESSION_STOPPING_H
#define TORPOR_SESSION_STOPPING_H

#include "session/options.h"
#include "session/walltime.h"

G_BEGIN_DECLS

typedef struct _TorporStopping TorporStopping;

/* Installs handlers for options->signals if handles_signals is TRUE. */
TorporStopping *torpor_stopping_new(const TorporOptions *options, gboolean handles_signals,
                                    GError **error);
/* Puts the host's handlers back. Returns the signal that the caller raises now, for the host; 0:
 * none. */
int torpor_stopping_free(TorporStopping *stopping);

/* Ask for a stop. threads: any, also in a signal handler. */
void torpor_stopping_ask(TorporStopping *stopping);
/* Was a stop asked for, or did a signal come? Takes a few ns. */
gboolean torpor_stopping_is_asked(const TorporStopping *stopping);

/* The signal that came; 0: none, or the host asked. */
int torpor_stopping_signal(const TorporStopping *stopping);

/* Seconds until the last save must begin; negative if it should have. G_MAXDOUBLE without maxh. The
 * budget counts from the start of the process, as that of a batch job does. */
double torpor_stopping_seconds_left(const TorporStopping *stopping, const TorporSaveCost *cost);

/* The first step follows. Note whether the budget is used up already. goes_on: the host has
 * simulated in this process before, so the budget was not spent on starting. */
void torpor_stopping_begin(TorporStopping *stopping, const TorporSaveCost *cost, gboolean goes_on);

/* Would the same command get no further if it ran again? TRUE if the budget was used up before the
 * first step. */
gboolean torpor_stopping_is_futile(const TorporStopping *stopping);

/* Why the run stops, for a message: "got SIGTERM". Transfer full. */
char *torpor_stopping_reason(const TorporStopping *stopping);

G_END_DECLS

#endif
