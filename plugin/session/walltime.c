#include "session/walltime.h"

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
torpor_stop_margin(const TorporSaveCost *cost, double budget_seconds)
{
    double least = MIN(budget_seconds * (cost->n_saves == 0 ? 0.1 : 0.01), 30);
    return MIN(MAX(3 * cost->largest, least), budget_seconds);
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
