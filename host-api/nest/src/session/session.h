// SPDX-License-Identifier: GPL-2.0-or-later
// NEST as a host of the core: one session, and the functions that the core calls.
#ifndef TORPOR_NEST_SESSION_H
#define TORPOR_NEST_SESSION_H

#include <memory>
#include <string>
#include <vector>

#include "kernel/recordings.h"
#include "network/connectivity.h"
#include "network/defaults.h"
#include "network/network_identity.h"
#include "network/network.h"
#include "session/earlier_runs.h"

namespace torpor_nest
{

constexpr int64_t NONE_AHEAD = -1;

class Rewiring;

class Session
{
public:
  // Start a session for the network as it is now; options as in torpor_open(). Throws Error.
  Session( const std::vector< std::string >& options, bool takes_signals );
  Session( const Session& ) = delete;
  Session& operator=( const Session& ) = delete;

  // Throws Error if something cannot be saved, naming it. To be called before a long run, not at its first checkpoint.
  void refuse_what_cannot_be_saved() const;
  void save( const char* path );
  // Restore the file, or if it is NULL, the checkpoint that option `resume` names. Returns whether state was restored. A
  // checkpoint from inside a run leaves the kernel prepared; was_inside_run() is then true, and torpor_nest_run() continues
  // the run.
  bool restore( const char* path );
  // The same, unless the checkpoint is of a later step or run. Then NEST is not changed, `ahead` is the checkpoint's step, and
  // EarlierRuns has the record of the runs before it.
  bool restore( const char* path, int64_t until_step, int64_t& ahead );
  // The hook calls this at the end of each slice. Returns whether to stop.
  bool step();
  // End the session after waiting for a save that is being written. Throws the error of a save that failed.
  void close();

  bool was_inside_run() const { return was_inside_run_; }

  // Used by the functions that the core calls:
  int64_t until_step = INT64_MAX; // checkpoints of later steps are not restored now
  int64_t found_step = 0;         // step of the checkpoint that was found
  bool is_ahead = false;          // is it of a later step?
  Network network;
  bool is_listed = true; // is the network still as the constructor listed it?
  Recordings recordings;
  Defaults defaults;
  bool simulating = false;   // the hook has called step()
  bool is_at_start = false;  // the clock shows where the run began
  int64_t start_step = 0;
  bool saving = false;     // between save_begin and save_end
  Connectivity saved_connectivity;

private:
  // If synapses come and go: the checkpoint's synapses, built for this network. NULL: a restore compares them instead.
  std::unique_ptr< Rewiring > rewire( const char* path );
  // Called after a restore.
  void settle_synapses( Rewiring* rewiring );

  bool was_inside_run_ = false;
  bool knows_start_ = false;
  torpor_cpp::Session torpor_; // closed before the rest goes
};

// Throws Error if there is state that no population covers, naming it.
void refuse_what_cannot_be_saved();

} // namespace torpor_nest

#endif
