// SPDX-License-Identifier: MIT
#include "session/run.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <unordered_map>
#include <utility>

#include "session/options.h"
#include "wheel/ranks.h"

namespace torpor_neuron
{

namespace
{

std::string
in_ms(double time)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.9g ms", time);
    return text;
}

// Is this time after the end of a run until `until`?
bool
is_beyond(double time, double until, double step)
{
    return time > (has_variable_step() ? until : until + step / 2);
}

void
set_time(double time)
{
    t = time;
    for (NrnThread *thread : for_threads(nrn_threads, nrn_nthread))
        thread->_t = time;
}

// How many trajectories of this process have used a folder.
unsigned &
n_trajectories_in(const std::string &dir)
{
    static std::unordered_map<std::string, unsigned> known;
    return known[dir];
}

// The n-th trajectory of a process has DIR/run-<n> from the second on.
std::string
folder_of(const std::string &dir, unsigned n)
{
    return dir + (n > 1 ? "/run-" + std::to_string(n) : "");
}

} // namespace

void
Run::arm(const std::string &dir, std::vector<std::string> options)
{
    if (is_armed_)
        throw Error(
            TORPOR_STATUS_ORDER,
            "tn.every() was called before, and its checkpoints go on: call tn.finish() first (in "
            "hoc torpor_finish())");
    *this = {};
    dir_ = dir;
    options_ = std::move(options);
    const std::string reads = take(options_, "reads", "any");
    if (reads != "any" && reads != "once")
        throw Error(TORPOR_STATUS_INVALID,
                    "option reads: expected \"any\" or \"once\", found \"" + reads + "\"");
    script_.reads_once = reads == "once";
    most_end_bytes_ = number_of("most_end_bytes", take(options_, "most_end_bytes", "4294967296"));
    n_trajectories_ = n_before_ = n_trajectories_in(dir);
    options_.insert(options_.begin(), "dir=" + folder_of(dir, n_trajectories_ + 1));
    ahead_ = Session(options_, false).find(); // options that are wrong are found now
    is_armed_ = true;
}

void
Run::open_session()
{
    is_new_trajectory_ = false;
    n_trajectories_ = ++n_trajectories_in(dir_);
    const std::string dir = folder_of(dir_, n_trajectories_);
    options_[0] = "dir=" + dir;
    session_ = std::make_unique<Session>(options_, true);
    session_->script = &script_;
    if (script_.reads_once)
        session_->network.doubt_numbers();
    script_.until.clear();
    script_.ends.clear();
    ends_.begin(dir, !are_off(options_), most_end_bytes_);
    has_passed_ = is_ended_early_ = false;
    ahead_ = session_->find();
    session_->begin_run(0);
    if (ahead_) {
        agree([&] { check_once(); });
        return;
    }
    session_->restore(nullptr); // begins afresh
    session_->step();           // so that a checkpoint that is due at the first step is saved
}

void
Run::check_method() const
{
    if (session_->began_with_variable_step() != has_variable_step())
        throw Error(TORPOR_STATUS_ORDER,
                    "CVode.active has changed since checkpoints began: call tn.finish() before "
                    "that, and tn.every() with another dir after it");
}

// Results before this trajectory, or those of an earlier process where it had come to its end.
void
Run::check_once() const
{
    const std::vector<std::string> &then = ahead_->script.once;
    const std::size_t n = std::min(script_.once.size(), then.size());
    if (!std::equal(then.begin(), then.begin() + static_cast<std::ptrdiff_t>(n),
                    script_.once.begin()))
        throw Error(TORPOR_STATUS_ORDER,
                    "tn.once() has returned something else than when an earlier process came to " +
                        text_of_ahead() +
                        ": what a function returns after the last run of a "
                        "trajectory must not depend on anything but the state");
}

