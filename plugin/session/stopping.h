/* Why a run should save and stop before its end: it was asked to, a signal came, or its wall-clock
 * budget is nearly used up. */
#ifndef TORPOR_SESSION_STOPPING_H
#define TORPOR_SESSION_STOPPING_H

#include "session/options.h"
#include "session/walltime.h"

G_BEGIN_DECLS

typedef struct _TorporStopping TorporStopping;

/* Installs handlers for options->signals, unless handles_signals is FALSE. */
TorporStopping *torpor_stopping_new(const TorporOptions *options, gboolean handles_signals,
                                    GError **error);
/* Puts back what handlers the host had. Returns the signal that the host is to get now, by raise();
 * 0: none. */
int torpor_stopping_free(TorporStopping *stopping);

/* Ask for a stop. Any thread, or a signal handler. */
void torpor_stopping_ask(TorporStopping *stopping);
/* Was it asked for, or did a signal come? A few ns. */
gboolean torpor_stopping_is_asked(const TorporStopping *stopping);

/* Seconds from now until the last save must begin; negative: it is time. G_MAXDOUBLE without maxh.
 * The budget counts from the start of the process, as that of a batch job does. */
double torpor_stopping_seconds_left(const TorporStopping *stopping, const TorporSaveCost *cost);

/* The first step follows: was the budget used up by then? Not where a host `goes_on` with what it
 * has simulated. */
void torpor_stopping_begin(TorporStopping *stopping, const TorporSaveCost *cost, gboolean goes_on);

/* Would the same command again get no further? Where the budget was used up by then. */
gboolean torpor_stopping_is_futile(const TorporStopping *stopping);

/* "got SIGTERM", for the message. Transfer full. */
char *torpor_stopping_reason(const TorporStopping *stopping);

G_END_DECLS

#endif
