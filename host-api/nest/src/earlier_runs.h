// SPDX-License-Identifier: GPL-2.0-or-later
// The runs that a script has behind it, and where each has left NEST's random generators. A script that is started
// again passes over these runs; what it draws between them, such as connections, is then as it was.
#ifndef TORPOR_NEST_EARLIER_RUNS_H
#define TORPOR_NEST_EARLIER_RUNS_H

#include <cstdint>
#include <string>
#include <vector>

#include <torpor/host.h>

namespace torpor_nest
{

constexpr const char* LIES_AHEAD = "the checkpoint is of a later time than this simulation ends";

class EarlierRuns
{
public:
  static EarlierRuns& instance(); // outlives sessions
  // There is another network.
  void forget();

  // A run begins. If nothing was drawn since the one before has ended, nobody will want to know where that was.
  void begin();
  void end();
  // In place of a run up to `end_step` that the run to be resumed had done: time, and generators if it drew from them
  // afterwards, are as they were then.
  void pass_over( int64_t end_step );

  // Saved as one object with a codec. A restore puts it nowhere: it is read for pass_over().
  torpor_population population() const;
  const torpor_type& type() const { return type_; }
  const torpor_codec& codec() const { return codec_; }
  // A restore begins; with `and_no_more` it ends when the record was read, with TORPOR_STATUS_ORDER.
  void begin_restore( bool and_no_more );
  // Did the restore come upon a record? Checkpoints of earlier builds have none.
  bool was_found() const { return was_found_; }

private:
  // One after which random numbers were drawn.
  struct Run
  {
    uint64_t index; // among the script's runs
    int64_t end_step;
    std::string generators; // their states, in the order of Generators
  };

  EarlierRuns();
  void write( const torpor_tree_writer& w ) const;
  void read( const torpor_tree_reader& r );

  torpor_type type_ {};
  torpor_codec codec_ {};
  uint64_t n_runs_ = 0; // that have ended or were passed over
  std::vector< Run > runs_;
  std::vector< Run > saved_; // of the run to be resumed
  bool was_found_ = false;
  bool is_last_ = false;
};

} // namespace torpor_nest

#endif
