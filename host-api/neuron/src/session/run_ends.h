// SPDX-License-Identifier: MIT
// The states at the ends of a script's runs, files in DIR/ends. A script that is started again and
// passes over a run gets back what NEURON held at its end, so that it reads there what it read
// then.
#ifndef TORPOR_NEURON_RUN_ENDS_H
#define TORPOR_NEURON_RUN_ENDS_H

#include <cstdint>
#include <string>

#include "session/session.h"

namespace torpor_neuron
{

class RunEnds
{
  public:
    // Of a trajectory with this folder of checkpoints. writes: option `checkpoints` is not "no".
    void begin(const std::string &dir, bool writes, std::uint64_t most_bytes);
    // Run `run` has ended, counted from 1. Returns the number of its end. If the file cannot be
    // written, or all ends take too much room, it says so and the run goes on, as after a
    // checkpoint.
    std::uint64_t save(Session &session, std::size_t run);
    // `folder`: of the checkpoint that lies ahead. From another one, the end is copied. Throws
    // Error if it is not there, or is damaged.
    void restore(std::size_t run, std::uint64_t number, const std::string &folder) const;
    // Another run begins: its checkpoints need the end that was saved last.
    void keep_newest();
    // No other run has followed the one that was saved last, so that nobody passes over it.
    void remove_newest();

  private:
    std::string path_of(std::size_t run, std::uint64_t number) const;
    void bring(const std::string &path, const std::string &folder) const;

    std::string folder_;
    std::string newest_;    // that this process has saved, and that nothing needs yet
    std::string uncounted_; // the one before: a background thread may still write it
    std::uint64_t most_bytes_ = 0, n_bytes_ = 0;
    bool writes_ = true, is_full_ = false;
};

} // namespace torpor_neuron

#endif
