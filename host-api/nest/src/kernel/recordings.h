// SPDX-License-Identifier: GPL-2.0-or-later
// The files that recorders write. A restore cuts them back to the checkpoint, and the run appends to them.
//
// A file that is open when a checkpoint is taken is an output of the core. A file that NEST closed at the end of an earlier
// Simulate is continued if it is unchanged since the checkpoint. Otherwise NEST's own rule applies: start the file again, or
// refuse to (`overwrite_files`).
#ifndef TORPOR_NEST_RECORDINGS_H
#define TORPOR_NEST_RECORDINGS_H

#include <cstdint>
#include <map>
#include <string>

#include <torpor/host.hpp>

namespace torpor_nest
{

class Recordings
{
public:
  // The tree "recordings", which lists the files.
  torpor_tree tree();
  // Add the open files.
  static void describe_for_save( const torpor_description& d );
  // Add the files that the recorders of this network write to; the checkpoint knows which of them were open.
  static void describe_for_restore( const torpor_description& d );

private:
  void write( const torpor_tree_writer& w );
  void read( const torpor_tree_reader& r );
  void commit();

  std::map< std::string, uint64_t > closed_; // files to be continued, and their lengths
};

// Throws Error, naming the device, if a device records to something that cannot be cut back, or is driven from outside.
void refuse_other_backends();

} // namespace torpor_nest

#endif
