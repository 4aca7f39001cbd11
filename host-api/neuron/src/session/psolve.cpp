// SPDX-License-Identifier: MIT
#include "session/psolve.h"

#include <algorithm>
#include <cmath>

#include "model/solver.h"
#include "session/hooks.h"
#include "session/stop.h"
#include "wheel/ranks.h"

namespace torpor_neuron
{

namespace
{

// How many steps psolve(tstop) makes from here, as NEURON counts them.
long
steps_until(double tstop)
{
    // In a run that was resumed, t has been added up from many steps already.
    const double tolerance = the_run().is_resumed() ? 1e-4 : 1e-9;
    return static_cast<long>((tstop * (1. + 1e-11) - t) / dt + tolerance);
}

// How many of these steps to make at once. Handing the model to CoreNEURON takes long, and ranks
// exchange all spikes at the end of psolve().
long
steps_at_once(long left)
{
    if (!is_in_coreneuron() && n_ranks() == 1)
        return 1;
    const double until_due = std::ceil((the_run().due_time() - t) / dt - 1e-6);
    return until_due < 1.                          ? 1
           : until_due < static_cast<double>(left) ? static_cast<long>(until_due)
                                                   : left;
}

double
solve_by_fixed_steps(double *argument, Solve original, void *context)
{
    double result = 0.;
    long left = steps_until(*argument);
    while (left > 0 && !the_run().is_stopped()) {
        const long n = steps_at_once(left);
        *argument = t + static_cast<double>(n) * dt;
        result = original(context);
        after_step();
        left -= n;
    }
    return result;
}

// In parts that end where a checkpoint is due.
double
solve_by_variable_steps(double *argument, Solve original, void *context)
{
    const double tstop = *argument;
    double result = 0.;
    do {
        *argument = std::min(the_run().due_time(), tstop);
        result = original(context);
        if (stoprun == 0)
            after_step();
    } while (*argument < tstop && stoprun == 0);
    return result;
}

} // namespace

double
solve_in_parts(double *tstop, Solve original, void *context)
{
    return has_variable_step() ? solve_by_variable_steps(tstop, original, context)
                               : solve_by_fixed_steps(tstop, original, context);
}

} // namespace torpor_neuron