// Does this run, which begins now, end before the checkpoint ahead?
bool
Run::lies_behind(double until) const
{
    const bool ends_before = is_beyond(ahead_->time, until, dt);
    if (script_.reads_once)
        return ends_before;
    if (ahead_->script.reads_once)
        throw Error(TORPOR_STATUS_ORDER,
                    "the checkpoint at " + in_ms(ahead_->time) +
                        " was saved with reads=\"once\", without the ends of earlier runs: say so "
                        "in tn.every() again");
    const std::size_t n = script_.until.size();
    const std::vector<double> &then = ahead_->script.until;
    if (n < then.size() && then[n] != until)
        throw Error(TORPOR_STATUS_ORDER,
                    "run " + std::to_string(n + 1) + " of the script ends at " + in_ms(until) +
                        ", and ended at " + in_ms(then[n]) +
                        " when an earlier process simulated it: make the same runs up to " +
                        text_of_ahead());
    return n < then.size() || ends_before;
}

void
Run::pass_over(double until)
{
    has_passed_ = true;
    passed_until_ = until;
    if (script_.reads_once) {
        session_->network.hide_state();
        set_time(until);
        return;
    }
    const std::size_t n = script_.until.size();
    if (n == ahead_->script.until.size()) // the run that the checkpoint lies in
        refuse_to_end_early();
    ends_.restore(n + 1, ahead_->script.ends[n], ahead_->folder);
    script_.until.push_back(until);
    script_.ends.push_back(ahead_->script.ends[n]);
}

// Returns whether state was restored.
bool
Run::restore_ahead()
{
    agree([&] {
        if (script_.once.size() < ahead_->script.once.size())
            throw Error(TORPOR_STATUS_ORDER,
                        "the script has called tn.once() " + std::to_string(script_.once.size()) +
                            " times, and " + std::to_string(ahead_->script.once.size()) +
                            " times when an earlier process had come to " + text_of_ahead() +
                            ": make the same calls");
    });
    const bool is_restored = session_->restore(nullptr);
    if (!is_restored && has_passed_)
        throw Error(TORPOR_STATUS_NOT_FOUND, text_of_ahead() +
                                                 ", for which earlier runs were passed over, is "
                                                 "gone or damaged now; start the script again");
    ahead_.reset();
    has_passed_ = false;
    return is_restored;
}

Run::Begin
Run::begin_armed(double until, bool is_loop)
{
    // Scripts that keep no ends of runs get what earlier runs have changed from the checkpoint.
    const bool is_compared = is_new_trajectory_ || !script_.reads_once;
    if (is_compared)
        hoc_at_begin_of_run().take();
    hoc_at_begin_of_run().is_begin_of_run = is_compared;
    if (is_new_trajectory_) {
        close_session();
        open_session();
    }
    check_method();
    if (is_ended_early_)
        throw Error(TORPOR_STATUS_REFUSED,
                    "the script has ended its run to " + in_ms(until_) +
                        " early, by stoprun: with reads=\"once\" it could not be resumed after "
                        "that; say reads=\"any\" in tn.every(), or call tn.finish() before the "
                        "next run");
    ends_.keep_newest();
    until_ = until;
    session_->n_advances = 0;
    session_->first_time = t;
    session_->first_dt = dt;
    agree([&] { session_->network.begin_run(); });
    // Without the ends of runs, what a run leaves is not there to be compared.
    if (!script_.reads_once && !script_.until.empty())
        session_->begin_run(script_.until.size());
    if (!ahead_)
        return Begin::GO_ON;
    if (lies_behind(until)) {
        pass_over(until);
        return Begin::PASSED_OVER;
    }
    if (is_loop && ahead_->n_advances > 0)
        return Begin::LIES_INSIDE;
    // One from before the first step is not yet that of a step.
    return restore_ahead() && session_->n_advances > 0 ? Begin::RESTORED : Begin::GO_ON;
}

void
Run::disarm()
{
    is_armed_ = false;
    session_.reset();
}

template <class Body>
auto
Run::or_disarm(Body &&body)
{
    try {
        return body();
    } catch (...) {
        disarm();
        throw;
    }
}

Run::Begin
Run::begin(double until, bool is_loop)
{
    // Before t = 0, some scripts bring the model into a steady state with very long steps.
    if (!is_armed_ || t < 0)
        return Begin::NOT_ARMED;
    return or_disarm([&] { return begin_armed(until, is_loop); });
}

Run::Begin
Run::begin(double until)
{
    return begin(until, false);
}

Run::Begin
Run::begin_loop(double until)
{
    return begin(until, true);
}

void
Run::restore_inside()
{
    or_disarm([&] {
        has_passed_ = true; // what the script has done in this run
        restore_ahead();
    });
}

