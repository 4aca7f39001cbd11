// SPDX-License-Identifier: MIT
// NEURON as a host of the core: one session, and the functions that the core calls.
#ifndef TORPOR_NEURON_SESSION_H
#define TORPOR_NEURON_SESSION_H

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torpor/interrupts.hpp>

#include "model/network.h"
#include "session/script.h"

namespace torpor_neuron
{

class Session
{
  public:
    // Start a session for the network as it is now; options as in torpor_open(). is_of_run: steps
    // are made in it, so that it takes signals. Throws Error.
    Session(const std::vector<std::string> &options, bool is_of_run);
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;

    void save(const char *path);
    // The checkpoint that option `resume` names. Nothing is restored.
    std::optional<Ahead> find() const;
    // Save the end of a run to this file, for scripts that are started again and pass over it. Does
    // not change the run. `script`: what later checkpoints say, too.
    void save_end(const char *path, std::uint64_t number);
    // Restore such a file. Throws Error if it has another number.
    void restore_end(const char *path, std::uint64_t number);
    // Run `i` of the script begins: compare what users set with what it was when that run began.
    void begin_run(std::size_t i);
    // Restore the file, or if it is NULL, the checkpoint that option `resume` names. Returns
    // whether state was restored.
    bool restore(const char *path);
    // Throws Error if this process cannot restore this checkpoint, by what it says of itself.
    void look(const char *path);
    // To be called after each step of the simulation. Returns whether to stop.
    bool step();
    // When the next checkpoint is due after now by option `every`, in ms; infinity: it is off.
    double due_time() const;
    // Was the variable step in use when the session began?
    bool
    began_with_variable_step() const
    {
        return began_with_variable_step_;
    }
    // End the session after waiting for a save that is being written. Throws the error of a save
    // that failed.
    void close();

    // Used by the functions that the core calls:
    Network network;
    bool has_just_listed = false;         // the network, all of it
    bool is_beginning_run = false;        // that the model is listed for, not for a file
    std::uint64_t n_advances = 0;         // see Run
    double first_time = t, first_dt = dt; // the same
    const Script *script = nullptr;       // (not owned) that makes the runs
    bool
    is_of_end() const
    {
        return end_ != 0;
    }
    // What the threads work with in the checkpoint that is restored: dt, and 1/dt or 2/dt.
    double
    thread_dt() const
    {
        return thread_dt_;
    }
    double
    thread_cj() const
    {
        return thread_cj_;
    }
    void write(const torpor_tree_writer &writer) const;
    void read(const torpor_tree_reader &reader);
    void commit();

  private:
    // Throws Error if this process cannot restore such a checkpoint.
    void check(const torpor_glimpse &glimpse) const;

    std::unique_ptr<torpor_cpp::Interrupts> interrupts_; // goes after the session
    std::uint64_t end_ = 0; // number of the end that is saved or restored; 0: none is
    std::uint64_t read_advances_ = 0;
    double read_time_ = 0., read_dt_ = 0.;
    std::int64_t read_stoprun_ = 0; // by which a script ends its run
    double thread_dt_ = 0.;
    double thread_cj_ = 0.;
    bool is_begun_ = false; // a run, or a restore: what the script sets before is as it will be
    const bool began_with_variable_step_ = has_variable_step();
    torpor_cpp::Session torpor_; // closed before the rest goes
};

} // namespace torpor_neuron

#endif
