// SPDX-License-Identifier: MIT
#include "session/hooks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <dlfcn.h>
#include <limits>
#include <optional>
#include <utility>

#include "model/solver.h"
#include "session/replaced.h"
#include "wheel/ranks.h"

namespace torpor_neuron
{

namespace
{

constexpr double NEVER = std::numeric_limits<double>::infinity();

Replaced<Pfrv> fadvance(&Inst::pf);
Replaced<Pfrv> finitialize(&Inst::pf);
Replaced<Pfrv> quit(&Inst::pf);
Replaced<Pfrd_vp> psolve(&Inst::pfd_vp);
Replaced<Pfrd_vp> cvode_solve(&Inst::pfd_vp);
Replaced<Pfrd_vp> cvode_event(&Inst::pfd_vp);

bool is_inside_run = false; // of continuerun()
bool is_restored = false;   // that run was, when it began
// Until continuerun(), when it goes on with such a run, makes its first step:
bool leaves_out_event = false;
std::optional<double> dt_of_step;
PyObject *stop_class = nullptr;
PyObject *stop_exception = nullptr;

template <class Function> // of Python
const auto of_python =
    [](const char *name) { return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name)); };

// Class, value and traceback of what Python's handler of the signal that stops the run has raised.
std::array<PyObject *, 3> of_handler = {};

// Python calls this when the function of NEURON returns that the script has called.
int
raise_exception(void *exception)
{
    const auto [type, value, traceback] = std::exchange(of_handler, {});
    if (type != nullptr)
        of_python<void (*)(void *, void *, void *)>("PyErr_Restore")(type, value, traceback);
    else
        of_python<void (*)(void *, void *)>("PyErr_SetObject")(stop_class, exception);
    return -1;
}

void
step()
{
    if (!or_hoc_error([] { return the_run().step(); }))
        return;
    stoprun = 1;
    if (stop_exception == nullptr) // a script in hoc
        hoc_execerror("torpor: the run was stopped after a checkpoint;", "start it again");
    // Now, and not while the script does something about the one exception that it gets.
    if (of_python<int (*)()>("PyErr_CheckSignals")() != 0)
        of_python<void (*)(void *, void *, void *)>("PyErr_Fetch")(&of_handler[0], &of_handler[1],
                                                                   &of_handler[2]);
    using Add = int (*)(int (*)(void *), void *);
    of_python<Add>("Py_AddPendingCall")(raise_exception, stop_exception);
}

void
initialise()
{
    is_inside_run = false;
    the_run().begin_trajectory();
    finitialize.original()();
    hoc_at_initialisation().take();
}

// Only psolve() ends with no spike under way between ranks.
void
refuse_on_several_ranks(const char *function)
{
    if (the_run().is_armed() && t >= 0 && n_ranks() > 1)
        throw Error(TORPOR_STATUS_REFUSED,
                    std::string(function) +
                        " on several ranks: checkpoints are taken where pc.psolve() ends, with all "
                        "spikes exchanged; simulate by pc.psolve(t)");
}

// A step that the script makes by itself begins. How far a variable one goes is not known.
Run::Begin
begin_step()
{
    return or_hoc_error([] {
        refuse_on_several_ranks("h.fadvance()");
        return the_run().begin_step(has_variable_step() ? NEVER : t + dt);
    });
}

void
begin_steps()
{
    leaves_out_event = false;
    if (dt_of_step)
        dt = *dt_of_step;
    dt_of_step.reset();
}

// Makes a step, unless it is passed over or was made before the checkpoint. Returns whether it did.
template <class Original>
bool
make_step(Original &&original)
{
    using Begin = Run::Begin;
    begin_steps();
    const Begin begin = is_inside_run ? Begin::GO_ON : begin_step();
    if (begin == Begin::PASSED_OVER || begin == Begin::RESTORED)
        return false;
    const double due = has_local_step() ? the_run().due_time() : NEVER;
    original();
    if (begin == Begin::NOT_ARMED)
        return true;
    if (t >= due)
        bring_to_one_time();
    the_run().count_advance();
    step();
    return true;
}

void
advance()
{
    if (!make_step(fadvance.original()))
        hoc_retpushx(1.);
}

// How many steps psolve(tstop) makes from here, as NEURON counts them.
long
steps_until(double tstop)
{
    // In a run that was resumed, t has been added up from many steps already.
    const double tolerance = the_run().is_resumed() ? 1e-4 : 1e-9;
    return static_cast<long>((tstop * (1. + 1e-11) - t) / dt + tolerance);
}

using Solve = double (*)(void *);

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
        step();
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
            step();
    } while (*argument < tstop && stoprun == 0);
    return result;
}

// ParallelContext.psolve(tstop), and CVode.solve(tstop), which continuerun() may call.
double
solve_until(double *argument, Solve original, void *context)
{
    using Begin = Run::Begin;
    const double tstop = *argument;
    Begin begin = is_restored ? Begin::RESTORED : Begin::GO_ON;
    begin_steps();
    if (!is_inside_run)
        begin = or_hoc_error([&] { return the_run().begin(tstop); });
    if (begin == Begin::NOT_ARMED)
        return original(context);
    if (begin == Begin::PASSED_OVER)
        return 0.;
    const double result = begin == Begin::RESTORED && t >= tstop ? 0.
                          : has_variable_step()
                              ? solve_by_variable_steps(argument, original, context)
                              : solve_by_fixed_steps(argument, original, context);
    *argument = tstop;
    if (!is_inside_run)
        or_hoc_error([] { the_run().end(); });
    return result;
}

