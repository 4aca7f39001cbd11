// SPDX-License-Identifier: GPL-2.0-or-later
// The runs that a script has completed, and the state of NEST's random generators after each of them. A run is one call of
// Simulate or Run. A script that is started again skips these runs; with the generators set as they were, it draws the
// same numbers between the runs, for example for connections.
#ifndef TORPOR_NEST_EARLIER_RUNS_H
#define TORPOR_NEST_EARLIER_RUNS_H

#include <cstdint>
#include <string>
#include <vector>

#include <torpor/host.hpp>

namespace torpor_nest
{

constexpr const char* LIES_AHEAD = "the checkpoint is of a later run than this one";

class EarlierRuns
{
public:
  static EarlierRuns& instance(); // outlives sessions
  // ResetKernel: the script starts again with another network.
  void forget();

  // A run begins. If no numbers were drawn since the run before ended, the record of that run is dropped.
  void begin();
  void end();
  uint64_t count() const { return n_runs_; } // completed or skipped
  // Skip a run up to `end_step` that an earlier process has completed: set time as it was after it, and the generators too if
  // numbers were drawn from them afterwards.
  void pass_over( int64_t end_step );
  // Skip a restore by hand that follows a skipped run: set time as it was when the next run began.
  void pass_over_restore();

  // What the script has read from NEST between its runs: lines of text, which the package torpor_nest writes and reads.
  void append_reads( const char* line, size_t length ) { reads_.append( line, length ); }
  // How the script's last run ended, for the checkpoint of the network's end: text of the package torpor_nest. "": this is not
  // the network's end.
  void set_network_end( const std::string& text ) { network_end_ = text; }
  // Both, of a checkpoint that is not restored. Throws Error.
  static void look( const torpor_tree_reader& r, std::string& reads, std::string& network_end );

  // The record is saved as objects with codecs: one for each virtual process, and one for what all have. A restore reads it only to
  // skip runs.
  void describe( const torpor_description& d ) const;
  // Declare their types and codecs. Throws Error.
  void declare( torpor* session );

  enum class Purpose
  {
    STATE_BY_HAND,     // ignore the record
    STATE_OF_THIS_RUN, // fail if the record shows that the checkpoint belongs to a later run
    RECORD_ONLY        // read the record, then fail with LIES_AHEAD
  };
  // A restore begins. It fails with TORPOR_STATUS_ORDER and LIES_AHEAD if the checkpoint belongs to a later run.
  void begin_restore( Purpose purpose );
  bool lies_ahead() const { return lies_ahead_; }

private:
  // A run after which random numbers were drawn, or time was changed by a restore.
  struct FinishedRun
  {
    uint64_t index; // among the script's runs
    int64_t end_step;
    int64_t next_step;      // where the next run began
    std::string algorithm;                 // of the generators
    std::vector< std::string > generators; // of each thread: their states at the end
  };

  // The same as a checkpoint has it. A rank drops a run after which its threads drew nothing, and others may keep it.
  struct FinishedRunOfThread
  {
    uint64_t index;
    int64_t end_step;
    int64_t next_step;
    std::string algorithm;
    std::string generators;
  };
  using RunsOfThreads = std::vector< std::vector< FinishedRunOfThread > >;

  void write( const torpor_tree_writer& w ) const;
  void write_generators( size_t tid, const torpor_tree_writer& w ) const;
  void read( const torpor_tree_reader& r );
  void read_generators( size_t tid, const torpor_tree_reader& r );
  const FinishedRunOfThread* find_saved( size_t tid, uint64_t index ) const;
  // Does nothing if NEST has other generators now.
  static void set_live_states( size_t tid, const FinishedRunOfThread& run );

  uint64_t n_runs_ = 0;    // completed or skipped
  int64_t first_step_ = 0; // of the current run
  std::vector< FinishedRun > runs_;
  std::string reads_;
  std::string network_end_;
  RunsOfThreads saved_; // read from the checkpoint
  RunsOfThreads incoming_;
  Purpose purpose_ = Purpose::STATE_BY_HAND;
  bool lies_ahead_ = false;
};

} // namespace torpor_nest

#endif
