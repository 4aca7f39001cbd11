// SPDX-License-Identifier: MIT
#include "session/psolve.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "model/solver.h"
#include "session/run.h"
#include "session/stop.h"
#include "wheel/ranks.h"

// Of Python's module neuron.coreneuron: the command line of CoreNEURON, from malloc().
extern char *(*nrnpy_nrncore_arg_p_)(double tstop);
extern void (*nrnthread_v_transfer_)(NrnThread *thread); // NULL: there are no gap junctions

namespace torpor_neuron
{

namespace
{

// Until the given time, in NEURON's steps, counted as it counts them.
long
steps_of_neuron(double from, double step, double until)
{
    return static_cast<long>((until * (1. + 1e-11) - from) / step + 1e-9);
}

// CoreNEURON reads from a text when it is to end. It may count one step less, since it does not
// allow for times that do not add up exactly.
long
steps_of_coreneuron(double from, double step, double tstop)
{
    char text[32];
    std::snprintf(text, sizeof text, "%g", tstop);
    const double until = std::strtod(text, nullptr);
    const auto n = static_cast<long>((until - from) / step + 1e-9);
    if (n > 3 && nrnthread_v_transfer_ == nullptr)
        return n;
    long counted = 0;
    for (double time = from; n > 0 && time <= until - step; ++counted) {
        time += .5 * step;
        time += .5 * step;
    }
    return counted;
}

// What CoreNEURON is told, with all digits of the time.
char *(*original_arguments)(double tstop) = nullptr;

char *
exact_arguments(double tstop)
{
    char *text = original_arguments(tstop);
    const std::string before = text != nullptr ? text : "", key = " --tstop ";
    const std::size_t at = before.find(key);
    if (at == std::string::npos)
        return text;
    std::free(text); // as NEURON does with what it gets
    char number[32];
    std::snprintf(number, sizeof number, "%.17g", tstop);
    const std::size_t end = std::min(before.find(' ', at + key.size()), before.size());
    return strdup((before.substr(0, at) + key + number + before.substr(end)).c_str());
}

struct ExactArguments {
    ExactArguments()
    {
        original_arguments = std::exchange(nrnpy_nrncore_arg_p_, exact_arguments);
    }
    ~ExactArguments()
    {
        nrnpy_nrncore_arg_p_ = original_arguments;
    }
    ExactArguments(const ExactArguments &) = delete;
    ExactArguments &operator=(const ExactArguments &) = delete;
};

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

// Returns what psolve() returns.
double
make_steps(long n, double *argument, Solve original, void *context)
{
    const auto count = static_cast<double>(n);
    if (!is_in_coreneuron()) {
        *argument = t + count * dt;
        return original(context);
    }
    const ExactArguments exact;
    *argument = t + (count + .5) * dt; // it makes whole steps
    return original(context);
}

constexpr std::uint64_t ALL = std::uint64_t{1} << 60; // more than any run has

double
solve_by_fixed_steps(double *argument, Solve original, void *context)
{
    // From where the run began, also if it was resumed: rounding decides whether there is one more.
    Run &run = the_run();
    const auto count = is_in_coreneuron() ? steps_of_coreneuron : steps_of_neuron;
    long left =
        count(run.first_time(), run.first_dt(), *argument) - static_cast<long>(run.n_advances());
    double result = 0.;
    while (left > 0 && !run.is_stopped()) {
        const long n = steps_at_once(left);
        const int stoprun_before = stoprun;
        result = make_steps(n, argument, original, context);
        // A statement of hoc has ended the run. So it does a run that is resumed from here.
        const bool is_ended = stoprun != 0 && stoprun_before == 0;
        run.count_advances(is_ended ? ALL : static_cast<std::uint64_t>(n));
        after_step();
        left = is_ended ? 0 : left - n;
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
        the_run().count_advances(1);
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
