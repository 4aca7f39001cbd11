// SPDX-License-Identifier: MIT
#include "session/hooks.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "model/solver.h"
#include "session/psolve.h"
#include "session/run.h"
#include "session/stop.h"
#include "wheel/hoc.h"
#include "wheel/ranks.h"
#include "wheel/replaced.h"

namespace torpor_neuron
{

namespace
{

constexpr double NEVER = std::numeric_limits<double>::infinity();

Replaced<Pfrv> fadvance(&Inst::pf);
Replaced<Pfrv> finitialize(&Inst::pf);
Replaced<Pfrv> quit(&Inst::pf);
Replaced<Pfrv> batch_run(&Inst::pf);
Replaced<Pfrd_vp> nrncore_run(&Inst::pfd_vp);
Replaced<Pfrd_vp> psolve(&Inst::pfd_vp);
Replaced<Pfrd_vp> cvode_solve(&Inst::pfd_vp);

bool has_initialised = false;
bool is_inside_run = false; // of continuerun()
unsigned n_under_way = 0;   // runs and steps that take checkpoints, one inside of the other

// Lasts as long as one of them, also if it ends by an error.
struct UnderWay {
    UnderWay()
    {
        ++n_under_way;
    }
    ~UnderWay()
    {
        --n_under_way;
    }
    UnderWay(const UnderWay &) = delete;
    UnderWay &operator=(const UnderWay &) = delete;
};

// A run that is resumed does not come again to what an event has begun before the checkpoint.
void
refuse_inside_of_run(const char *function)
{
    if (n_under_way > 0 && the_run().is_armed())
        throw Error(TORPOR_STATUS_REFUSED,
                    std::string(function) +
                        " inside of a run, as by an event: call it between runs, or call "
                        "tn.finish() (in hoc torpor_finish()) before the run");
}

// In a run that is resumed: how many steps are left until that of the checkpoint, which is restored
// where NEURON's step would end. So all that the script does after it is done once.
std::uint64_t steps_to_checkpoint = 0;

void
initialise()
{
    or_hoc_error([] { refuse_inside_of_run("h.finitialize()"); });
    is_inside_run = false;
    steps_to_checkpoint = 0;
    the_run().begin_trajectory();
    finitialize.original()();
    has_initialised = true;
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

// NEURON's loop calls nothing of ours, so that no checkpoint would ever be taken.
void
refuse_without_steps(const char *function)
{
    or_hoc_error([&] {
        if (the_run().is_armed() && t >= 0)
            throw Error(TORPOR_STATUS_REFUSED,
                        std::string(function) +
                            " simulates without checkpoints: use h.continuerun(t) or pc.psolve(t), "
                            "or call tn.finish() (in hoc torpor_finish()) before it");
    });
}

void
make_batch()
{
    refuse_without_steps("h.batch_run()");
    batch_run.original()();
}

double
run_coreneuron(void *context)
{
    refuse_without_steps("ParallelContext.nrncore_run()");
    return nrncore_run.original()(context);
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

// A step of continuerun() begins. What the script has done before it since the run began was done
// before the checkpoint, too, whose state replaces it.
Run::Begin
enter_step()
{
    using Begin = Run::Begin;
    if (steps_to_checkpoint == 0)
        return Begin::GO_ON;
    if (--steps_to_checkpoint > 0)
        return Begin::PASSED_OVER;
    or_hoc_error([] { the_run().restore_inside(); });
    return Begin::RESTORED;
}

// Makes a step, unless it is passed over or was made before the checkpoint. Returns whether it did.
template <class Original>
bool
make_step(Original &&original)
{
    using Begin = Run::Begin;
    const Begin begin = is_inside_run ? enter_step() : begin_step();
    if (begin == Begin::PASSED_OVER || begin == Begin::RESTORED)
        return false;
    if (begin == Begin::NOT_ARMED) {
        original();
        return true;
    }
    const UnderWay under_way;
    const double due = has_local_step() ? the_run().due_time() : NEVER;
    original();
    if (t >= due)
        bring_to_one_time();
    the_run().count_advances(1);
    after_step();
    return true;
}

void
advance()
{
    if (!make_step(fadvance.original()))
        hoc_retpushx(1.);
}

// ParallelContext.psolve(tstop), and CVode.solve(tstop), which continuerun() may call.
double
solve_until(double *argument, Solve original, void *context)
{
    using Begin = Run::Begin;
    const double tstop = *argument;
    if (is_inside_run)
        steps_to_checkpoint = std::min<std::uint64_t>(steps_to_checkpoint, 1);
    const Begin begin =
        is_inside_run ? enter_step() : or_hoc_error([&] { return the_run().begin(tstop); });
    if (begin == Begin::NOT_ARMED)
        return original(context);
    if (begin == Begin::PASSED_OVER)
        return 0.;
    const UnderWay under_way;
    const double result =
        begin == Begin::RESTORED && t >= tstop ? 0. : solve_in_parts(argument, original, context);
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
    if (!has_variable_step()) {
        refuse_without_steps("CVode.solve() without CVode.active(1)");
        return cvode_solve.original()(context);
    }
    if (!is_inside_run)
        or_hoc_error([] { refuse_on_several_ranks("CVode.solve()"); });
    if (ifarg(1) != 0)
        return solve_until(hoc_getarg(1), cvode_solve.original(), context);
    double result = 0.;
    make_step([&] { result = cvode_solve.original()(context); });
    return result;
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
constexpr char WRAPPER[] = "proc torpor_original_() {}\n"
                           "proc torpor_continuerun_() { torpor_make_run_($1) }\n";

void
call_original(double tstop)
{
    hoc_pushx(tstop);
    hoc_call_func(hoc_lookup("torpor_original_"), 1);
}

double
variable_of_script(const char *name)
{
    const Symbol *symbol = hoc_lookup(name);
    return symbol != nullptr ? *hoc_top_level_data[symbol->u.oboff].pval : 1.;
}

// continuerun() makes several steps between two looks at t. Which one of them is that of a
// checkpoint ahead?
std::uint64_t
place_in_round()
{
    const auto round = static_cast<std::uint64_t>(variable_of_script("nstep_steprun"));
    if (round < 2 || variable_of_script("using_cvode_") != 0.)
        return 1;
    return (the_run().ahead().n_advances - 1) % round + 1;
}

// The loop of continuerun(), also if it ends by an error.
struct Loop {
    explicit Loop(Run::Begin begin)
    {
        is_inside_run = true;
        steps_to_checkpoint = begin == Run::Begin::LIES_INSIDE ? place_in_round() : 0;
        if (begin == Run::Begin::LIES_INSIDE)
            dt = the_run().ahead().first_dt; // by which continuerun() tells where it ends
    }
    ~Loop()
    {
        is_inside_run = false;
        steps_to_checkpoint = 0;
    }
    Loop(const Loop &) = delete;
    Loop &operator=(const Loop &) = delete;

    const UnderWay under_way;
};

// hoc: torpor_make_run_(tstop)
void
make_run()
{
    using Begin = Run::Begin;
    const double tstop = *hoc_getarg(1);
    const Begin begin = or_hoc_error([&] {
        refuse_on_several_ranks("h.run() or h.continuerun()");
        refuse_inside_of_run("h.run() or h.continuerun()");
        return the_run().begin_loop(tstop);
    });
    if (begin == Begin::NOT_ARMED)
        call_original(tstop);
    if (begin != Begin::PASSED_OVER && begin != Begin::NOT_ARMED) {
        const Loop loop(begin);
        call_original(tstop);
        or_hoc_error(
            [] { steps_to_checkpoint == 0 ? the_run().end() : the_run().refuse_to_miss(); });
    }
    hoc_retpushx(1.);
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

bool
is_initialised()
{
    return has_initialised;
}

void
call_finitialize()
{
    if (hoc_obj_run("finitialize()\n", nullptr) != 0)
        throw Error(TORPOR_STATUS_HOST, "h.finitialize(), before a checkpoint is restored, failed");
}

void
install_hooks()
{
    is_inside_run = false;
    steps_to_checkpoint = 0;
    fadvance.replace(hoc_lookup("fadvance"), advance);
    quit.replace(hoc_lookup("quit"), finish_and_quit);
    batch_run.replace(hoc_lookup("batch_run"), make_batch);
    nrncore_run.replace(method_of("ParallelContext", "nrncore_run"), run_coreneuron);
    psolve.replace(method_of("ParallelContext", "psolve"), solve_in_parallel);
    cvode_solve.replace(method_of("CVode", "solve"), solve);
    wrap_continuerun();
}

void
remove_hooks()
{
    unwrap_continuerun();
    fadvance.put_back();
    quit.put_back();
    batch_run.put_back();
    nrncore_run.put_back();
    psolve.put_back();
    cvode_solve.put_back();
}

void
register_run_functions()
{
    static VoidFunc functions[] = {{"torpor_make_run_", make_run}, {nullptr, nullptr}};
    hoc_register_var(nullptr, nullptr, functions);
    finitialize.replace(hoc_lookup("finitialize"), initialise); // also before checkpoints begin
}

} // namespace torpor_neuron
