#include "walltime.h"

#include <math.h>

void
torpor_save_cost_add(TorporSaveCost *cost, double seconds)
{
    cost->n_saves++;
    cost->newest = seconds;
    cost->largest = MAX(cost->largest, seconds);
    cost->mean += (seconds - cost->mean) / cost->n_saves;
}

double
torpor_stop_margin(const TorporSaveCost *cost, double budget_seconds, double longest_step_seconds)
{
    const double unseen = cost->n_saves == 0 ? 30 : 0;
    double least = MIN(budget_seconds * 0.01, 30);
    double margin = 3 * cost->largest + longest_step_seconds + MIN(unseen, budget_seconds * 0.1);
    return MIN(MAX(margin, least), budget_seconds);
}

double
torpor_daly_interval(double cost_seconds, double mtbf_seconds)
{
    double interval = mtbf_seconds;
    if (cost_seconds < 2 * mtbf_seconds) {
        double ratio = cost_seconds / (2 * mtbf_seconds);
        interval = sqrt(2 * cost_seconds * mtbf_seconds) * (1 + sqrt(ratio) / 3 + ratio / 9) -
                   cost_seconds;
    }
    return MAX(MAX(interval, 10 * cost_seconds), 1);
}