void
Run::refuse_to_miss()
{
    disarm();
    throw Error(TORPOR_STATUS_ORDER,
                "continuerun() has ended before it came to the step of " + text_of_ahead() +
                    ": make the same calls of h.fadvance() in it as then, use another dir, or "
                    "resume=never to start afresh");
}

Run::Begin
Run::begin_step(double until)
{
    if (is_armed_ && t >= 0 && !script_.reads_once)
        throw Error(TORPOR_STATUS_ORDER,
                    "the script makes single steps, as by h.fadvance(): what it reads between them "
                    "is not there when it is started again; use h.continuerun(t) or "
                    "pc.psolve(t), or say reads=\"once\" in tn.every() if it reads by "
                    "tn.once(function) only");
    return begin(until);
}

void
Run::end()
{
    if (!is_armed_ || !session_ || ahead_)
        return;
    is_ended_early_ = script_.reads_once && stoprun != 0 && t < until_ - dt / 2;
    if (script_.reads_once)
        return;
    const std::uint64_t number = ends_.save(*session_, script_.until.size() + 1);
    script_.until.push_back(until_);
    script_.ends.push_back(number);
}

bool
Run::step()
{
    if (!session_ || is_beyond(t, until_, session_->first_dt) || !session_->step())
        return false;
    is_armed_ = false;
    is_stopped_ = true;
    std::exchange(session_, nullptr)->close(); // raises a signal that has stopped the run again
    return true;
}

// ---- once() ----

const char *
Run::find_once()
{
    if (!is_armed_)
        throw Error(TORPOR_STATUS_ORDER, "tn.once() keeps results in checkpoints: call tn.every() "
                                         "before");
    const std::size_t n = script_.once.size();
    const bool is_between_trajectories = is_new_trajectory_ && n_trajectories_ > n_before_;
    if (!ahead_ || is_between_trajectories || n >= ahead_->script.once.size()) {
        if (is_passing())
            throw Error(TORPOR_STATUS_ORDER,
                        "the script calls tn.once() at " + in_ms(t) +
                            ", where it did not when an earlier process simulated this: NEURON "
                            "does not have its state before " +
                            text_of_ahead() + "; make the same calls");
        return nullptr;
    }
    // To pass over a run without its end sets t to about where it was.
    if (!has_variable_step() && std::fabs(ahead_->script.once_at[n] - t) > dt / 2)
        throw Error(TORPOR_STATUS_ORDER, "call " + std::to_string(n + 1) +
                                             " of tn.once() comes at " + in_ms(t) +
                                             ", and came at " + in_ms(ahead_->script.once_at[n]) +
                                             " when an earlier process made it: make the same "
                                             "calls up to " +
                                             text_of_ahead());
    keep_once(ahead_->script.once[n].c_str());
    return script_.once.back().c_str();
}

void
Run::keep_once(const char *text)
{
    script_.once.emplace_back(text);
    script_.once_at.push_back(t);
}

// ---- the end ----

std::string
Run::text_of_ahead() const
{
    return "the newest checkpoint, of " + in_ms(ahead_->time);
}

void
Run::refuse_to_end_early() const
{
    throw Error(TORPOR_STATUS_ORDER,
                "the script's run ends at " + in_ms(passed_until_) +
                    ", before its newest checkpoint, which is of " + in_ms(ahead_->time) +
                    ": it was passed over, but nothing was restored. If another job is simulating "
                    "in the same folder, " +
                    options_[0].substr(4) +
                    ", wait for it or use another dir; else simulate at least until " +
                    in_ms(ahead_->time) + ", or say resume=never to start afresh");
}

void
Run::check_reached() const
{
    if (is_armed_ && has_passed_)
        refuse_to_end_early();
}

void
Run::close_session()
{
    check_reached();
    if (!session_)
        return;
    std::exchange(session_, nullptr)->close();
    ends_.remove_newest();
}

void
Run::finish()
{
    // Whatever happens, nothing is armed afterwards.
    struct Disarm {
        Run &run;
        ~Disarm()
        {
            run.is_armed_ = false;
            run.session_.reset();
        }
    } disarm{*this};
    close_session();
}

Run &
the_run()
{
    static Run run;
    return run;
}

} // namespace torpor_neuron