double
solve_in_parallel(void *context)
{
    return solve_until(hoc_getarg(1), psolve.original(), context);
}

double
solve(void *context)
{
    if (!has_variable_step())
        return cvode_solve.original()(context);
    if (!is_inside_run)
        or_hoc_error([] { refuse_on_several_ranks("CVode.solve()"); });
    if (ifarg(1) != 0)
        return solve_until(hoc_getarg(1), cvode_solve.original(), context);
    double result = 0.;
    make_step([&] { result = cvode_solve.original()(context); });
    return result;
}

// With a variable step, continuerun() first puts an event at its end into the queue. In a run that
// was restored it has done so before the checkpoint.
double
put_event(void *context)
{
    return std::exchange(leaves_out_event, false) ? 0. : cvode_event.original()(context);
}

// quit() ends MPI before Python's exit handlers, so ranks commit their last checkpoint here.
void
finish_and_quit()
{
    const auto original = quit.original();
    if (n_ranks() > 1)
        or_hoc_error([] {
            remove_hooks();
            the_run().finish();
        });
    original();
}

// ---- continuerun() of stdrun.hoc ----

// Its code is that of this proc while checkpoints are armed; its own is that of torpor_original_.
constexpr char WRAPPER[] =
    "proc torpor_original_() {}\n"
    "proc torpor_continuerun_() { if (torpor_begin_run_($1)) { torpor_original_($1) } "
    "torpor_end_run_() }\n";

double
variable_of_script(const char *name)
{
    const Symbol *symbol = hoc_lookup(name);
    return symbol != nullptr ? *hoc_top_level_data[symbol->u.oboff].pval : 1.;
}

// continuerun() makes several steps between two looks at t. A checkpoint from between them is
// followed by those that were left then.
void
finish_round()
{
    const auto round = static_cast<std::uint64_t>(variable_of_script("nstep_steprun"));
    if (round < 2 || variable_of_script("using_cvode_") != 0.)
        return;
    const std::uint64_t left = (round - the_run().n_advances() % round) % round;
    for (std::uint64_t i = 0; i < left; ++i)
        nrn_hoc_call("advance()\n");
}

// hoc: torpor_begin_run_(tstop), before the original. Returns whether to make the run.
void
begin_run()
{
    using Begin = Run::Begin;
    const double tstop = *hoc_getarg(1);
    const Begin begin = or_hoc_error([&] {
        refuse_on_several_ranks("h.run() or h.continuerun()");
        return the_run().begin(tstop);
    });
    is_inside_run = begin == Begin::GO_ON || begin == Begin::RESTORED;
    is_restored = begin == Begin::RESTORED;
    if (is_restored) {
        finish_round();
        leaves_out_event = variable_of_script("using_cvode_") != 0.;
        dt_of_step = std::exchange(dt, the_run().first_dt());
    } else {
        the_run().note_first_dt();
    }
    hoc_retpushx(begin == Begin::PASSED_OVER ? 0. : 1.);
}

void
end_run()
{
    const bool was_inside_run = std::exchange(is_inside_run, false);
    begin_steps();
    the_run().end_of_round();
    if (was_inside_run)
        or_hoc_error([] { the_run().end(); });
    hoc_retpushx(1.);
}

Symbol *
method(const char *class_name, const char *name)
{
    return hoc_table_lookup(name, hoc_lookup(class_name)->u.ctemplate->symtable);
}

bool is_wrapped = false;

void
wrap_continuerun()
{
    if (is_wrapped || hoc_lookup("continuerun") == nullptr)
        return;
    if (hoc_lookup("torpor_continuerun_") == nullptr)
        nrn_hoc_call(WRAPPER);
    Proc *&own = hoc_lookup("continuerun")->u.u_proc;
    std::swap(own, hoc_lookup("torpor_original_")->u.u_proc);
    std::swap(own, hoc_lookup("torpor_continuerun_")->u.u_proc);
    is_wrapped = true;
}

void
unwrap_continuerun()
{
    if (!std::exchange(is_wrapped, false))
        return;
    Proc *&own = hoc_lookup("continuerun")->u.u_proc;
    std::swap(own, hoc_lookup("torpor_continuerun_")->u.u_proc);
    std::swap(own, hoc_lookup("torpor_original_")->u.u_proc);
}

} // namespace

Run &
the_run()
{
    static Run run;
    return run;
}

void
install_hooks()
{
    is_inside_run = false;
    fadvance.replace(hoc_lookup("fadvance"), advance);
    quit.replace(hoc_lookup("quit"), finish_and_quit);
    psolve.replace(method("ParallelContext", "psolve"), solve_in_parallel);
    cvode_solve.replace(method("CVode", "solve"), solve);
    cvode_event.replace(method("CVode", "event"), put_event);
    wrap_continuerun();
}

void
remove_hooks()
{
    unwrap_continuerun();
    fadvance.put_back();
    quit.put_back();
    psolve.put_back();
    cvode_solve.put_back();
    cvode_event.put_back();
}

void
raise_on_stop(PyObject *exception_class, PyObject *exception)
{
    stop_class = exception_class;
    stop_exception = exception;
}

void
register_run_functions()
{
    static VoidFunc functions[] = {
        {"torpor_begin_run_", begin_run}, {"torpor_end_run_", end_run}, {nullptr, nullptr}};
    hoc_register_var(nullptr, nullptr, functions);
    finitialize.replace(hoc_lookup("finitialize"), initialise); // also before checkpoints begin
}

} // namespace torpor_neuron
