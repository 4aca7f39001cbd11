// SPDX-License-Identifier: GPL-2.0-or-later
// NEST as a host of the core: one session, and the functions that the core calls.
#ifndef TORPOR_NEST_SESSION_H
#define TORPOR_NEST_SESSION_H

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel/recordings.h"
#include "kernel/spikes.h"
#include "network/connections_trees.h"
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
  // Start a session for the network as it is now; options as in torpor_open(). On several ranks `rows` are those of this network.
  // Throws Error.
  Session( const std::vector< std::string >& options, bool takes_signals, const RowNumbers* rows );
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
  // Show the file, or if it is NULL, the checkpoint that option `resume` names, to `look` without restoring it. There may be
  // none. Throws Error, also what `look` throws.
  void peek( const char* path, const std::function< void( const torpor_glimpse& ) >& look );
  // The next run begins, with the network as the script has set it: the core compares this with what an earlier process has
  // set, or keeps it. Throws Error. With `restore_follows`, that does it, if it can.
  void begin_run( bool restore_follows );
  // Must NEST settle the order of connections and nodes before a session is made whose begin_run() is called?
  static bool needs_order( bool restore_follows );
  // Checkpoints of this session carry what is known of the script's runs. Throws Error.
  void share_origin();
  // The hook calls this at the end of a slice at which all threads have met. Returns whether to stop.
  bool step();
  // Must it do so at the end of the next slice, which takes so many steps? The hook's master thread calls this at the end of
  // each slice.
  bool is_due_in( int64_t n_steps );
  // End the session after waiting for a save that is being written. Throws the error of a save that failed.
  void close();

  bool was_inside_run() const { return was_inside_run_; }

  // Used by the functions that the core calls:
  int64_t until_step = INT64_MAX; // checkpoints of later steps are not restored now
  int64_t found_step = 0;         // step of the checkpoint that was found
  bool is_ahead = false;          // is it of a later step?
  Network network;
  ConnectionsTrees connections;
  Spikes spikes;
  bool is_listed = true; // is the network still as it was listed last?
  Recordings recordings;
  Defaults defaults;
  bool simulating = false;   // the hook has called step()
  bool is_at_start = false;  // the clock shows where the run began
  int64_t start_step = 0;
  bool saving = false;     // between save_begin and save_end
  bool begins_later_run = false; // called for what the script has set, in a run that is not its first
  Connectivity saved_connectivity; // kept as long as the network is listed

private:
  // If synapses come and go: the checkpoint's synapses, built for this network. NULL: a restore compares them instead.
  std::unique_ptr< Rewiring > rewire( const char* path );
  // Called after a restore.
  void settle_synapses( Rewiring* rewiring );

  bool was_inside_run_ = false;
  bool knows_start_ = false;
  bool has_stepped_ = false;
  torpor_cpp::Session torpor_; // closed before the rest goes
};

// Throws Error if there is state that no population covers, naming it.
void refuse_what_cannot_be_saved();

} // namespace torpor_nest

#endif
