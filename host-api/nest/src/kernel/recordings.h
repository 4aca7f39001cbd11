// SPDX-License-Identifier: GPL-2.0-or-later
// The files that recorders write: rolled back to the checkpoint by a restore, and gone on with.
//
// A file that is open while a checkpoint is taken is an output of the core. One that NEST has closed already, at the
// end of an earlier Simulate, is gone on with if it still is as the checkpoint left it; else NEST's own rule holds,
// which is to start it anew or to refuse (`overwrite_files`).
#ifndef TORPOR_NEST_RECORDINGS_H
#define TORPOR_NEST_RECORDINGS_H

#include <string>
#include <vector>

#include <torpor/host.h>

namespace torpor_nest
{

class Recordings
{
public:
  // The tree "recordings": which files there are.
  torpor_tree tree();
  // Of the live network, or in a restore those that the checkpoint knows. Valid until the next call.
  const std::vector< torpor_output >& outputs();
  // The next calls of outputs() belong to a restore, until end_restore().
  void begin_restore();
  void end_restore();

private:
  struct File
  {
    std::string path;
    bool is_open;
    uint64_t byte_length; // closed files
  };

  void write( const torpor_tree_writer& w );
  void read( const torpor_tree_reader& r );
  void commit();

  bool is_restoring_ = false;
  std::vector< File > files_;
  std::vector< torpor_output > outputs_;
};

// Does a device record to where nothing can be rolled back, or is it driven from outside? Throws Error, naming it.
void refuse_other_backends();

} // namespace torpor_nest

#endif
