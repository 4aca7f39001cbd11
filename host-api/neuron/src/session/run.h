// SPDX-License-Identifier: MIT
// Checkpoints inside the script's own runs.
//
// A run is one call of continuerun(), ParallelContext.psolve() or, outside of these, fadvance(). A
// script that is started again makes its calls from the start. Those that end before the checkpoint
// are passed over: nothing is simulated, and the state at the end of the run is restored, which an
// earlier process has saved, so that the script reads between its runs what it read then. What it
// changes there takes place as before. The state of the checkpoint is restored when the run begins
// that it lies in.
//
// A script may say that it reads between its runs by once() only. Then no ends are kept: to pass
// over a run sets t, and makes what the script must not read NaN.
//
// finitialize() begins another trajectory, with a folder of its own.
#ifndef TORPOR_NEURON_RUN_H
#define TORPOR_NEURON_RUN_H

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "session/run_ends.h"
#include "session/session.h"

namespace torpor_neuron
{

class Run
{
  public:
    // From now on, take checkpoints as these options say, in `dir`, and resume. Throws Error.
    void arm(const std::string &dir, std::vector<std::string> options);
    // Take no more checkpoints. Throws the error of a save that failed, or if runs were passed over
    // for a checkpoint that the script has not reached.
    void finish();

    bool
    is_armed() const
    {
        return is_armed_;
    }
    // Have runs been passed over, and is the state not what it was there?
    bool
    is_passing() const
    {
        return is_armed_ && has_passed_ && script_.reads_once;
    }
    // When the next checkpoint is due after now, in ms; infinity: none is.
    double
    due_time() const
    {
        return session_ ? session_->due_time() : std::numeric_limits<double>::infinity();
    }
    // Was the run stopped by a signal, or by the end of the time budget?
    bool
    is_stopped() const
    {
        return is_stopped_;
    }

    enum class Begin { NOT_ARMED, PASSED_OVER, RESTORED, LIES_INSIDE, GO_ON };
    // A run until this time begins. Throws Error, and is no longer armed then.
    Begin begin(double until);
    // The same for continuerun(), a loop of the script. A checkpoint from inside of the loop is not
    // restored yet: LIES_INSIDE. Call restore_inside() when the loop comes to its step.
    Begin begin_loop(double until);
    void restore_inside();
    [[noreturn]] void refuse_to_miss(); // the loop has ended before
    // The checkpoint that lies inside.
    const Ahead &
    ahead() const
    {
        return *ahead_;
    }
    // The same for a step that the script makes by itself.
    Begin begin_step(double until);
    // The run is over, if it was not passed over.
    void end();
    // A step was made. It may lead beyond the end of the run, as a variable one, or the last one of
    // continuerun() with using_cvode_: no checkpoint is taken there, since the script may change
    // the model before it goes on. Returns whether to stop: the run is over then, and no longer
    // armed.
    bool step();
    // What once() has returned in an earlier process; NULL: the script gets there for the first
    // time, and tells what it is by keep_once(). Throws Error.
    const char *find_once();
    void keep_once(const char *text);
    // The script calls finitialize().
    void
    begin_trajectory()
    {
        is_new_trajectory_ = true;
    }

    // Steps in this call of continuerun() or psolve(), also before the run was resumed.
    std::uint64_t
    n_advances() const
    {
        return session_ ? session_->n_advances : 0;
    }
    void
    count_advances(std::uint64_t n)
    {
        if (session_)
            session_->n_advances += n;
    }
    // t and dt when that call began, by which NEURON tells where it ends.
    double
    first_time() const
    {
        return session_ ? session_->first_time : t;
    }
    double
    first_dt() const
    {
        return session_ ? session_->first_dt : dt;
    }

  private:
    void disarm();
    // Do this while checkpoints are armed. If it throws, they are not any more.
    template <class Body> auto or_disarm(Body &&body);
    Begin begin_armed(double until, bool is_loop);
    Begin begin(double until, bool is_loop);
    void check_method() const;
    void check_once() const;
    bool lies_behind(double until) const;
    void pass_over(double until);
    bool restore_ahead();
    void open_session();
    void close_session();
    void check_reached() const;
    [[noreturn]] void refuse_to_end_early() const;
    std::string text_of_ahead() const;

    std::string dir_;
    std::vector<std::string> options_;
    Script script_; // as far as this process has come
    std::unique_ptr<Session> session_;
    std::optional<Ahead> ahead_; // the checkpoint to resume from, until it is restored
    RunEnds ends_;
    std::uint64_t most_end_bytes_ = 0;
    double passed_until_ = 0.;
    double until_ = 0.;           // of the run
    unsigned n_trajectories_ = 0; // in dir_
    unsigned n_before_ = 0;       // arm()
    bool is_armed_ = false;
    bool is_new_trajectory_ = true;
    bool has_passed_ = false;
    bool is_stopped_ = false;
    bool is_ended_early_ = false; // the last run, by the script, and nothing says so later
};

// The runs of this process.
Run &the_run();

} // namespace torpor_neuron

#endif
