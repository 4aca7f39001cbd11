/* The cost of saves, and what follows from it: when to stop before a limit of wall time, and how
 * often to save. */
#ifndef TORPOR_SESSION_WALLTIME_H
#define TORPOR_SESSION_WALLTIME_H

#include <glib.h>

G_BEGIN_DECLS

/* The costs of the saves so far, in seconds. Plain memory; zero it to begin. */
typedef struct {
    guint n_saves;
    double newest;
    double largest;
    double mean;
} TorporSaveCost;

void torpor_save_cost_add(TorporSaveCost *cost, double seconds);

/* How many seconds before the limit the last save must begin. This is three times the most
 * expensive save so far, but at least 1 % of the budget or 30 s, whichever is less. Before the
 * first save it is 10 % of the budget or 30 s, whichever is less. */
double torpor_stop_margin(const TorporSaveCost *cost, double budget_seconds);

/* The interval between saves that wastes the least time, in seconds, by Daly's estimate (Future
 * Generation Computer Systems 22, 2006, eq. 37). Its first term is Young's sqrt(2 * cost * mtbf).
 * It is never less than ten times the cost, nor less than one second. */
double torpor_daly_interval(double cost_seconds, double mtbf_seconds);

G_END_DECLS

#endif
