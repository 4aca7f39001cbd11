/* How long saves take here, and what follows from it: when to stop before a wall-clock limit, how
 * often to save. */
#ifndef TORPOR_SESSION_WALLTIME_H
#define TORPOR_SESSION_WALLTIME_H

#include <glib.h>

G_BEGIN_DECLS

/* Costs of the saves seen so far, in seconds. Plain memory; zero it to begin. */
typedef struct {
    guint n_saves;
    double newest;
    double largest;
    double mean;
} TorporSaveCost;

void torpor_save_cost_add(TorporSaveCost *cost, double seconds);

/* Seconds before the limit at which the last save must begin: three times the most expensive save
 * seen, and at least 1 % of the budget (30 s at most); as long as no save was seen, 10 % (30 s at
 * most). */
double torpor_stop_margin(const TorporSaveCost *cost, double budget_seconds);

/* Seconds between saves that waste the least time, by Daly's estimate (Future Generation Computer
 * Systems 22, 2006, eq. 37), whose first term is Young's sqrt(2 * cost * mtbf). Never less than ten
 * times the cost or one second. */
double torpor_daly_interval(double cost_seconds, double mtbf_seconds);

G_END_DECLS

#endif
