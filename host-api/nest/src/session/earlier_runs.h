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

constexpr const char* LIES_AHEAD = "the checkpoint is of a later run than this one";

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
  // In place of a restore by hand behind a run that was passed over: time is as it was when the next run began.
  void pass_over_restore();

  // Saved as one object with a codec. A restore puts it nowhere: it is read for what passes over runs.
  torpor_population population() const;
  const torpor_type& type() const { return type_; }
  const torpor_codec& codec() const { return codec_; }

  enum class Purpose
  {
    STATE_BY_HAND,     // the record is of no use
    STATE_OF_THIS_RUN, // unless the record shows that the checkpoint is of a later run
    RECORD_ONLY
  };
  // A restore begins. It ends with LIES_AHEAD, TORPOR_STATUS_ORDER, where the checkpoint is of a later run.
  void begin_restore( Purpose purpose );
  // Did the restore come upon a record? Checkpoints of earlier builds have none.
  bool was_found() const { return was_found_; }
  bool lies_ahead() const { return lies_ahead_; }

private:
  // One after which random numbers were drawn, or time was changed by a restore.
  struct FinishedRun
  {
    uint64_t index; // among the script's runs
    int64_t end_step;
    int64_t next_step;      // where the run after it began
    std::string algorithm;  // of the generators
    std::string generators; // their states at the end, in the order of Generators
  };

  EarlierRuns();
  void write( const torpor_tree_writer& w ) const;
  void read( const torpor_tree_reader& r );
  const FinishedRun* find_saved( uint64_t index ) const;
  static void set_live_states( const FinishedRun& run ); // if they are those of the generators that there are

  torpor_type type_ {};
  torpor_codec codec_ {};
  uint64_t n_runs_ = 0;    // that have ended or were passed over
  int64_t first_step_ = 0; // of the run that goes on
  std::vector< FinishedRun > runs_;
  std::vector< FinishedRun > saved_; // of the run to be resumed
  Purpose purpose_ = Purpose::STATE_BY_HAND;
  bool was_found_ = false;
  bool lies_ahead_ = false;
};

} // namespace torpor_nest

#endif
