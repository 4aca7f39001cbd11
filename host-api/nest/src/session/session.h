// SPDX-License-Identifier: GPL-2.0-or-later
// NEST as a host of the core: one attached session, and what the core asks of it.
#ifndef TORPOR_NEST_SESSION_H
#define TORPOR_NEST_SESSION_H

#include <memory>
#include <string>
#include <vector>

#include <torpor/loader.h>

#include "kernel/generators.h"
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
  // Attach. The network is the one that stands now; options as in torpor_open(). Throws Error.
  Session( const std::vector< std::string >& options, bool takes_signals );
  ~Session();
  Session( const Session& ) = delete;
  Session& operator=( const Session& ) = delete;

  // Before hours go by without checkpoints: is there anything that no save could take? Throws Error, naming it.
  void refuse_what_cannot_be_saved() const;
  void save( const char* path );
  // Restore the file, or NULL: whatever option `resume` says. Returns whether state was restored. A checkpoint of
  // inside a run leaves the kernel prepared; continue_run() is then the way to go on.
  bool restore( const char* path );
  // The same, unless the checkpoint is of a later step or run: then NEST is left as it is, `ahead` says which step, and
  // EarlierRuns knows of the runs before it.
  bool restore( const char* path, int64_t until_step, int64_t& ahead );
  // To be called at the end of each slice by the hook; true: stop.
  bool step();
  // Detach, waiting for a save in flight. Throws the error of a save that failed.
  void close();

  bool was_inside_run() const { return was_inside_run_; }

  // Callbacks of the core.
  int64_t until_step = INT64_MAX; // checkpoints of later steps are not to be restored now
  int64_t found_step = 0;         // of the one that was found
  bool is_ahead = false;          // and it is of a later step
  Network network;
  bool is_listed = true; // and still as the constructor listed it
  Generators generators;
  Recordings recordings;
  Defaults defaults;
  std::vector< torpor_population > populations;
  bool lists_earlier_runs = true;
  std::vector< torpor_tree > trees;
  std::string fingerprint_text;
  bool simulating = false;   // a hook is being called inside a run
  bool is_at_start = false;  // the core is being told where the run began
  int64_t start_step = 0;
  bool saving = false;     // between save_begin and save_end
  Connectivity saved_connectivity;

private:
  // Synapses as the checkpoint has them, where those of this network may be others. NULL: they are compared instead.
  std::unique_ptr< Rewiring > rewire( const char* path ) const;
  // After a restore.
  void settle_synapses( Rewiring* rewiring );

  std::vector< std::string > options_;
  torpor_host host_ {};
  torpor* torpor_ = nullptr;
  bool was_inside_run_ = false;
  bool knows_start_ = false;
};

// Is there state that no population covers? Throws Error, naming it.
void refuse_what_cannot_be_saved();

} // namespace torpor_nest

#endif
