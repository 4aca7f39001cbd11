// SPDX-License-Identifier: GPL-2.0-or-later
// The files that recorders write. A restore cuts them back to the checkpoint, and the run appends to them.
//
// A file that is open when a checkpoint is taken is an output of the core. A file that NEST closed at the end of an earlier
// Simulate is continued if it is unchanged since the checkpoint. Otherwise NEST's own rule applies: start the file again, or
// refuse to (`overwrite_files`).
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
  // The tree "recordings", which lists the files.
  torpor_tree tree();
  // The open files of the live network; during a restore, those in the checkpoint. Valid until the next call.
  const std::vector< torpor_output >& outputs();
  // Until end_restore(), calls of outputs() belong to a restore.
  void begin_restore();
  void end_restore();

private:
  struct File
  {
    std::string path;
    bool is_open;
    uint64_t byte_length; // of closed files
  };

  void write( const torpor_tree_writer& w );
  void read( const torpor_tree_reader& r );
  void commit();

  bool is_restoring_ = false;
  std::vector< File > files_;
  std::vector< torpor_output > outputs_;
};

// Throws Error, naming the device, if a device records to something that cannot be cut back, or is driven from outside.
void refuse_other_backends();

} // namespace torpor_nest

#endif
